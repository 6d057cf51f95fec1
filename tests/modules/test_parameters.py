"""Parameters and the working calendar: dated versions, refusals, and how soon whom a change reaches."""

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import CHINA, Clock
from yemai.base.parameters import queries
from yemai.base.parameters.actions import clear_calendar_day, set_calendar_day, set_parameter
from yemai.base.parameters.events import changed
from yemai.base.parameters.models import CalendarDay, Parameter, Revision
from yemai.base.parameters.queries import calendar_warning, parameter, work_calendar
from yemai.base.parameters.rules import is_fit
from yemai.base.parameters.terms import DECLARED
from yemai.kernel.refusals import Refused
from yemai.kernel.worktime import Limit, due_at

MARCH = date(2026, 3, 1)


def test_every_default_is_fit_for_its_parameter() -> None:
    assert [key for key, declared in DECLARED.items() if not is_fit(key, declared.default)] == []


BAD = """
key                | value
work_hours         | []
work_hours         | [["08:00"]]
work_hours         | [["12:00", "08:00"]]
work_hours         | [["08:00", "12:00"], ["11:00", "18:00"]]
work_hours         | [["8", "25:00"]]
work_hours         | "08:00-12:00"
stage_limits       | {"intake": 15}
stage_limits       | {"intake": 0, "dispatch": 15, "verify": 30, "check": 30}
stage_limits       | {"intake": "15", "dispatch": 15, "verify": 30, "check": 30}
default_disposal   | "4 hours"
default_disposal   | 4
lamp               | 0
lamp               | 1.2
lamp               | true
extension          | {"times": -1}
suspension         | {"days": 366}
duplicate          | {"metres": 50, "hours": 24, "more": 1}
duplicate          | {"metres": -1, "hours": 24}
rating_window_days | 0
rating_window_days | 7.5
quiet_hours        | {"from": "25:00", "to": "07:30"}
quiet_hours        | {"from": "07:30", "to": "07:30"}
hotline_classes    | ["2UH", "soon"]
demo_town          | "yes"
photo              | null
"""


def bad_values() -> list[tuple[str, Any]]:
    import json

    rows = [line.split("|", 1) for line in BAD.strip().splitlines()[1:]]
    return [(key.strip(), json.loads(value)) for key, value in rows]


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "value"), bad_values())
def test_a_value_that_would_stop_the_clocks_is_refused(key: str, value: Any) -> None:
    with pytest.raises(Refused) as refused:
        set_parameter(key, value, effective_from=MARCH)
    assert (refused.value.code, refused.value.status) == ("bad-parameter", 422)
    assert parameter(key, MARCH) == DECLARED[key].default
    assert not Parameter.objects.exists()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(DECLARED)), json_values)
def test_any_value_is_judged_without_failing(key: str, value: Any) -> None:
    assert is_fit(key, value) in (True, False)


@pytest.mark.django_db
def test_unknown_names() -> None:
    with pytest.raises(Refused, match="没有这个参数"):
        set_parameter("weather", "sun", effective_from=MARCH)
    with pytest.raises(KeyError):
        parameter("weather")


@pytest.mark.django_db
def test_a_new_version_holds_from_its_day_on() -> None:
    set_parameter("default_disposal", "8WH", effective_from=date(2026, 3, 10), basis="镇政办〔2026〕3号")
    set_parameter("default_disposal", "2WD", effective_from=date(2026, 4, 1))
    found = [parameter("default_disposal", date(2026, *day)) for day in ((3, 9), (3, 10), (3, 31), (4, 1), (12, 31))]
    assert found == ["4WH", "8WH", "8WH", "2WD", "2WD"]
    rows = Parameter.objects.order_by("version").values_list("version", "value", "effective_to", "basis")
    assert list(rows) == [(1, "8WH", date(2026, 4, 1), "镇政办〔2026〕3号"), (2, "2WD", None, "")]


