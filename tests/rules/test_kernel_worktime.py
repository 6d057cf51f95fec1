"""Working time: a table computed by hand for 2026, and what must hold for every moment, limit and pause."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yemai.kernel.worktime import Limit, Unit, WorkCalendar, WorkHours, due_at, share_at, spent

CHINA = ZoneInfo("Asia/Shanghai")
HOLIDAYS = "01-01..03 02-15..23 04-04..06 05-01..05 06-19..21 09-25..27 10-01..07"
MAKE_UP = "01-04 02-14 02-28 05-09 09-20 10-10"


def _days(spelled: str) -> set[date]:
    days = set()
    for word in spelled.split():
        month, first, last = int(word[:2]), int(word[3:5]), int(word[-2:])
        days |= {date(2026, month, day) for day in range(first, last + 1)}
    return days


OFF, ON = _days(HOLIDAYS), _days(MAKE_UP)


def is_workday(day: date) -> bool:
    return day in ON or (day not in OFF and day.weekday() < 5)


CALENDAR = WorkCalendar(is_workday, WorkHours(), CHINA)
LENGTH = {
    Unit.UH: timedelta(hours=1),
    Unit.UD: timedelta(days=1),
    Unit.WH: timedelta(hours=1),
    Unit.WD: timedelta(hours=8),
}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text if text[:2] == "20" else f"2026-{text}").replace(tzinfo=CHINA)


# Times are China's, in 2026. "end" is the last microsecond of the day.
TABLE = """
start       | limit | paused                   | due            | because
03-04 10:00 | 2WH   |                          | 03-04 12:00    | the morning ends exactly then, not at 14:00
03-04 10:00 | 4WH   |                          | 03-04 16:00    | lunch does not count
03-04 12:30 | 1WH   |                          | 03-04 15:00    | started at lunch, runs from 14:00
03-04 17:30 | 1WH   |                          | 03-05 08:30    | the night does not count
03-04 06:00 | 1WH   |                          | 03-04 09:00    | started before hours
03-06 17:00 | 1WD   |                          | 03-09 17:00    | an hour on Friday, seven on Monday
03-07 11:00 | 1WH   |                          | 03-09 09:00    | an ordinary Saturday is off
02-13 17:00 | 2WD   |                          | 02-24 17:00    | 1 h, make-up Saturday 8 h, Spring Festival, 7 h
02-27 18:00 | 1WD   |                          | 02-28 18:00    | a make-up Saturday is a working day
02-28 20:00 | 1WH   |                          | 03-02 09:00    | the Sunday after a make-up Saturday is off
01-02 09:00 | 1WH   |                          | 01-04 09:00    | New Year, then a make-up Sunday
09-19 10:00 | 1WD   |                          | 09-20 18:00    | Saturday off, make-up Sunday on
09-30 16:00 | 3WD   |                          | 10-10 16:00    | 2 h, National Day, 8 h, 8 h, make-up Saturday 6 h
05-08 18:00 | 1WD   |                          | 05-09 18:00    | make-up Saturday after Labour Day
06-18 14:00 | 1WD   |                          | 06-22 12:00    | Dragon Boat: Friday to Sunday off
03-04 10:00 | 15WD  |                          | 03-25 10:00    | 6 h, fourteen whole days, 2 h
02-12 08:00 | 15WD  |                          | 03-10 18:00    | Spring Festival and both its make-up Saturdays
02-15 23:30 | 2UH   |                          | 02-16 01:30    | urgent hours run on a holiday's night
02-14 17:00 | 2UD   |                          | 02-16 17:00    | urgent days are 24 hours, holidays too
03-04 10:00 | 1ND   |                          | 03-05 end      | the day of the start is not counted
03-04 00:00 | 1ND   |                          | 03-05 end      | nor is it when it has only begun
12-28 23:59 | 7ND   |                          | 2027-01-04 end | natural days know no holidays
03-04 10:00 | 4WH   | 03-04 11:00..03-04 15:00 | 03-04 18:00    | 1 h before, 3 h after
03-06 16:00 | 4WH   | 03-07 00:00..03-09 00:00 | 03-09 10:00    | a pause over a weekend costs nothing
03-04 22:00 | 2UH   | 03-04 23:00..03-05 09:00 | 03-05 10:00    | urgent hours stop in a pause
03-04 10:00 | 2WH   | 03-03 09:00..03-04 11:00 | 03-04 15:00    | paused when it starts
03-04 08:00 | 4WH   | 03-04 09:00..03-04 10:00 03-04 09:30..03-04 11:00 | 03-04 16:00    | overlapping pauses count once
03-04 08:00 | 1WH   | 03-04 10:00..            | 03-04 09:00    | used up before a pause that never ended
03-04 10:00 | 1ND   | 03-05 00:00..03-07 00:00 | 03-07 end      | two days later
03-04 10:00 | 1ND   | 03-05 11:00..03-05 11:30 | 03-06 end      | half an hour pushes it into the next day
03-04 10:00 | 1ND   | 03-04 11:00..03-04 11:30 | 03-05 end      | a pause on the first day, which is not counted, costs nothing
"""


def rows() -> list[list[str]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    assert lines[0] == ["start", "limit", "paused", "due", "because"]
    return lines[1:]


@pytest.mark.parametrize(("start", "limit", "paused", "due", "because"), rows())
def test_computed_by_hand(start: str, limit: str, paused: str, due: str, because: str) -> None:
    pauses = []
    for begin, end in (span.split("..") for span in paused.replace(" 03-04 09:30", ";03-04 09:30").split(";") if span):
        pauses.append((moment(begin), moment(end) if end else None))
    if due.endswith("end"):
        expected = datetime.combine(moment(f"{due[:-4]} 00:00").date(), time.max, CHINA)
    else:
        expected = moment(due)
    found = due_at(moment(start), Limit.parse(limit), CALENDAR, pauses)
    assert found.astimezone(CHINA) == expected, because
    assert found.tzinfo is UTC


def test_the_holidays_of_the_table_are_those_of_the_library() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [day for day in days if is_workday(day) != chinese_calendar.is_workday(day)] == []


@pytest.mark.parametrize(
    ("start", "limit", "share", "expected"),
    [
        ("03-04 10:00", "4WH", 0.8, "03-04 15:12"),
        ("03-04 11:50", "1WH", 0.25, "03-04 14:05"),
        ("03-04 12:30", "1WH", 0.0, "03-04 14:00"),
        ("03-04 20:00", "2UH", 0.5, "03-04 21:00"),
        ("03-04 12:00", "1ND", 0.5, "03-05 06:00"),
    ],
)
def test_a_share_of_a_limit(start: str, limit: str, share: float, expected: str) -> None:
    found = share_at(moment(start), Limit.parse(limit), share, CALENDAR)
    assert abs(found - moment(expected)) <= timedelta(microseconds=1)


def test_a_pause_without_end_leaves_nothing_due() -> None:
    for limit in ("2UH", "2WH", "2ND"):
        with pytest.raises(ValueError, match="pause"):
            due_at(moment("03-04 10:00"), Limit.parse(limit), CALENDAR, [(moment("03-04 11:00"), None)])


def test_a_pause_without_end_stops_what_is_spent() -> None:
    pauses = [(moment("03-04 11:00"), None)]
    assert spent(moment("03-04 10:00"), moment("03-20 10:00"), Unit.WH, CALENDAR, pauses) == timedelta(hours=1)


def test_a_calendar_that_never_works_is_refused() -> None:
    with pytest.raises(ValueError, match="no working day"):
        due_at(moment("03-04 10:00"), Limit(1, Unit.WH), WorkCalendar(lambda day: False))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due_at(datetime(2026, 3, 4, 10), Limit(1, Unit.UH), CALENDAR)  # noqa: DTZ001 - the fault under test


def test_each_day_is_asked_once() -> None:
    asked: list[date] = []

    def asking(day: date) -> bool:
        asked.append(day)
        return is_workday(day)

    calendar = WorkCalendar(asking)
    for _ in range(50):
        due_at(moment("03-04 10:00"), Limit(15, Unit.WD), calendar)
    assert len(asked) == len(set(asked)) == 22


@pytest.mark.parametrize("text", ["", "4", "WH", "0WH", "-1WH", "4.5WH", "4XX", "9999WD", "4 WH WH", "٤WH"])
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match=r"limit"):
        Limit.parse(text)


def test_limits_are_read_and_written() -> None:
    assert Limit.parse(" 15 wd ") == Limit(15, Unit.WD)
    assert str(Limit.parse("2UH").times(3)) == "6UH"


@pytest.mark.parametrize(
    "spans",
    [[], [["12:00", "08:00"]], [["08:00", "12:00"], ["11:00", "15:00"]], [["14:00", "18:00"], ["08:00", "12:00"]]],
)
def test_what_are_no_working_hours(spans: list[list[str]]) -> None:
    with pytest.raises(ValueError, match="working hours"):
        WorkHours.parse(spans)


def test_hours_until_midnight() -> None:
    late = WorkCalendar(lambda day: True, WorkHours.parse([["20:00", "00:00"]]), CHINA)
    assert due_at(moment("03-04 21:00"), Limit(4, Unit.WH), late) == moment("03-05 21:00")
    assert due_at(moment("03-04 21:00"), Limit(3, Unit.WH), late) == moment("03-05 00:00")


moments = st.datetimes(datetime(2025, 12, 20), datetime(2026, 12, 31), timezones=st.just(CHINA))  # noqa: DTZ001 - bounds of hypothesis are naive
limits = st.builds(Limit, st.integers(1, 40), st.sampled_from(Unit))
running = limits.filter(lambda limit: limit.unit is not Unit.ND)
pause = st.tuples(moments, st.timedeltas(timedelta(0), timedelta(days=20))).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)
pauses_lists = st.lists(pause, max_size=4)


@given(moments, running, pauses_lists)
def test_at_the_due_moment_the_limit_is_spent(start: datetime, limit: Limit, pauses: list) -> None:
    due = due_at(start, limit, CALENDAR, pauses)
    assert spent(start, due, limit.unit, CALENDAR, pauses) == LENGTH[limit.unit] * limit.amount


@given(moments, running, pauses_lists)
def test_a_microsecond_earlier_it_is_not(start: datetime, limit: Limit, pauses: list) -> None:
    before = due_at(start, limit, CALENDAR, pauses) - timedelta(microseconds=1)
    assert spent(start, before, limit.unit, CALENDAR, pauses) < LENGTH[limit.unit] * limit.amount


@given(moments, moments, limits, pauses_lists)
def test_a_later_start_is_never_due_earlier(one: datetime, other: datetime, limit: Limit, pauses: list) -> None:
    first, second = sorted((one, other))
    assert due_at(first, limit, CALENDAR, pauses) <= due_at(second, limit, CALENDAR, pauses)


@given(moments, limits, st.integers(1, 5), pauses_lists)
def test_a_longer_limit_is_never_due_earlier(start: datetime, limit: Limit, more: int, pauses: list) -> None:
    longer = Limit(limit.amount + more, limit.unit)
    assert due_at(start, limit, CALENDAR, pauses) < due_at(start, longer, CALENDAR, pauses)


@given(moments, limits, pauses_lists, pause)
def test_pauses_only_move_it_later(start: datetime, limit: Limit, pauses: list, another: tuple) -> None:
    assert due_at(start, limit, CALENDAR, pauses) <= due_at(start, limit, CALENDAR, [*pauses, another])


@given(moments, limits, st.floats(0, 1), st.floats(0, 1), pauses_lists)
def test_shares_come_in_order(start: datetime, limit: Limit, one: float, other: float, pauses: list) -> None:
    less, more = sorted((one, other))
    found = [share_at(start, limit, share, CALENDAR, pauses) for share in (less, more, 1.0)]
    assert start <= found[0] <= found[1] <= found[2] == due_at(start, limit, CALENDAR, pauses)


@given(moments, moments, moments, st.sampled_from(Unit), pauses_lists)
def test_time_spent_adds_up(a: datetime, b: datetime, c: datetime, unit: Unit, pauses: list) -> None:
    first, middle, last = sorted((a, b, c))
    parts = spent(first, middle, unit, CALENDAR, pauses) + spent(middle, last, unit, CALENDAR, pauses)
    assert parts == spent(first, last, unit, CALENDAR, pauses)


@given(moments, st.builds(Limit, st.integers(1, 40), st.sampled_from([Unit.WH, Unit.WD])))
def test_working_limits_end_in_working_time(start: datetime, limit: Limit) -> None:
    local = due_at(start, limit, CALENDAR).astimezone(CHINA)
    assert is_workday(local.date())
    assert time(8) < local.time() <= time(12) or time(14) < local.time() <= time(18)


@given(moments, limits, st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"]))
def test_the_zone_a_moment_is_written_in_does_not_matter(start: datetime, limit: Limit, zone: str) -> None:
    assert due_at(start.astimezone(ZoneInfo(zone)), limit, CALENDAR) == due_at(start, limit, CALENDAR)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(ZoneInfo("Europe/Berlin"))),  # noqa: DTZ001 - as above
    running,
)
def test_clocks_put_forward_and_back(start: datetime, limit: Limit) -> None:
    berlin = WorkCalendar(lambda day: True, WorkHours.parse([["00:00", "05:00"]]), ZoneInfo("Europe/Berlin"))
    due = due_at(start, limit, berlin)
    assert spent(start, due, limit.unit, berlin) == LENGTH[limit.unit] * limit.amount
