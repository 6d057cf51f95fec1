"""Clocks of real cases: lunch, night, weekend, holiday and make-up day, urgent hours; the reminders job at 80 %, due, daily."""

from datetime import datetime, timedelta

import pytest

from tests.conftest import CHINA, Clock
from tests.modules.case_desk import done, fresh, told
from tests.world import World
from yemai.base.jobs.actions import run_due
from yemai.base.messages.models import Message
from yemai.base.parameters.actions import set_calendar_day, set_parameter
from yemai.base.people.actions import change_person
from yemai.modules.cases import jobs
from yemai.modules.cases.models import Case, FilingCondition
from yemai.modules.cases.terms import Outcome, Priority, Verb

YEAR = 2026


def moment(text: str) -> datetime:
    """ "03-04 10:00" of 2026 in China."""
    return datetime.strptime(f"{YEAR}-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)


def taken(world: World, limit: str, priority: str = Priority.ORDINARY) -> Case:
    """A case of the first grid in the worker's hands, with this limit; the clock stands where the test set it."""
    category = world.category("E0105")
    FilingCondition.objects.filter(category=category).update(limit=limit, priority=priority)
    return done(world, "worker", world.reported(), "take", category=category.pk)


# 2026: Qingming is Saturday 4 April to Monday 6 April; National Day 1-7 October, worked for on Saturday 10 October and
# Sunday 20 September.
DUE = """
    taken       | limit | due         | because
    03-04 10:00 | 1WH   | 03-04 11:00 | an ordinary hour
    03-04 10:00 | 4WH   | 03-04 16:00 | across lunch (12-14)
    03-04 11:30 | 1WH   | 03-04 14:30 | half before lunch, half after
    03-04 12:30 | 1WH   | 03-04 15:00 | starts after lunch
    03-04 17:00 | 2WH   | 03-05 09:00 | across the night
    03-06 17:00 | 2WH   | 03-09 09:00 | across the weekend
    03-07 11:00 | 1WH   | 03-09 09:00 | taken on Saturday, starts on Monday
    03-04 10:00 | 1WD   | 03-05 10:00 | eight working hours
    03-04 10:00 | 3WD   | 03-09 10:00 | over the weekend
    04-03 17:00 | 2WH   | 04-07 09:00 | over Qingming
    09-30 17:00 | 2WH   | 10-08 09:00 | over National Day
    10-09 17:00 | 2WH   | 10-10 09:00 | the make-up Saturday is worked
    09-18 17:00 | 1WD   | 09-20 17:00 | the make-up Sunday is worked, the Saturday is not
    03-06 17:00 | 2UH   | 03-06 19:00 | urgent hours know no evening
    03-07 23:00 | 2UH   | 03-08 01:00 | nor a Saturday night
    10-01 02:00 | 1UD   | 10-02 02:00 | nor a holiday
"""


@pytest.mark.parametrize(
    ("at", "limit", "due", "because"),
    [[cell.strip() for cell in line.split("|")] for line in DUE.strip().splitlines()[1:]],
)
def test_when_a_case_is_due(world: World, clock: Clock, at: str, limit: str, due: str, because: str) -> None:
    clock.set(moment(at))
    case = taken(world, limit)
    assert case.due_at == case.clock_due_at == moment(due), because


def test_natural_days_end_at_midnight(world: World, clock: Clock) -> None:
    clock.set(moment("03-06 17:00"))
    assert taken(world, "7ND").due_at.astimezone(CHINA).strftime("%m-%d %H:%M:%S") == "03-13 23:59:59"


def test_the_short_clocks_of_a_desk_keep_its_hours(world: World, clock: Clock) -> None:
    world.now = clock.set(moment("03-04 11:50"))
    assert world.reported().clock_due_at == moment("03-04 14:05")  # a quarter of an hour, lunch not counted
    world.now = clock.set(moment("03-06 19:30"))
    assert world.reported().clock_due_at == moment("03-09 08:15")


def test_a_check_at_the_end_of_the_day_is_due_next_morning(world: World, clock: Clock) -> None:
    clock.set(moment("03-04 17:50"))
    case = taken(world, "3WD")
    checking = world.step(case, Verb.SUBMIT_FEEDBACK, "worker", now=clock.now(), text="清了", outcome=Outcome.SOLVED)
    assert checking.clock_due_at == moment("03-05 08:20")


def test_time_in_the_checkers_hands_is_not_the_handlers(world: World, clock: Clock) -> None:
    clock.set(moment("03-04 10:00"))
    case = taken(world, "4WH")  # due at 16:00, two hours before lunch
    clock.set(moment("03-04 11:00"))
    done(world, "worker", case, "submit_feedback", text="清了", outcome="solved")
    clock.set(moment("03-05 09:00"))
    back = done(world, "checker", case, "check_fail", text="没清干净")
    assert back.due_at == moment("03-05 12:00")  # three of four hours are left


def test_a_new_holiday_moves_every_running_clock(world: World, clock: Clock) -> None:
    clock.set(moment("03-04 17:00"))
    case = taken(world, "2WH")
    assert case.due_at == moment("03-05 09:00")
    set_calendar_day(moment("03-05 00:00").date(), is_workday=False, note="本镇活动日", actor=None, now=clock.now())
    run_due(clock.now())
    assert fresh(case).clock_due_at == fresh(case).due_at == moment("03-06 09:00")


def test_other_working_hours_move_them_too(world: World, clock: Clock) -> None:
    clock.set(moment("03-04 11:00"))
    case = taken(world, "2WH")
    assert case.due_at == moment("03-04 15:00")
    set_parameter(
        "work_hours", [["08:00", "18:00"]], actor=None, now=clock.now(), effective_from=clock.now().date(), basis="试行"
    )
    run_due(clock.now())
    assert fresh(case).due_at == moment("03-04 13:00")


# --- reminders --------------------------------------------------------------------------------------------------------

LADDER = """
    when        | worker | leader | dispatcher | supervisor
    03-04 10:00 | 0 0    | 0 0    | 0 0        | 0 0
    03-04 15:11 | 0 0    | 0 0    | 0 0        | 0 0
    03-04 15:12 | 1 0    | 0 0    | 0 0        | 0 0
    03-04 15:59 | 1 0    | 0 0    | 0 0        | 0 0
    03-04 16:01 | 1 1    | 0 0    | 0 0        | 0 0
    03-05 15:59 | 1 1    | 0 0    | 0 0        | 0 0
    03-05 16:01 | 1 2    | 0 1    | 0 0        | 0 0
    03-06 16:01 | 1 3    | 0 2    | 0 1        | 0 0
    03-07 16:01 | 1 4    | 0 3    | 0 2        | 0 1
    03-08 16:01 | 1 5    | 0 4    | 0 3        | 0 2
"""
"""Messages by then, soon due and overdue: at 80 % and at due to who holds it, then daily one level further up."""


def test_reminders_climb_the_ladder_each_once(world: World, clock: Clock) -> None:
    clock.set(moment("03-04 10:00"))
    taken(world, "4WH")
    lines = [[cell.strip() for cell in line.split("|")] for line in LADDER.strip().splitlines()]
    for when, *expected in lines[1:]:
        clock.set(moment(when))
        for _turn in range(2):  # the job runs every five minutes; nobody hears it twice
            jobs.remind(clock.now())
        counts = [f"{told(world, who, 'case.due_soon')} {told(world, who, 'case.overdue')}" for who in lines[0][1:]]
        assert counts == expected, when


def test_nobody_is_reminded_of_what_is_done_or_rests(world: World, clock: Clock) -> None:
    ended, hung, rating = (taken(world, "1WH") for _number in range(3))
    done(world, "intake", ended, "reject", reject_reason="untrue", answer="没有")
    done(world, "dispatcher", hung, "suspend", text="等", review_on="2026-03-20")
    done(world, "worker", rating, "submit_feedback", text="清了", outcome="solved")
    done(world, "checker", rating, "check_pass")
    clock.advance(days=3)
    assert jobs.remind(clock.now()) == 0


def test_what_nobody_has_taken_reminds_the_leader(world: World, clock: Clock) -> None:
    world.reported()
    clock.advance(minutes=16)
    jobs.remind(clock.now())
    assert told(world, "leader", "case.overdue") == 1


def test_a_unit_is_reminded_of_its_assignment(world: World, clock: Clock) -> None:
    case = world.dispatched()
    clock.set(case.due_at + timedelta(minutes=1))
    jobs.remind(clock.now())
    assert told(world, "sanitation", "case.overdue") == 1
    assert told(world, "water", "case.overdue") == 0


def test_the_ordinary_waits_for_the_morning_the_urgent_does_not(world: World, clock: Clock) -> None:
    worker = world["worker"]
    change_person(
        actor=None, person=worker, name=worker.name, name_en="", email="", phone="13700137000", now=clock.now()
    )
    clock.set(moment("03-04 21:30"))
    taken(world, "2UH", Priority.URGENT)
    clock.set(moment("03-04 23:31"))
    jobs.remind(clock.now())
    loud = Message.objects.get(event="case.overdue", channel="sms")
    assert loud.due_at == clock.now()
    Message.objects.all().delete()
    taken(world, "2UH", Priority.ORDINARY)
    clock.set(moment("03-05 01:32"))
    jobs.remind(clock.now())
    quiet = Message.objects.filter(event="case.overdue", channel="sms").latest("id")
    assert quiet.due_at == moment("03-05 07:30")


def test_a_flood_of_late_cases_hides_no_other(world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are late, the one that comes due now is told of now."""
    monkeypatch.setattr(jobs, "BATCH", 3)
    for _number in range(6):
        taken(world, "1UH")
    clock.advance(hours=30)
    jobs.remind(clock.now())
    new = done(world, "worker2", world.reported(), "take", category=world.category("E0105").pk)
    clock.advance(minutes=59)
    for _turn in range(3):
        jobs.remind(clock.now())
    assert Message.objects.filter(event="case.due_soon", url=f"/cases/{new.pk}/").exists()
