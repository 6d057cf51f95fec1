"""Reads of parameters and the calendar, kept in memory and noticed within two seconds of a change."""

import threading
import time as clock
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.kernel.worktime import WorkCalendar, WorkHours

from .models import CalendarDay, Parameter, Revision
from .terms import DECLARED

CHECK_SECONDS = 1.0


@dataclass
class _Known:
    """What this process last read."""

    revision: int = -1
    checked_at: float = float("-inf")
    values: dict[str, list[tuple[date, date | None, Any]]] = field(default_factory=dict)
    calendar: WorkCalendar | None = None


_known = _Known()
_lock = threading.Lock()


def parameter(key: str, on: date | None = None) -> Any:
    """The value in force on a day (today): the newest version that holds, else the declared default.

    Raises KeyError for a name nobody declared.
    """
    declared = DECLARED[key]
    day = on or timezone.localdate()
    for begins, ends, value in _current().values.get(key, ()):
        if begins <= day and (ends is None or day < ends):
            return value
    return declared.default


def work_calendar() -> WorkCalendar:
    """Working days and hours as they stand today: the table, over the holiday library, over Monday to Friday."""
    known = _current()
    if known.calendar is None:
        own = dict(CalendarDay.objects.values_list("day", "is_workday"))
        spans = tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in parameter("work_hours"))

        def is_workday(day: date) -> bool:
            return own[day] if day in own else is_library_workday(day)

        known.calendar = WorkCalendar(is_workday, WorkHours(spans), ZoneInfo(settings.TIME_ZONE))
    return known.calendar


def is_library_workday(day: date) -> bool:
    """What the holiday library says; outside its years Monday to Friday are worked."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def last_library_year() -> int:
    """The last year whose holidays the library knows."""
    return max(day.year for day in chinese_calendar.constants.holidays)


def calendar_warning(today: date) -> str | None:
    """A sentence for the operator when the calendar ends within sixty days and the table does not go on."""
    ends = date(last_library_year(), 12, 31)
    beyond = CalendarDay.objects.filter(day__gt=ends).exists()
    if (ends - today).days > 60 or beyond:
        return None
    return _("工作日历只到 %(year)d 年底：请在后台“工作日历”里录入下一年的节假日和调休。") % {"year": ends.year}


def _current() -> _Known:
    """What is known, read again when the revision moved; inside a transaction the revision is always asked for."""
    now = clock.monotonic()
    if now - _known.checked_at < CHECK_SECONDS and not connection.in_atomic_block:
        return _known
    revision = Revision.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    with _lock:
        if revision != _known.revision:
            values: dict[str, list[tuple[date, date | None, Any]]] = {}
            rows = Parameter.objects.order_by("key", "-version").values_list(
                "key", "effective_from", "effective_to", "value"
            )
            for key, begins, ends, value in rows:
                values.setdefault(key, []).append((begins, ends, value))
            _known.values, _known.revision, _known.calendar = values, revision, None
        _known.checked_at = now
    return _known
