"""Working time: limits in urgent hours, urgent days, working hours, working days and natural days (GB/T 30428.8 practice).

Urgent units never stop, nights and holidays included. Working units run inside the working hours of working days, so
across lunch, weekends, holidays and make-up Saturdays. A pause (a suspension, a check) is time that does not count.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

Pause = tuple[datetime, datetime | None]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HORIZON_DAYS = 3700
"""No limit reaches further than ten years; a calendar without working days is refused instead of searched for ever."""


class Unit(StrEnum):
    """Units of a limit."""

    UH = "UH"
    UD = "UD"
    WH = "WH"
    WD = "WD"
    ND = "ND"


@dataclass(frozen=True, order=True)
class Limit:
    """An amount of a unit, written "4WH"."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= 3650:
            raise ValueError(f"a limit of {self.amount}{self.unit} is outside 1 to 3650")

    @classmethod
    def parse(cls, text: str) -> "Limit":
        """Read "2UH". Raises ValueError naming what was wrong."""
        match = re.fullmatch(r"\s*(\d{1,4})\s*(UH|UD|WH|WD|ND)\s*", text, re.IGNORECASE)
        if match is None:
            raise ValueError(f"{text!r} is not a limit; write a number and UH, UD, WH, WD or ND, such as 4WH")
        return cls(int(match[1]), Unit(match[2].upper()))

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    def times(self, n: int) -> "Limit":
        """The limit `n` times over."""
        return Limit(self.amount * n, self.unit)


@dataclass(frozen=True)
class WorkHours:
    """The working spans of a working day, in local time, in order and apart."""

    spans: tuple[tuple[time, time], ...] = ((time(8), time(12)), (time(14), time(18)))

    def __post_init__(self) -> None:
        flat = [moment for span in self.spans for moment in span]
        if not flat or flat != sorted(set(flat)):
            raise ValueError("working hours must be spans in order that do not touch backwards, such as 08:00-12:00, 14:00-18:00")


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked, and when in them."""

    is_workday: Callable[[date], bool]
    hours: WorkHours = field(default_factory=WorkHours)
    tz: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    _spans: dict[date, tuple[tuple[datetime, datetime], ...]] = field(default_factory=dict, repr=False, compare=False)

    def spans_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The working spans of `day` as moments; none on a day off."""
        found = self._spans.get(day)
        if found is None:
            found = (
                tuple(
                    (datetime.combine(day, a, self.tz), datetime.combine(day, b, self.tz)) for a, b in self.hours.spans
                )
                if self.is_workday(day)
                else ()
            )
            self._spans[day] = found
        return found

    def spans_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working spans from `start` on. Raises ValueError where ten years hold no working day."""
        day = start.astimezone(self.tz).date()
        idle = 0
        while idle < HORIZON_DAYS:
            spans = self.spans_on(day)
            idle = 0 if spans else idle + 1
            for begin, end in spans:
                if end > start:
                    yield max(begin, start), end
            day += DAY
        raise ValueError("the calendar has no working day in ten years")


def due_at(start: datetime, limit: Limit, calendar: WorkCalendar, pauses: Sequence[Pause] = ()) -> datetime:
    """When `limit` is used up, counted from `start`."""
    return share_at(start, limit, 1.0, calendar, pauses)


def share_at(
    start: datetime, limit: Limit, share: float, calendar: WorkCalendar, pauses: Sequence[Pause] = ()
) -> datetime:
    """When `share` of `limit` is used, counted from `start` (0.8: the lamp turns yellow)."""
    held = _merged(start, pauses)
    if limit.unit == Unit.ND:
        end = _end_of_natural_day(start, limit, calendar)
        return _walk(iter([(start, datetime.max.replace(tzinfo=start.tzinfo))]), (end - start) * share, held)
    need = _length(limit) * share
    if limit.unit in (Unit.UH, Unit.UD):
        return _walk(iter([(start, datetime.max.replace(tzinfo=start.tzinfo))]), need, held)
    return _walk(calendar.spans_from(start), need, held)


def spent(
    start: datetime, end: datetime, unit: Unit, calendar: WorkCalendar, pauses: Sequence[Pause] = ()
) -> timedelta:
    """How much time of `unit`'s kind (working or running) lies between `start` and `end`, pauses left out."""
    if end <= start:
        return timedelta(0)
    held = _merged(start, pauses)
    total = timedelta(0)
    spans = calendar.spans_from(start) if unit in (Unit.WH, Unit.WD) else iter([(start, end)])
    for begin, stop in spans:
        if begin >= end:
            break
        for a, b in _outside(begin, min(stop, end), held):
            total += b - a
    return total


def _length(limit: Limit) -> timedelta:
    return {Unit.UH: HOUR, Unit.UD: DAY, Unit.WH: HOUR, Unit.WD: 8 * HOUR, Unit.ND: DAY}[limit.unit] * limit.amount


def _end_of_natural_day(start: datetime, limit: Limit, calendar: WorkCalendar) -> datetime:
    last = start.astimezone(calendar.tz).date() + DAY * limit.amount
    return datetime.combine(last, time(0), calendar.tz) + DAY


def _walk(spans: Iterator[tuple[datetime, datetime]], need: timedelta, held: list[tuple[datetime, datetime]]) -> datetime:
    """The moment at which `need` of the spans, pauses left out, is used."""
    for begin, stop in spans:
        for a, b in _outside(begin, stop, held):
            if b - a >= need:
                return a + need
            need -= b - a
    raise ValueError("a pause without an end never lets the clock run out")


def _outside(begin: datetime, stop: datetime, held: list[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """The parts of a span that no pause covers."""
    for a, b in held:
        if b <= begin or a >= stop:
            continue
        if a > begin:
            yield begin, a
        begin = b
        if begin >= stop:
            return
    if begin < stop:
        yield begin, stop


def _merged(start: datetime, pauses: Sequence[Pause]) -> list[tuple[datetime, datetime]]:
    """Pauses in order, overlapping ones joined; one without an end never ends."""
    never = datetime.max.replace(tzinfo=start.tzinfo)
    ordered = sorted((a, b if b is not None else never) for a, b in pauses)
    merged: list[tuple[datetime, datetime]] = []
    for a, b in ordered:
        if b <= a:
            continue
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], b))
        else:
            merged.append((a, b))
    return merged
