"""Working time: limits in urgent hours and days, working hours and days, and natural days (GB/T 30428.8 practice).

Urgent units never stop, nights and holidays included. Working units run inside the working hours of working days, so
across lunch, weekends, holidays and make-up Saturdays. A pause (a suspension, a check) is time that does not count.
Moments come in aware in any zone and go out in UTC; all arithmetic is on whole microseconds, so nothing drifts.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

Pause = tuple[datetime, datetime | None]
Span = tuple[int, int]
"""From and to, in microseconds since 1970 UTC."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1) // TICK
DAY = timedelta(days=1) // TICK
FOREVER = (datetime.max.replace(tzinfo=UTC) - EPOCH) // TICK
HORIZON_DAYS = 3700
"""A calendar without a working day in ten years is refused instead of searched for ever."""


class Unit(StrEnum):
    """Units of a limit."""

    UH = "UH"
    UD = "UD"
    WH = "WH"
    WD = "WD"
    ND = "ND"


TICKS = {Unit.UH: HOUR, Unit.UD: DAY, Unit.WH: HOUR, Unit.WD: 8 * HOUR}
"""A working day is eight working hours, however long a town's own day is."""
WORKING = frozenset({Unit.WH, Unit.WD})


@dataclass(frozen=True)
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
        match = re.fullmatch(r"\s*([0-9]{1,4})\s*(UH|UD|WH|WD|ND)\s*", text, re.IGNORECASE)
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
    """The working spans of a working day in local time, in order and apart; an end of 00:00 is midnight."""

    spans: tuple[tuple[time, time], ...] = ((time(8), time(12)), (time(14), time(18)))

    def __post_init__(self) -> None:
        edges = [edge for begin, end in self.spans for edge in (_minutes(begin), _minutes(end) or 24 * 60)]
        if not edges or edges != sorted(set(edges)):
            raise ValueError("working hours must be spans in order and apart, such as 08:00-12:00, 14:00-18:00")

    @classmethod
    def parse(cls, spans: Iterable[Sequence[str]]) -> "WorkHours":
        """Read [["08:00", "12:00"], ["14:00", "18:00"]]. Raises ValueError when it can't be read or kept."""
        return cls(tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in spans))


def _minutes(of_day: time) -> float:
    return of_day.hour * 60 + of_day.minute + of_day.second / 60


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked, and when in them; each day's answer is asked once and kept."""

    is_workday: Callable[[date], bool]
    hours: WorkHours = field(default_factory=WorkHours)
    tz: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    _kept: dict[int, tuple[Span, ...]] = field(default_factory=dict, repr=False, compare=False)

    def spans_from(self, start: int) -> Iterator[Span]:
        """Working spans from `start` (ticks) on. Raises ValueError where ten years hold no working day."""
        day = _moment(start).astimezone(self.tz).toordinal()
        idle = 0
        while idle < HORIZON_DAYS:
            spans = self._kept.get(day)
            if spans is None:
                spans = self._kept[day] = self._spans_on(date.fromordinal(day))
            idle = 0 if spans else idle + 1
            for begin, end in spans:
                if end > start:
                    yield (begin if begin > start else start), end
            day += 1
        raise ValueError("the calendar has no working day in ten years")

    def _spans_on(self, day: date) -> tuple[Span, ...]:
        if not self.is_workday(day):
            return ()
        spans = []
        for opens, closes in self.hours.spans:
            last = day if closes > opens else day + timedelta(days=1)
            begin, end = (_ticks(datetime.combine(on, at, self.tz)) for on, at in ((day, opens), (last, closes)))
            if end > begin:  # a clock put forward may swallow a span
                spans.append((begin, end))
        return tuple(spans)


def due_at(start: datetime, limit: Limit, calendar: WorkCalendar, pauses: Sequence[Pause] = ()) -> datetime:
    """When `limit` is used up, counted from `start`; UTC.

    A working clock started outside working hours starts at the next working moment. Natural days end with the last
    microsecond of the nth local day; the day of the start is not counted (Civil Code art. 201), and a pause pushes
    the end on by its length to the end of the day reached. Raises ValueError for a naive moment, for a calendar that
    never works, and where a pause without an end comes before the limit is used up: then nothing is due.
    """
    return share_at(start, limit, 1.0, calendar, pauses)


