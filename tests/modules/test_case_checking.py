"""Feedback, checking by another person, the resident's score, and cases taken up again."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.modules.case_desk import done, fresh, last, own, photo, reported_by_phone, said, step, texted, told, verbs
from tests.world import PHONE, World
from yemai.base.people.actions import appoint
from yemai.modules.cases import jobs
from yemai.modules.cases.actions.effects.checking import token_hash
from yemai.modules.cases.models import Case, Score, ScoreInvitation, StepRequest
from yemai.modules.cases.terms import Outcome, Stage, Verb


@pytest.fixture
def phone() -> Client:
    """The resident's phone."""
    return Client()


@pytest.fixture
def case(world: World, phone: Client) -> Case:
    """A resident's report in the worker's hands; the resident left a number."""
    return world.step(reported_by_phone(phone, "3栋楼下垃圾没人收", phone="13800138000"), Verb.TAKE, "worker")


@pytest.fixture
def disposed(world: World, case: Case) -> Case:
    """The same, said to be done."""
    return world.step(case, Verb.SUBMIT_FEEDBACK, "worker", text="清走了", outcome=Outcome.SOLVED)


@pytest.fixture
def passed(world: World, disposed: Case) -> Case:
    """The same, checked and waiting for the resident."""
    return world.step(disposed, Verb.CHECK_PASS, "checker")


# --- feedback ---------------------------------------------------------------------------------------------------------


def test_feedback_says_what_was_done_with_photos(world: World, case: Case, phone: Client) -> None:
    fed = done(
        world, "worker", case, "submit_feedback", text="已清走两车垃圾", outcome="partly_solved",
        photos_before=photo("red"), photos=[photo("green"), photo("blue")],
    )  # fmt: skip
    assert (fed.stage, fed.outcome, fed.disposed_at, fed.was_overdue) == (
        Stage.CHECKING, Outcome.PARTLY_SOLVED, world.now, False,
    )  # fmt: skip
    assert sorted(fed.photos.values_list("moment", flat=True)) == ["after", "after", "before"]
    assert fed.clock_due_at == world.now + timedelta(minutes=30)  # the check has its own short clock
    assert told(world, "checker", "case.feedback") == 1
    assert told(world, "worker", "case.feedback") == 0
    assert "已清走两车垃圾" in said(phone.get(f"/r/{case.tracking_code}/"))
    shown = fed.photos.first()
    address = f"/cases/{case.pk}/photos/{shown.pk}/thumb/"
    assert world.client("checker").get(address).status_code == 200
    assert world.client("stranger").get(address).status_code == 404
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("missing", ["text", "outcome"])
def test_feedback_needs_words_and_an_outcome(world: World, case: Case, missing: str) -> None:
    fields = {"text": "清走了", "outcome": "solved"} | {missing: ""}
    assert step(world, "worker", case, "submit_feedback", **fields).status_code == 422
    assert fresh(case).stage == Stage.HANDLING


def test_late_feedback_is_remembered_as_late(world: World, case: Case, clock) -> None:
    clock.set(case.due_at + timedelta(hours=1))
    assert done(world, "worker", case, "submit_feedback", text="清走了", outcome="solved").was_overdue


def test_joint_units_first_then_the_lead(world: World) -> None:
    case = world.dispatched(joint=("water",))
    early = step(world, "sanitation", case, "submit_feedback", text="清走了", outcome="solved")
    assert early.status_code == 409
    assert "还有协办单位没有反馈" in said(early)
    part = done(world, "water", case, "submit_feedback", text="关了水阀", outcome="solved")
    assert (part.stage, part.outcome, part.due_at) == (Stage.HANDLING, "", case.due_at)
    whole = done(world, "sanitation", case, "submit_feedback", text="清走了", outcome="solved")
    assert whole.stage == Stage.CHECKING
    assert set(whole.assignments.values_list("state", flat=True)) == {"done"}
    assert case.headline not in said(world.client("sanitation").get("/work/units/"))
    assert world.client("sanitation").get(f"/cases/{case.pk}/").status_code == 200  # they still see how it ends


# --- check ------------------------------------------------------------------------------------------------------------


