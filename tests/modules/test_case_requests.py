"""Extensions and suspensions: asked by who holds the case, decided by another, within their bounds."""

from datetime import timedelta

import pytest

from tests.modules.case_desk import done, fresh, last, said, step, told
from tests.world import World
from yemai.base.people.actions import appoint
from yemai.modules.cases import jobs
from yemai.modules.cases.models import Case, StepRequest
from yemai.modules.cases.terms import Stage, Verb


@pytest.fixture
def case(world: World) -> Case:
    """A case of two working days in the worker's hands."""
    category = world.category("E0105")
    assert category.conditions.get().limit == "2WD"
    return world.step(world.reported(), Verb.TAKE, "worker", category=category.pk)


# --- extension --------------------------------------------------------------------------------------------------------


def test_an_extension_adds_one_more_original_limit(world: World, case: Case) -> None:
    assert case.due_at == world.now + timedelta(days=2)
    asked = done(world, "worker", case, "request_extension", text="配件要等")
    assert asked.due_at == case.due_at
    assert told(world, "dispatcher", "case.requested") == 1
    assert case.headline in said(world.client("dispatcher").get("/work/decide/"))
    granted = done(world, "dispatcher", case, "approve_extension")
    assert (granted.extensions, granted.limit) == (1, "2WD")
    assert granted.due_at == granted.clock_due_at == world.now + timedelta(days=6)  # over the weekend
    request = StepRequest.objects.get(case=case)
    assert (request.is_approved, request.decided_by) == (True, world["dispatcher"])
    assert told(world, "worker", "case.decided") == 1


def test_there_are_two_extensions_and_no_third(world: World, case: Case) -> None:
    for _time in range(2):
        done(world, "worker", case, "request_extension", text="配件要等")
        done(world, "dispatcher", case, "approve_extension")
    answer = step(world, "worker", case, "request_extension", text="还要等")
    assert answer.status_code == 409
    assert "延期次数已用完" in said(answer)
    assert fresh(case).extensions == 2


def test_the_number_of_extensions_is_a_parameter(world: World, case: Case) -> None:
    from yemai.base.parameters.actions import set_parameter

    set_parameter(
        "extension", {"times": 1}, actor=None, now=world.now, effective_from=world.now.date(), basis="本镇规定"
    )
    done(world, "worker", case, "request_extension", text="配件要等")
    done(world, "dispatcher", case, "approve_extension")
    assert step(world, "worker", case, "request_extension", text="还要等").status_code == 409


def test_what_is_overdue_is_not_extended(world: World, case: Case, clock) -> None:
    clock.set(case.due_at + timedelta(minutes=1))
    answer = step(world, "worker", case, "request_extension", text="忘了")
    assert answer.status_code == 409
    assert "已经超期" in said(answer)


def test_nor_when_it_was_asked_for_in_time_and_decided_too_late(world: World, case: Case, clock) -> None:
    done(world, "worker", case, "request_extension", text="配件要等")
    clock.set(case.due_at + timedelta(minutes=1))
    assert step(world, "dispatcher", case, "approve_extension").status_code == 409
    declined = done(world, "dispatcher", case, "decline_request", request="extension", text="已超期，请尽快办结")
    assert declined.extensions == 0
    assert StepRequest.objects.get(case=case).is_approved is False


def test_one_open_request_of_a_kind(world: World, case: Case) -> None:
    done(world, "worker", case, "request_extension", text="配件要等")
    assert "等待批准" in said(step(world, "worker", case, "request_extension", text="配件要等"))
    assert StepRequest.objects.filter(case=case).count() == 1
    assert step(world, "dispatcher", case, "decline_request", request="suspension", text="没有").status_code == 422


def test_nobody_grants_what_they_asked_for(world: World, case: Case) -> None:
    """Somebody with both posts, handler and dispatcher, still needs another."""
    appoint(
        actor=None, person=world["worker"], post_kind="dispatcher", node=world.town, now=world.now,
        valid_from=world.now.date(),
    )  # fmt: skip
    done(world, "worker", case, "request_extension", text="配件要等")
    assert step(world, "worker", case, "approve_extension").status_code == 403
    handed_on = done(world, "leader", case, "assign", person=world["worker2"].pk)
    answer = step(world, "worker", handed_on, "approve_extension")
    assert answer.status_code == 403
    assert "自己的申请要由另一个人决定" in said(answer)
    assert fresh(case).extensions == 0