@pytest.mark.django_db
def test_a_version_for_a_time_gives_way_again() -> None:
    """Summer hours: the version before goes on afterwards."""
    summer = [["07:30", "11:30"], ["15:00", "19:00"]]
    winter = [["09:00", "12:00"], ["13:00", "18:00"]]
    set_parameter("work_hours", winter, effective_from=MARCH)
    set_parameter("work_hours", summer, effective_from=date(2026, 6, 1), effective_to=date(2026, 9, 1))
    assert parameter("work_hours", date(2026, 5, 31)) == winter
    assert parameter("work_hours", date(2026, 6, 1)) == summer
    assert parameter("work_hours", date(2026, 8, 31)) == summer
    assert parameter("work_hours", date(2026, 9, 1)) == winter


@pytest.mark.django_db
def test_a_later_decision_undoes_one_not_yet_in_force() -> None:
    set_parameter("rating_window_days", 14, effective_from=date(2026, 6, 1))
    set_parameter("rating_window_days", 10, effective_from=date(2026, 5, 1))
    assert parameter("rating_window_days", date(2026, 7, 1)) == 10


@pytest.mark.django_db
def test_dates_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(Refused, match="失效日期"):
        set_parameter("lamp", 0.7, effective_from=MARCH, effective_to=MARCH)


@pytest.mark.django_db
def test_whoever_gets_a_value_can_not_spoil_it_for_others() -> None:
    set_parameter("duplicate", {"metres": 30, "hours": 12}, effective_from=MARCH)
    for key in ("duplicate", "stage_limits"):
        before = parameter(key, MARCH)
        parameter(key, MARCH).clear()
        assert parameter(key, MARCH) == before


@pytest.mark.django_db
def test_a_change_is_told_with_what_was_before(now: datetime) -> None:
    heard: list[dict[str, Any]] = []

    def listen(**told: Any) -> None:
        heard.append({name: told[name] for name in ("sender", "verb", "now", "before", "after")})

    changed.connect(listen)
    try:
        set_parameter("lamp", 0.7, effective_from=MARCH, now=now)
        set_calendar_day(date(2026, 3, 14), is_workday=True, note="补班", now=now)
    finally:
        changed.disconnect(listen)
    first, second = heard
    assert (first["sender"], first["verb"], first["now"]) == (Parameter, "set_parameter", now)
    assert first["before"] == {"value": 0.8}
    assert first["after"]["value"] == 0.7
    assert (second["sender"], second["after"]["note"]) == (CalendarDay, "补班")


# --- the calendar ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_calendar_knows_holidays_and_make_up_days() -> None:
    calendar = work_calendar()
    days = {"2026-02-14": True, "2026-02-17": False, "2026-10-10": True, "2026-10-11": False, "2026-03-04": True}
    assert {day: calendar.is_workday(date.fromisoformat(day)) for day in days} == days


@pytest.mark.django_db
def test_the_table_lies_over_the_library(clock: Clock) -> None:
    start = datetime(2026, 3, 6, 17, 0, tzinfo=CHINA)
    monday = datetime(2026, 3, 9, 17, 0, tzinfo=CHINA)
    assert due_at(start, Limit.parse("1WD"), work_calendar()) == monday
    set_calendar_day(date(2026, 3, 7), is_workday=True, note="调休")
    assert due_at(start, Limit.parse("1WD"), work_calendar()) == monday - timedelta(days=2)
    set_calendar_day(date(2026, 3, 7), is_workday=False)
    set_calendar_day(date(2026, 3, 9), is_workday=False, note="停电")
    assert due_at(start, Limit.parse("1WD"), work_calendar()) == monday + timedelta(days=1)
    assert clear_calendar_day(date(2026, 3, 9))
    assert not clear_calendar_day(date(2026, 3, 9))
    assert due_at(start, Limit.parse("1WD"), work_calendar()) == monday