def share_at(
    start: datetime, limit: Limit, share: float, calendar: WorkCalendar, pauses: Sequence[Pause] = ()
) -> datetime:
    """When `share` of `limit` is used, counted from `start` (0.8: the lamp turns yellow). As `due_at`."""
    first, held = _ticks(start), _merged(pauses)
    if limit.unit is Unit.ND:
        return _moment(_natural(first, limit, share, calendar, held))
    return _moment(_walk(_running(first, limit.unit, calendar), round(TICKS[limit.unit] * limit.amount * share), held))


def spent(
    start: datetime, end: datetime, unit: Unit, calendar: WorkCalendar, pauses: Sequence[Pause] = ()
) -> timedelta:
    """How much time of `unit`'s kind lies between `start` and `end`, pauses left out; nothing when `end` is earlier.

    Working time for WH and WD, time on the wall for UH, UD and ND; a pause without an end lasts beyond `end`.
    """
    first, last, held = _ticks(start), _ticks(end), _merged(pauses)
    total = 0
    if first < last:
        for begin, stop in _running(first, unit, calendar):
            if begin >= last:
                break
            total += sum(b - a for a, b in _outside(begin, min(stop, last), held))
            if stop >= last:
                break
    return timedelta(microseconds=total)


def _natural(first: int, limit: Limit, share: float, calendar: WorkCalendar, held: list[Span]) -> int:
    """Days count from the one after `first`, so a pause on the first day costs nothing; one later costs whole days."""
    day = _moment(first).astimezone(calendar.tz).date()
    dawn, end = _end_of_day(day, calendar.tz), _end_of_day(day + timedelta(days=limit.amount), calendar.tz)
    last = _walk(_running(dawn, limit.unit, calendar), end - dawn, held)
    due = _end_of_day(_moment(last).astimezone(calendar.tz).date(), calendar.tz)
    if share >= 1:
        return due
    return min(due, _walk(_running(first, limit.unit, calendar), round((end - first) * share), held))


def _end_of_day(day: date, tz: ZoneInfo) -> int:
    return _ticks(datetime.combine(day + timedelta(days=1), time(0), tz)) - 1


def _running(first: int, unit: Unit, calendar: WorkCalendar) -> Iterator[Span]:
    """The spans in which the clock of `unit` runs, pauses not yet left out."""
    return calendar.spans_from(first) if unit in WORKING else iter([(first, FOREVER)])


def _walk(spans: Iterator[Span], need: int, held: list[Span]) -> int:
    """The moment at which `need` ticks of the spans, pauses left out, are used."""
    for begin, stop in spans:
        for a, b in _outside(begin, stop, held) if held else ((begin, stop),):
            if b - a >= need:
                return a + need
            need -= b - a
        if held and held[-1][1] == FOREVER and stop >= held[-1][0]:
            break
    raise ValueError("a pause without an end never lets the clock run out")


def _outside(begin: int, stop: int, held: list[Span]) -> Iterator[Span]:
    """The parts of a span that no pause covers."""
    for a, b in held:
        if b <= begin:
            continue
        if a >= stop:
            break
        if a > begin:
            yield begin, a
        begin = b
    if begin < stop:
        yield begin, stop


def _merged(pauses: Sequence[Pause]) -> list[Span]:
    """Pauses in order, overlapping ones joined, empty ones dropped; one without an end never ends."""
    merged: list[Span] = []
    for a, b in sorted((_ticks(a), FOREVER if b is None else _ticks(b)) for a, b in pauses):
        if b <= a:
            continue
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], b))
        else:
            merged.append((a, b))
    return merged


def _ticks(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} says no time zone")
    return (moment - EPOCH) // TICK


def _moment(ticks: int) -> datetime:
    return EPOCH + timedelta(microseconds=ticks)
