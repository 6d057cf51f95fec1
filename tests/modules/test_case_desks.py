"""What each desk is offered: cases that lie nowhere yet, a deputy's, a consultation's circle, a lead unit that must wait."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.modules.case_desk import done, fresh, own, reported_by_phone, said, step
from tests.world import World
from yemai.base.people.actions import appoint, report_absence
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Outcome, Rung, Stage, Verb

pytestmark = pytest.mark.django_db


def listed(world: World, who: str, queue: str) -> list[int]:
    """The cases of a queue."""
    return [row["case"].pk for row in world.client(who).get(f"/work/{queue}/").context["rows"]]


def buttons(world: World, who: str, queue: str) -> list[str]:
    """What the first row of a queue offers."""
    return [row.verb for row in world.client(who).get(f"/work/{queue}/").context["rows"][0]["steps"]]


def nowhere(world: World) -> Case:
    """A call from a place nobody knows, accepted."""
    case = world.reported("不知道是哪里的路灯", lon=None, lat=None, place_text="不晓得")
    assert not case.node.tier.is_settling
    return done(world, "intake", case, "accept", category=world.category().pk)


def test_what_lies_in_no_micro_grid_waits_for_the_town_centre(world: World) -> None:
    case = nowhere(world)
    assert (case.stage, case.rung) == (Stage.HANDLING, Rung.CENTRE)
    assert case.pk in listed(world, "dispatcher", "dispatch")


def test_and_once_placed_for_those_on_the_ground(world: World) -> None:
    case = done(world, "intake", nowhere(world), "correct", node=world.grids[0].pk)
    assert case.rung == Rung.MICROGRID
    assert case.pk in listed(world, "worker", "take")
    assert case.pk not in listed(world, "dispatcher", "dispatch")


def test_nothing_is_accepted_unclassed_and_the_form_says_so(world: World) -> None:
    case = world.reported()
    form = world.client("intake").get(f"/cases/{case.pk}/accept/").context["form"]
    assert form.fields["category"].required
    assert step(world, "intake", case, "accept").status_code == 422


def test_a_deputy_goes_on_with_the_cases_of_whoever_is_away(world: World) -> None:
    case = world.handled()
    assert listed(world, "worker2", "mine") == []
    away = {"from_at": world.now - timedelta(hours=1), "to_at": world.now + timedelta(days=2)}
    report_absence(
        actor=None, person=world["worker"], deputy=world["worker2"], now=world.now - timedelta(hours=2), **away
    )
    assert listed(world, "worker2", "mine") == [case.pk]
    assert Verb.SUBMIT_FEEDBACK in buttons(world, "worker2", "mine")
    fed = done(world, "worker2", case, "submit_feedback", text="替他修好了", outcome=Outcome.SOLVED)
    assert fed.stage == Stage.CHECKING
    assert step(world, "worker2", fed, "check_pass").status_code in (403, 409), "who disposed does not check"


def test_the_three_teams_are_called_and_taken_as_present(world: World) -> None:
    appoint(actor=None, person=world["nobody"], post_kind="party-volunteer", node=world.grids[0], now=world.now)
    case = done(world, "worker", world.handled(), "escalate", text="修不了")
    assert buttons(world, "leader", "consult")[0] == Verb.CONSULT
    circle = dict(world.client("leader").get(f"/cases/{case.pk}/consult/").context["form"].fields["people"].choices)
    assert {world["nobody"].pk, world["worker"].pk} <= set(circle)
    case = done(world, "leader", case, "consult", text="怎么办", people=[world["nobody"].pk, world["worker"].pk])
    form = world.client("leader").get(f"/cases/{case.pk}/decide/").context["form"]
    assert set(form.initial["people"]) == {world["nobody"].pk, world["worker"].pk}
    assert buttons(world, "leader", "consult")[0] == Verb.DECIDE


def test_a_lead_unit_is_not_offered_what_must_wait_for_a_joint_one(world: World) -> None:
    case = world.dispatched("sanitation", joint=("water",))
    assert Verb.SUBMIT_FEEDBACK not in buttons(world, "sanitation", "units")
    assert "要等它们反馈后再办结" in said(world.client("sanitation").get(f"/cases/{case.pk}/"))
    done(world, "water", case, "submit_feedback", text="水管好了", outcome=Outcome.SOLVED)
    assert Verb.SUBMIT_FEEDBACK in buttons(world, "sanitation", "units")
    assert "要等它们反馈后再办结" not in said(world.client("sanitation").get(f"/cases/{case.pk}/"))


def test_a_resident_reads_what_is_theirs_to_do(world: World) -> None:
    phone, follower = Client(), Client()
    case = world.step(reported_by_phone(phone), Verb.TAKE, "worker")
    follower.post(f"/r/{case.tracking_code}/follow/")
    case = world.step(case, Verb.SUBMIT_FEEDBACK, "worker", text="修好了", outcome=Outcome.SOLVED)
    case = world.step(case, Verb.CHECK_PASS, "checker")
    assert "正在请上报人评价" in said(follower.get(f"/r/{case.tracking_code}/"))
    page = said(phone.get(f"/r/{case.tracking_code}/"))
    assert "请您说说满意不满意" in page
    assert "催一催" not in page, "it waits for them"
    own(phone, case, "score", score=1)
    assert fresh(case).stage == Stage.CLOSED
    assert "正由另一位同事决定是否重办" in said(phone.get(f"/r/{case.tracking_code}/"))


def test_signed_in_people_land_at_their_work(world: World) -> None:
    from tests.world import PASSWORD

    answer = Client().post("/sign-in/", {"login": "worker", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/work/")