@pytest.mark.django_db
def test_past_the_library_weekdays_are_worked_and_the_operator_is_told() -> None:
    last = queries.last_library_year()
    assert calendar_warning(date(last, 10, 1)) is None
    warning = calendar_warning(date(last, 11, 23))
    assert warning is not None
    assert str(last + 1) in warning
    friday = next(
        date(last + 1, 1, 1) + timedelta(days=n)
        for n in range(7)
        if (date(last + 1, 1, 1) + timedelta(n)).weekday() == 4
    )
    assert work_calendar().is_workday(friday)
    assert not work_calendar().is_workday(friday + timedelta(days=1))
    set_calendar_day(date(last + 1, 1, 1), is_workday=False, note="元旦")
    assert not work_calendar().is_workday(date(last + 1, 1, 1))
    assert calendar_warning(date(last, 11, 23)) is None
    assert calendar_warning(date(last + 1, 12, 1)) is not None


@pytest.mark.django_db
def test_working_hours_change_with_the_day(clock: Clock) -> None:
    set_parameter("work_hours", [["09:00", "17:00"]], effective_from=date(2026, 3, 5))
    limit = Limit.parse("1WH")
    assert due_at(datetime(2026, 3, 4, 7, tzinfo=CHINA), limit, work_calendar()).astimezone(CHINA).hour == 9
    clock.set(datetime(2026, 3, 5, 0, 1, tzinfo=CHINA))
    assert due_at(datetime(2026, 3, 5, 7, tzinfo=CHINA), limit, work_calendar()).astimezone(CHINA).hour == 10


# --- how soon whom a change reaches ----------------------------------------------------------------------------------


def written_by_another_process(value: float) -> None:
    """What another process leaves in the database; this process's memory is not told."""
    version = Parameter.objects.count() + 1
    Parameter.objects.create(key="lamp", version=version, value=value, effective_from=MARCH)
    Revision.objects.update_or_create(pk=1, defaults={"number": 10_000 + version})


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine's monotonic clock as the cache reads it; add to its only element to let seconds pass."""
    seconds = [1_000_000.0]

    class Ticking:
        @staticmethod
        def monotonic() -> float:
            return seconds[0]

    monkeypatch.setattr(queries, "clock", Ticking)
    queries.forget()
    yield seconds
    queries.forget()


@pytest.mark.django_db(transaction=True)
def test_reading_costs_no_query_until_a_second_has_passed(ticking: list[float], django_assert_num_queries: Any) -> None:
    parameter("lamp", MARCH)
    work_calendar()
    with django_assert_num_queries(0):
        for _ in range(100):
            parameter("lamp", MARCH)
            parameter("stage_limits")
            work_calendar()
    with transaction.atomic():
        before = len(connection.queries_log)
        parameter("lamp", MARCH)
        assert len(connection.queries_log) == before
    ticking[0] += 1.5
    with django_assert_num_queries(1):
        parameter("lamp", MARCH)
        parameter("lamp", MARCH)


@pytest.mark.django_db(transaction=True)
def test_another_process_is_heard_within_two_seconds(ticking: list[float]) -> None:
    assert parameter("lamp", MARCH) == 0.8
    written_by_another_process(0.6)
    ticking[0] += 2
    assert parameter("lamp", MARCH) == 0.6
    written_by_another_process(0.5)
    assert parameter("lamp", MARCH) == 0.6
    ticking[0] += 2
    assert parameter("lamp", MARCH) == 0.5


@pytest.mark.django_db(transaction=True)
def test_a_transaction_sees_its_own_change_and_nobody_sees_one_rolled_back() -> None:
    def elsewhere() -> float:
        found: list[float] = []

        def look() -> None:
            found.append(parameter("lamp", MARCH))
            connection.close()

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        return found[0]

    class Undo(Exception):
        pass

    assert parameter("lamp", MARCH) == 0.8
    with pytest.raises(Undo), transaction.atomic():
        set_parameter("lamp", 0.6, effective_from=MARCH)
        assert parameter("lamp", MARCH) == 0.6
        assert elsewhere() == 0.8
        raise Undo
    assert parameter("lamp", MARCH) == 0.8
    set_parameter("lamp", 0.5, effective_from=MARCH)
    assert parameter("lamp", MARCH) == 0.5
    assert elsewhere() == 0.5
