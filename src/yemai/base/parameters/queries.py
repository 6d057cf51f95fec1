"""Reads of parameters and the calendar, kept in memory and noticed within two seconds of a change."""

import threading
import time as clock
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar  # type: ignore[import-untyped]  # it ships no types
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.kernel.worktime import WorkCalendar, WorkHours

from .models import CalendarDay, Parameter, Revision
from .terms import DECLARED, Declared

CHECK_SECONDS = 1.0
"""How long a process trusts what it last saw: half of the two seconds promised."""
WARN_DAYS = 60
NEVER = float("-inf")


@dataclass
class _Known:
    """What was last read, and at which stamp."""

    stamp: int = -1
    checked_at: float = NEVER
    values: dict[str, list[tuple[date, date | None, Any]]] = field(default_factory=dict)
    calendar: tuple[date, WorkCalendar] | None = None


class _Own(threading.local):
    """What a thread reads for itself between a change of its own and the end of that transaction."""

    known: _Known | None = None


_known = _Known()
_own = _Own()
_lock = threading.Lock()


def parameter(key: str, on: date | None = None) -> Any:
    """The value in force on a day (today): the newest version that holds, else the declared default.

    Raises KeyError for a name nobody declared.
    """
    declared = DECLARED[key]
    return _in_force(_current(), key, declared, on or timezone.localdate())


def parameters_in_force() -> dict[str, Any]:
    """The value of every declared parameter today, all of one reading."""
    known, today = _current(), timezone.localdate()
    return {key: _in_force(known, key, declared, today) for key, declared in DECLARED.items()}


def revision() -> int:
    """Another number whenever a rule kept as data changed; what is worked out from them is kept under it."""
    return _current().stamp


def work_calendar() -> WorkCalendar:
    """Working days and hours as they stand today: the table, over the holiday library, over Monday to Friday."""
    known, today = _current(), timezone.localdate()
    if known.calendar is None or known.calendar[0] != today:  # working hours may change with the day
        own = dict(CalendarDay.objects.values_list("day", "is_workday"))

        def is_workday(day: date) -> bool:
            return own[day] if day in own else is_library_workday(day)

        hours = WorkHours.parse(parameter("work_hours", today))
        known.calendar = today, WorkCalendar(is_workday, hours, ZoneInfo(settings.TIME_ZONE))
    return known.calendar[1]


def is_library_workday(day: date) -> bool:
    """What the holiday library says; outside its years Monday to Friday are worked."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def last_library_year() -> int:
    """The last year whose holidays the library knows."""
    return max(int(day.year) for day in chinese_calendar.constants.holidays)


def calendar_warning(today: date) -> str | None:
    """A sentence for the operator where, within sixty days, begins a year of which nobody has entered the holidays."""
    year = (today + timedelta(days=WARN_DAYS)).year
    if year <= last_library_year() or CalendarDay.objects.filter(day__year=year, is_workday=False).exists():
        return None
    return _("工作日历还没有 %(year)d 年的节假日和调休，将按周一至周五计算：请在后台“工作日历”里录入。") % {
        "year": year
    }


def forget() -> None:
    """This thread changed something: until its transaction ends it reads for itself, and all read afresh after."""
    _own.known = _Known() if connection.in_atomic_block else None
    _known.checked_at = NEVER


def _in_force(known: _Known, key: str, declared: Declared, day: date) -> Any:
    for begins, ends, value in known.values.get(key, ()):
        if begins <= day and (ends is None or day < ends):
            return deepcopy(value)
    return deepcopy(declared.default)


def _current() -> _Known:
    """What is known, read again when the stamp moved."""
    now = clock.monotonic()
    if _own.known is not None:
        if connection.in_atomic_block:
            return _read(_own.known, now)
        _own.known, _known.checked_at = None, NEVER  # committed or rolled back
    if now - _known.checked_at < CHECK_SECONDS:
        return _known
    with _lock:
        return _read(_known, now)


def _read(known: _Known, now: float) -> _Known:
    """Bring `known` up to the database, with one query where nothing changed."""
    stamp = Revision.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    if stamp != known.stamp:
        values: dict[str, list[tuple[date, date | None, Any]]] = {}
        rows = Parameter.objects.order_by("key", "-version")
        for key, begins, ends, value in rows.values_list("key", "effective_from", "effective_to", "value"):
            values.setdefault(key, []).append((begins, ends, value))
        known.values, known.calendar, known.stamp = values, None, stamp
    known.checked_at = now
    return known