def test_who_disposed_does_not_check(world: World, case: Case) -> None:
    """A leader may check, but not what the leader did."""
    world.step(case, Verb.ASSIGN, "leader", person=world["leader"].pk)
    done(world, "leader", case, "submit_feedback", text="我清走了", outcome="solved")
    for verb in ("check_pass", "check_fail"):
        answer = step(world, "leader", case, verb, text="很好")
        assert answer.status_code == 403
        assert "请由另一位同事来做" in said(answer)
    assert case.headline not in said(world.client("leader").get("/work/check/"))
    assert done(world, "checker", case, "check_pass").stage == Stage.RATING


def test_nor_whoever_acts_for_the_unit_that_did(world: World) -> None:
    appoint(
        actor=None, person=world["checker"], post_kind="department-head", department=world.units["sanitation"],
        now=world.now, valid_from=world.now.date(),
    )  # fmt: skip
    case = world.dispatched()
    done(world, "sanitation", case, "submit_feedback", text="清走了", outcome="solved")
    assert step(world, "checker", case, "check_pass").status_code == 403
    assert done(world, "leader", case, "check_pass").stage == Stage.RATING


def test_passing_invites_the_resident(world: World, disposed: Case, phone: Client) -> None:
    passed = done(world, "checker", disposed, "check_pass", text="看过了，干净", photos=photo())
    assert (passed.stage, passed.outcome) == (Stage.RATING, Outcome.SOLVED)
    assert passed.clock_due_at == world.now + timedelta(days=7)
    assert passed.photos.get().moment == "check"
    assert texted("case.score_invited") == 1
    assert "您满意吗" in said(phone.get(f"/r/{disposed.tracking_code}/"))


def test_a_checker_may_see_the_outcome_otherwise(world: World, disposed: Case) -> None:
    passed = done(world, "checker", disposed, "check_pass", outcome="partly_solved")
    assert passed.outcome == Outcome.PARTLY_SOLVED
    assert last(passed).content["outcome_before"] == "solved"


def test_a_failed_check_is_rework_with_everything_kept(world: World, disposed: Case, clock) -> None:
    clock.advance(minutes=20)
    back = done(world, "checker", disposed, "check_fail", text="墙角还有一堆", photos=photo())
    assert (back.stage, back.reworks, back.outcome) == (Stage.HANDLING, 1, "")
    assert back.handler == world["worker"]
    assert back.number == disposed.number
    assert back.due_at == disposed.due_at + timedelta(minutes=20)  # checking is not the handler's time
    assert told(world, "worker", "case.rework") == 1
    assert "清走了" in said(world.client("worker").get(f"/cases/{disposed.pk}/"))
    again = done(world, "worker", disposed, "submit_feedback", text="都清走了", outcome="solved")
    assert again.stage == Stage.CHECKING
    assert step(world, "checker", disposed, "check_fail", text=" ").status_code == 422


def test_a_units_rework_goes_back_to_the_unit(world: World) -> None:
    case = world.dispatched()
    done(world, "sanitation", case, "submit_feedback", text="清走了", outcome="solved")
    back = done(world, "checker", case, "check_fail", text="没清干净")
    assert back.lead_department == world.units["sanitation"]
    part = back.assignments.get()
    assert (part.state, part.ended_at) == ("open", None)
    assert told(world, "sanitation", "case.rework") == 1
    assert case.headline in said(world.client("sanitation").get("/work/units/"))


# --- score ------------------------------------------------------------------------------------------------------------


def link_of(answer) -> str:
    """The score link a page of invitation shows, as a path."""
    assert answer.status_code == 200, said(answer)
    return "/" + answer.context["link"].split("/", 3)[3]


def test_one_tap_closes_it(world: World, passed: Case, phone: Client) -> None:
    assert "谢谢您的评价" in own(phone, passed, "score", score="4")
    closed = fresh(passed)
    assert (closed.stage, closed.score, closed.closed_at, closed.clock_due_at) == (Stage.CLOSED, 4, world.now, None)
    assert told(world, "worker", "case.closed") == 1
    assert "不能“评价”" in own(phone, passed, "score", score="1")
    assert Score.objects.get(case=passed).value == 4