def test_a_request_ends_with_the_feedback(world: World, case: Case) -> None:
    done(world, "worker", case, "request_extension", text="配件要等")
    done(world, "worker", case, "submit_feedback", text="修好了", outcome="solved")
    assert StepRequest.objects.get(case=case).decided_at == world.now


# --- suspension -------------------------------------------------------------------------------------------------------


def test_a_suspension_stops_the_clock_and_ends_by_itself(world: World, case: Case, clock) -> None:
    clock.advance(hours=1)
    done(world, "worker", case, "request_suspension", text="等雨季过去", review_on="2026-03-20")
    assert told(world, "dispatcher", "case.requested") == 1
    hung = done(world, "dispatcher", case, "suspend", text="同意", review_on="2026-03-20")
    assert (hung.stage, str(hung.review_on), hung.clock_due_at) == (Stage.SUSPENDED, "2026-03-20", None)
    assert StepRequest.objects.get(case=case).is_approved is True
    clock.set(clock.now().replace(month=3, day=19, hour=23))
    assert jobs.resume_suspended(clock.now()) == 0
    clock.set(clock.now().replace(day=20, hour=10, minute=0))
    assert jobs.resume_suspended(clock.now()) == 1
    assert jobs.resume_suspended(clock.now()) == 0  # safe to run twice
    going = fresh(case)
    assert (going.stage, going.review_on) == (Stage.HANDLING, None)
    assert last(going).actor_label == "系统"
    used = timedelta(hours=1)
    assert going.due_at == clock.now() + (case.due_at - world.now) + timedelta(days=2) - used  # Friday: a weekend comes
    assert going.due_at == going.clock_due_at


def test_a_suspension_can_be_ended_sooner(world: World, case: Case, clock) -> None:
    done(world, "dispatcher", case, "suspend", text="等配件", review_on="2026-04-20")
    clock.advance(days=1)
    going = done(world, "worker", case, "resume")
    assert going.due_at == case.due_at + timedelta(days=3)  # a day later, and so over the weekend


REVIEWS = """
    review_on  | status
    2026-03-04 | 422
    2026-03-03 | 422
    2027-03-05 | 422
    2026-13-45 | 422
               | 422
    2027-03-04 | 302
    2026-03-05 | 302
"""


@pytest.mark.parametrize(
    ("review_on", "status"), [[cell.strip() for cell in line.split("|")] for line in REVIEWS.strip().splitlines()[1:]]
)
def test_a_review_day_lies_ahead_and_within_a_year(world: World, case: Case, review_on: str, status: str) -> None:
    assert step(world, "dispatcher", case, "suspend", text="等配件", review_on=review_on).status_code == int(status)
    assert (fresh(case).stage == Stage.SUSPENDED) is (status == "302")


def test_who_holds_it_does_not_suspend_it(world: World) -> None:
    case = world.dispatched()
    assert step(world, "sanitation", case, "suspend", text="等", review_on="2026-03-20").status_code == 403
    done(world, "sanitation", case, "request_suspension", text="等", review_on="2026-03-20")
    done(world, "dispatcher", case, "decline_request", request="suspension", text="不能等")
    assert fresh(case).stage == Stage.HANDLING
    assert not last(case).is_public


def test_lamp_and_lists_of_what_is_suspended(world: World, case: Case) -> None:
    done(world, "dispatcher", case, "suspend", text="等配件", review_on="2026-03-20")
    grey = world.client("worker").get("/work/mine/", {"lamp": "grey"}).context["rows"]
    assert [(row["case"].pk, row["lamp"]) for row in grey] == [(case.pk, "grey")]
    assert not world.client("worker").get("/work/mine/", {"lamp": "green"}).context["rows"]
