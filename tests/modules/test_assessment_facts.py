"""Facts follow their cases within the worker's next turn, and the counts follow the facts to the row."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from django.utils import timezone

from tests.conftest import Clock
from tests.world import PHONE, World, build
from yemai.base.jobs.actions import enqueue
from yemai.base.jobs.registry import PULSES
from yemai.flows.case_facts.jobs import count, fill, take_changed
from yemai.modules.assessment.actions import rebuild_counts
from yemai.modules.assessment.actions.facts import drop_old_counts, put_facts
from yemai.modules.assessment.counting import KEPT_DAYS
from yemai.modules.assessment.engines import duckdb_facts, measured, schema
from yemai.modules.assessment.facts import BY_NAME, COLUMNS
from yemai.modules.assessment.indicators.registry import INDICATORS
from yemai.modules.assessment.models import CaseFact, Count, PendingFact
from yemai.modules.assessment.periods import period_of
from yemai.modules.assessment.queries.sums import sums_between
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Outcome, Verb

pytestmark = pytest.mark.django_db
NAMES = [column.name for column in COLUMNS]


@pytest.fixture
def world(clock: Clock, db: None) -> World:
    return build(clock.now())


def kept(world: World) -> None:
    while take_changed(world.now):
        pass


def fact(case: Case) -> dict[str, Any]:
    return dict(CaseFact.objects.filter(pk=case.pk).values().get())


def counts() -> dict[tuple[Any, ...], int]:
    names = ("scope", "scope_id", "what", "key", "day")
    return {tuple(row[:5]): row[5] for row in Count.objects.values_list(*names, "number")}


def through(world: World, hours: int = 1, score: int = 5) -> Case:
    """A case found by a resident, sent to a unit, disposed of, checked and scored, an hour a step."""
    case, at = world.dispatched(), world.now
    for verb, who, given in (
        (Verb.SUBMIT_FEEDBACK, "sanitation", {"text": "环卫所李工 10 时已清运三车垃圾", "outcome": Outcome.SOLVED}),
        (Verb.CHECK_PASS, "checker", {}),
        (Verb.SCORE, PHONE, {"score": score}),
    ):
        at += timedelta(hours=hours)
        case = world.step(case, verb, who, now=at, **given)
    return case


def test_a_case_becomes_a_fact_and_each_step_changes_it(world: World) -> None:
    case = world.reported()
    assert PendingFact.objects.filter(pk=case.pk).exists() and take_changed in PULSES
    kept(world)
    first = fact(case)
    assert (first["stage"], first["is_open"], first["is_filed"], first["is_public"]) == ("reported", True, False, True)
    assert (first["node_1"], first["node_2"], first["node_3"]) == (world.town.pk, world.village.pk, case.node_id)
    assert first["node_4"] is None and first["finder_id"] == world["worker"].pk
    assert not PendingFact.objects.exists() and take_changed(world.now) == 0
    world.step(case, Verb.TAKE, "worker")
    kept(world)
    assert (fact(case)["is_filed"], fact(case)["handler_id"]) == (True, world["worker"].pk)
    assert fact(case)["filed_at"] == int(world.now.timestamp())


def test_a_whole_life_is_told(world: World) -> None:
    case = through(world)
    kept(world)
    told = fact(case)
    unit = world.units["sanitation"].pk
    assert (told["first_unit_id"], told["lead_unit_id"], told["dispatched_right"]) == (unit, unit, True)
    assert told["dispatched_in_time"] is True and told["dispatcher_id"] == world["dispatcher"].pk
    assert (told["is_disposed"], told["was_overdue"], told["outcome"], told["score"]) == (True, False, "solved", 5)
    assert (told["is_valid_call"], told["was_contacted"], told["was_asked"]) == (True, True, True)
    assert told["disposal_minutes"] == 60 and told["checker_id"] == world["checker"].pk
    assert told["checked_in_time"] is False  # an hour later; half an hour is the limit
    assert told["closed_in_time"] is True  # the whole was due days later: time saved before is not lost


def test_a_case_whose_check_ends_after_the_whole_was_due_is_not_closed_in_time(world: World) -> None:
    case, after = world.dispatched(), timedelta(minutes=1)
    told_by = {"text": "环卫所李工 10 时已清运三车垃圾", "outcome": Outcome.SOLVED}
    assert case.due_at is not None
    case = world.step(case, Verb.SUBMIT_FEEDBACK, "sanitation", now=case.due_at - after, **told_by)
    case = world.step(case, Verb.CHECK_PASS, "checker", now=case.due_at + timedelta(days=14))
    world.step(case, Verb.SCORE, PHONE, now=case.due_at + timedelta(days=14), score=5)
    kept(world)
    told = fact(case)
    assert (told["was_overdue"], told["checked_in_time"], told["closed_in_time"]) == (False, False, False)


def test_the_counts_are_the_same_kept_and_made_anew(world: World) -> None:
    first = through(world)
    kept(world)
    world.step(world.reported("路灯不亮"), Verb.TAKE, "worker")
    voided = world.reported("测试一下")
    kept(world)
    world.step(voided, Verb.REJECT, "intake", reject_reason="test", answer="这是一条测试上报")
    through(world, hours=30, score=2)
    kept(world)
    by_difference = counts()
    rebuild_counts()
    assert counts() == by_difference and 0 not in by_difference.values()
    today = (first.reported_at.astimezone(ZoneInfo("Asia/Shanghai")).date() - date(1970, 1, 1)).days
    assert by_difference["node", world.town.pk, "in", "", today] == 3  # the one made in error is left out
    assert by_difference["unit", world.units["sanitation"].pk, "in", "", today] == 2
    assert by_difference["node", first.node_id, "score", "5", today] == 1
    assert by_difference["node", world.village.pk, "open", "handling", 0] == 1


def test_what_a_fill_makes_is_what_was_kept(world: World) -> None:
    through(world), world.handled(), world.reported("井盖松动")
    kept(world)
    before, counted = list(CaseFact.objects.order_by("pk").values()), counts()
    CaseFact.objects.all().delete()
    Count.objects.all().delete()
    fill(enqueue("case_facts.fill"), world.now)
    kept(world)
    assert (list(CaseFact.objects.order_by("pk").values()), counts()) == (before, counted)
    count(enqueue("case_facts.count"), world.now)
    assert counts() == counted


def test_the_indicators_of_a_town_are_counted_from_its_facts(world: World) -> None:
    through(world), through(world, hours=30, score=3), world.handled()
    kept(world)
    rows = [tuple(row) for row in CaseFact.objects.values_list(*NAMES)]
    table = pa.table([pa.array(column) for column in zip(*rows, strict=True)], schema=schema())
    period = period_of("2026Q1", ZoneInfo("Asia/Shanghai"))
    connection, facts = duckdb_facts(table)
    found = measured(connection, facts, list(INDICATORS), period, "node_1").rows.to_pylist()
    assert len(found) == 1
    town = found[0]
    assert (town["subject_id"], town["reported_num"], town["filed_num"]) == (world.town.pk, 3, 3)
    assert (town["satisfaction_a_num"], town["satisfaction_a_den"]) == (19, 20)
    assert (town["satisfaction_b_num"], town["satisfaction_b_den"]) == (1, 2)
    assert (town["solution_num"], town["solution_den"]) == (2, 2)
    assert (town["dispatch_right_num"], town["dispatch_right_den"]) == (2, 2)
    assert (town["verified_in_time_num"], town["verified_in_time_den"]) == (0, 0)


def test_every_fact_has_just_the_columns_that_are_declared() -> None:
    fields = {field.attname: field for field in CaseFact._meta.concrete_fields}
    assert list(fields) == NAMES
    assert {name: field.null for name, field in fields.items()} == {
        one.name: one.is_nullable for one in BY_NAME.values()
    }


def test_counts_are_kept_for_as_long_as_a_page_looks_back(world: World, clock: Clock) -> None:
    """A change of an old case changes no count of days that are gone; a span longer ago is summed from the facts."""
    old, today = through(world), timezone.localdate()
    kept(world)
    before = sums_between(world.town.pk, 1, today, today)
    assert before["in"] == {"": 1} and before["closed"] == {"solved": 1}
    clock.set(world.now + timedelta(days=KEPT_DAYS + 1))
    assert drop_old_counts() > 0 and counts() == {}
    lives = through(world)
    put_facts([old.pk], [fact(old) | {"score": 1}])
    kept(world)
    by_difference = counts()
    assert lives.reported_at == old.reported_at and by_difference == {}  # reported on the same day, so as long ago
    world.now = clock.now()
    world.reported("今天的")
    kept(world)
    by_difference = counts()
    rebuild_counts()
    assert counts() == by_difference and min(by_difference.values()) > 0
    summed = sums_between(world.town.pk, 1, today, today)
    assert (summed["in"], summed["closed"], summed["score"]) == ({"": 2}, {"solved": 2}, {"1": 1, "5": 1})