def test_the_code_alone_does_not_score(world: World, passed: Case) -> None:
    assert "不由您来做" in own(Client(), passed, "score", score="5")  # staff know codes, too
    assert fresh(passed).stage == Stage.RATING


def test_a_resident_on_the_spot_scores_by_a_link_once(world: World, passed: Case) -> None:
    link = link_of(step(world, "checker", passed, "invite_score"))
    invitation = ScoreInvitation.objects.get(is_on_site=True)
    token = link.split("/")[2]
    assert invitation.token_hash == token_hash(token)
    assert token not in str(list(ScoreInvitation.objects.values()))  # only the hash is kept
    neighbour = Client()
    assert "您满意吗" in said(neighbour.get(link))
    assert "谢谢您的评价" in said(neighbour.post(link, {"score": "5"}))
    assert (fresh(passed).stage, fresh(passed).score) == (Stage.CLOSED, 5)
    for again in (neighbour.get(link), neighbour.post(link, {"score": "1"}), Client().get(link)):
        assert again.status_code == 410
        assert "已经用过了" in said(again)
    assert fresh(passed).score == 5


def test_the_link_in_the_message_scores(world: World, disposed: Case) -> None:
    from yemai.base.messages.models import Message

    world.step(disposed, Verb.CHECK_PASS, "checker")
    url = Message.objects.get(event="case.score_invited", channel="sms").url
    assert Client().post(url, {"score": "3"}).status_code == 200
    assert fresh(disposed).score == 3


def test_a_link_expires(world: World, passed: Case, clock) -> None:
    link = link_of(step(world, "checker", passed, "invite_score"))
    clock.advance(days=7, seconds=1)
    for answer in (Client().get(link), Client().post(link, {"score": "5"})):
        assert answer.status_code == 410
        assert "已经过期" in said(answer)
    assert not Score.objects.exists()


@pytest.mark.parametrize("value", ["", "0", "6", "五", "5.0", "-1"])
def test_a_score_is_one_to_five(world: World, passed: Case, phone: Client, value: str) -> None:
    link = link_of(step(world, "checker", passed, "invite_score"))
    answer = Client().post(link, {"score": value})
    assert answer.status_code == 422
    own(phone, passed, "score", score=value)
    assert fresh(passed).stage == Stage.RATING
    assert ScoreInvitation.objects.get(is_on_site=True).used_at is None  # the link is still good


def test_the_handler_does_not_score_from_their_account(world: World, passed: Case) -> None:
    link = link_of(step(world, "checker", passed, "invite_score"))
    browser = world.client("worker")
    for answer in (browser.get(link), browser.post(link, {"score": "5"})):
        assert answer.status_code == 403
        assert "不能替居民评价" in said(answer)
    assert browser.post(f"/r/{passed.tracking_code}/score/", {"score": "5"}).status_code == 403
    assert step(world, "worker", passed, "score", score="5").status_code in (403, 422)
    assert fresh(passed).stage == Stage.RATING


def test_who_disposed_invites_nobody(world: World, passed: Case) -> None:
    assert step(world, "worker", passed, "invite_score").status_code == 403


def test_unrated_after_the_window_is_closed_and_never_counted_as_content(world: World, passed: Case, clock) -> None:
    clock.advance(days=7)
    assert jobs.close_unrated(clock.now()) == 0  # to the end of the window
    clock.advance(seconds=1)
    assert jobs.close_unrated(clock.now()) == 1
    assert jobs.close_unrated(clock.now()) == 0
    closed = fresh(passed)
    assert (closed.stage, closed.score, closed.outcome) == (Stage.CLOSED, None, Outcome.SOLVED)
    assert last(closed).content["unrated"] is True
    page = said(Client().get(f"/boards/{world.grids[0].code}/"))
    assert "其中已解决 1" in page
    assert "居民满意 无数据" in page


# --- taken up again ---------------------------------------------------------------------------------------------------


