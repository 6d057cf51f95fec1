"""Days as people write them: 2026-11-03, 2026年11月, 11月3日, 昨天, 上周; and as a filter's field has them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from yemai.kernel.refusals import Refused

DAY = timedelta(days=1)
YEARS = range(1900, 2100)
_WRITTEN = re.compile(
    r"(?<![0-9])(?:(?P<year>(?:19|20)[0-9]{2})\s*[-/.年]\s*)(?P<month>[0-9]{1,2})(?:\s*[-/.月]\s*(?P<day>[0-9]{1,2})\s*[日号]?|\s*月)(?![0-9])"
    r"|(?<![0-9])(?P<own_month>[0-9]{1,2})\s*月\s*(?P<own_day>[0-9]{1,2})\s*[日号]"
)


@dataclass(frozen=True)
class Span:
    """From a day to a day, both included."""

    since: date
    until: date


def _week(today: date, ago: int) -> Span:
    monday = today - today.weekday() * DAY - 7 * ago * DAY
    return Span(monday, monday + 6 * DAY)


def _month(year: int, month: int) -> Span:
    first = date(year, month, 1)
    return Span(first, (first.replace(day=28) + 4 * DAY).replace(day=1) - DAY)


def _last_month(today: date) -> Span:
    before = today.replace(day=1) - DAY
    return _month(before.year, before.month)


SAID: dict[str, Callable[[date], Span]] = {
    "今天": lambda today: Span(today, today),
    "昨天": lambda today: Span(today - DAY, today - DAY),
    "前天": lambda today: Span(today - 2 * DAY, today - 2 * DAY),
    "本周": lambda today: _week(today, 0),
    "这周": lambda today: _week(today, 0),
    "上周": lambda today: _week(today, 1),
    "上星期": lambda today: _week(today, 1),
    "本月": lambda today: _month(today.year, today.month),
    "上月": _last_month,
    "上个月": _last_month,
    "今年": lambda today: Span(date(today.year, 1, 1), date(today.year, 12, 31)),
    "去年": lambda today: Span(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
}


def dated(text: str, today: date) -> tuple[str, Span | None]:
    """A text without the day it names, and that day; the last day named counts. Words in quotes are only words.

    Raises Refused `bad-date` for a day that is in no calendar.
    """
    span: Span | None = None

    def taken(match: re.Match[str]) -> str:
        nonlocal span
        span = _written(match, today)
        return " "

    parts = re.split(r"([“\"][^”\"]*[”\"])", text)
    rest = "".join(part if at % 2 else _WRITTEN.sub(taken, part) for at, part in enumerate(parts))
    words = rest.split()
    for word in words:
        if word in SAID:
            span = SAID[word](today)
    return " ".join(word for word in words if word not in SAID), span


def _written(match: re.Match[str], today: date) -> Span:
    year, month, day = match["year"], match["month"] or match["own_month"], match["day"] or match["own_day"]
    try:
        if day is None:
            return _month(int(year), int(month))
        on = date(int(year) if year else today.year, int(month), int(day))
    except ValueError:
        raise _bad(match[0].strip()) from None
    if not year and on > today:  # 12月3日, said in November, was last year's
        on = on.replace(year=on.year - 1) if (on.month, on.day) != (2, 29) else on
    return Span(on, on)


def field_day(text: str) -> date | None:
    """The day of a filter's field. Raises Refused `bad-date`."""
    if not text.strip():
        return None
    try:
        on = date.fromisoformat(text.strip())
    except ValueError:
        raise _bad(text.strip()[:20]) from None
    if on.year not in YEARS:
        raise _bad(text.strip()[:20])
    return on


def check(since: date | None, until: date | None) -> None:
    """Raises Refused `bad-dates` where the end stands before the beginning."""
    if since and until and until < since:
        raise Refused(
            "bad-dates", _("截止日期早于开始日期，请对调两个日期。"), status=422, fields={"until": _("请重新选择")}
        )


def _bad(said: str) -> Refused:
    return Refused(
        "bad-date",
        _("“%(said)s”不是日历上的日期。请写成 2026-11-03、11月3日 或 上周；要搜这几个字，请加引号。") % {"said": said},
        status=422,
    )
