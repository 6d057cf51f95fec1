"""Periods an assessment is made for: a quarter, a month, a week, the 19th to the 18th, or any two days."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

QUARTER = re.compile(r"(\d{4})Q([1-4])")
MONTH = re.compile(r"(\d{4})-(\d{2})")
WEEK = re.compile(r"(\d{4})W(\d{2})")
SHIFTED = re.compile(r"(\d{4})-(\d{2})@(\d{1,2})")
DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class Period:
    """A span of whole local days: `start` and `end` in seconds since 1970 UTC, half open; `first` and `last` its days."""

    name: str
    first: date
    last: date
    start: int
    end: int


def period_of(text: str, zone: ZoneInfo) -> Period:
    """The period that `text` names.

    `2026Q3` a quarter, `2026-09` a month, `2026W36` an ISO week, `2026-09@19` the month from the 19th of the one before
    to the 18th (the three rates of Beijing's districts), `2026-07-01..2026-07-15` any days. Raises ValueError, in words.
    """
    said = text.strip()
    for pattern, days in READERS:
        if found := pattern.fullmatch(said):
            try:
                first, last = days(*found.groups())
            except ValueError:
                break
            if first > last:
                raise ValueError(_("周期“%(said)s”的结束早于开始。") % {"said": said})
            return Period(said, first, last, _midnight(first, zone), _midnight(last + timedelta(days=1), zone))
    raise ValueError(
        _("看不懂周期“%(said)s”。可写 2026Q3、2026-09、2026W36、2026-09@19 或 2026-07-01..2026-07-15。")
        % {"said": said}
    )


def quarter_of(day: date, zone: ZoneInfo) -> Period:
    """The quarter a day lies in."""
    return period_of(f"{day.year}Q{(day.month + 2) // 3}", zone)


def month_of(moment: int, zone: ZoneInfo) -> int:
    """The local month of a moment, as 202607."""
    day = datetime.fromtimestamp(moment, zone)
    return day.year * 100 + day.month


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())


def _quarter(year: str, number: str) -> tuple[date, date]:
    first = date(int(year), int(number) * 3 - 2, 1)
    return first, _next_month(_next_month(_next_month(first))) - timedelta(days=1)


def _month(year: str, month: str) -> tuple[date, date]:
    first = date(int(year), int(month), 1)
    return first, _next_month(first) - timedelta(days=1)


def _week(year: str, week: str) -> tuple[date, date]:
    first = date.fromisocalendar(int(year), int(week), 1)
    return first, first + timedelta(days=6)


def _shifted(year: str, month: str, day: str) -> tuple[date, date]:
    """From that day of the month before to the day before it; at most the 28th, which every month has."""
    if not 2 <= int(day) <= 28:
        raise ValueError(day)
    end = date(int(year), int(month), int(day))
    before = end.replace(day=1) - timedelta(days=1)
    return before.replace(day=int(day)), end - timedelta(days=1)


def _days(first: str, last: str) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


READERS: tuple[tuple[re.Pattern[str], Callable[..., tuple[date, date]]], ...] = (
    (QUARTER, _quarter),
    (MONTH, _month),
    (WEEK, _week),
    (SHIFTED, _shifted),
    (DAYS, _days),
)