def test_an_unhappy_score_asks_and_another_person_decides(world: World, passed: Case, phone: Client, clock) -> None:
    assert "决定是否重办" in own(phone, passed, "score", score="2", text="第二天又堆上了")
    closed = fresh(passed)
    assert (closed.stage, closed.score) == (Stage.CLOSED, 2)
    request = StepRequest.objects.get(case=passed)
    assert (request.kind, request.reason, request.asked_by) == ("reopen", "第二天又堆上了", None)
    assert told(world, "supervisor", "case.reopen_requested") == 1
    assert passed.headline in said(world.client("supervisor").get("/work/decide/"))
    assert step(world, "worker", passed, "confirm_reopen").status_code == 403
    clock.advance(hours=1)
    again = done(world, "supervisor", passed, "confirm_reopen", text="请重新清理")
    assert (again.stage, again.reopens, again.handler) == (Stage.HANDLING, 1, world["worker"])
    assert (again.score, again.outcome, again.closed_at) == (None, "", None)
    assert (again.started_at, again.limit) == (clock.now(), passed.limit)  # a fresh limit from now
    assert again.due_at > passed.due_at
    assert told(world, "worker", "case.reopened") == 1
    done(world, "worker", passed, "submit_feedback", text="又清了", outcome="solved")
    done(world, "checker", passed, "check_pass")
    own(phone, passed, "score", score="5")
    assert list(Score.objects.filter(case=passed).order_by("round").values_list("round", "value")) == [(0, 2), (1, 5)]
    assert fresh(passed).stage == Stage.CLOSED


def test_a_reopening_may_be_declined_with_a_reason(world: World, passed: Case, phone: Client) -> None:
    own(phone, passed, "score", score="1")
    assert StepRequest.objects.get(case=passed).reason == "非常不满意"
    declined = done(world, "supervisor", passed, "decline_request", request="reopen", text="现场复看已干净")
    assert declined.stage == Stage.CLOSED
    assert step(world, "supervisor", passed, "confirm_reopen").status_code == 409
    assert "已申请重办" in own(phone, passed, "request_reopen", text="又堆上了")
    assert "等待确认" in own(phone, passed, "request_reopen", text="又堆上了")


def test_who_asks_for_a_reopening_does_not_grant_it(world: World, passed: Case) -> None:
    world.step(passed, Verb.SCORE, _rater(passed), score=5)
    done(world, "supervisor", passed, "request_reopen", text="抽查发现没清干净")
    answer = step(world, "supervisor", passed, "confirm_reopen")
    assert answer.status_code == 403
    assert "自己的申请要由另一个人决定" in said(answer)
    assert done(world, "dispatcher", passed, "confirm_reopen").stage == Stage.HANDLING


def _rater(case: Case):
    from yemai.modules.cases.actors import Resident

    return Resident(device_hash=case.contacts.get(role="reporter").device_hash)


def test_who_disposed_does_not_decide_on_doing_it_again(world: World, case: Case, phone: Client) -> None:
    """Somebody who disposed and later became supervisor decides nothing about it."""
    world.step(case, Verb.SUBMIT_FEEDBACK, "worker", text="清走了", outcome=Outcome.SOLVED)
    world.step(case, Verb.CHECK_PASS, "checker")
    own(phone, case, "score", score="1")
    Case.objects.filter(pk=case.pk).update(handler=None)
    appoint(
        actor=None, person=world["worker"], post_kind="supervisor", node=world.town, now=world.now,
        valid_from=world.now.date(),
    )  # fmt: skip
    for verb, fields in (("confirm_reopen", {}), ("decline_request", {"request": "reopen", "text": "不用"})):
        assert step(world, "worker", case, verb, **fields).status_code == 403, verb
    assert StepRequest.objects.get(case=case).decided_at is None


def test_a_units_case_taken_up_again_goes_back_to_the_unit(world: World) -> None:
    case = world.dispatched()
    world.step(case, Verb.SUBMIT_FEEDBACK, "sanitation", text="清走了", outcome=Outcome.SOLVED)
    world.step(case, Verb.CHECK_PASS, "checker")
    world.step(case, Verb.SCORE, PHONE, score=1)
    again = done(world, "supervisor", case, "confirm_reopen")
    assert again.assignments.get().state == "open"
    assert case.headline in said(world.client("sanitation").get("/work/units/"))
    assert verbs(case)[-1] == "confirm_reopen"
