"""Intake: accepting, verifying on site, rejecting with an answer, merging and unmerging, correcting, withdrawing."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.modules.case_desk import done, fresh, last, own, photo, reported_by_phone, said, step, texted, told, verbs
from tests.world import World
from yemai.modules.cases.models import Case, Contact
from yemai.modules.cases.terms import Outcome, Priority, RejectReason, Stage, Verb


@pytest.fixture
def phone() -> Client:
    """A resident's phone."""
    return Client()


@pytest.fixture
def case(world: World, phone: Client) -> Case:
    """A resident's report in the first micro-grid; they left a number."""
    return reported_by_phone(phone, "3栋楼下垃圾没人收", phone="13800138000")


# --- accept -----------------------------------------------------------------------------------------------------------


def test_accepting_files_the_case(world: World, case: Case, phone: Client) -> None:
    category = world.category("E0107")
    filed = done(world, "intake", case, "accept", category=category.pk)
    condition = category.conditions.get()
    assert (filed.stage, filed.category, filed.condition) == (Stage.HANDLING, category, condition)
    assert filed.number == "E0107202603040001"
    assert (filed.limit, filed.priority) == (condition.limit, condition.priority)
    assert filed.accepted_at == filed.started_at == world.now
    assert filed.due_at == filed.clock_due_at
    row = last(filed)
    assert (row.verb, row.actor, row.from_stage, row.to_stage) == ("accept", world["intake"], "reported", "handling")
    assert row.content["number"] == filed.number
    assert f"归为“{category.name}”" in said(phone.get(f"/r/{case.tracking_code}/"))


def test_numbers_run_on_within_class_and_day(world: World, clock) -> None:
    category = world.category("E0107").pk
    first, second, tomorrow = (reported_by_phone(Client(), f"第{n}件") for n in range(3))
    numbers = [done(world, "intake", one, "accept", category=category).number for one in (first, second)]
    clock.advance(days=1)
    numbers.append(done(world, "intake", tomorrow, "accept", category=category).number)
    assert numbers == ["E0107202603040001", "E0107202603040002", "E0107202603050001"]


def test_the_second_condition_has_its_own_limit_and_priority(world: World, case: Case) -> None:
    category = world.category("E0101")
    urgent, major = category.conditions.order_by("position")
    filed = done(world, "leader", case, "accept", category=category.pk, condition=major.pk)
    assert (filed.limit, filed.priority) == (major.limit, Priority.MAJOR)
    assert (urgent.limit, urgent.priority) != (major.limit, major.priority)


def test_accepting_for_somebody_names_them_at_once(world: World, case: Case) -> None:
    filed = done(world, "intake", case, "accept", category=world.category().pk, person=world["worker2"].pk)
    assert filed.handler == world["worker2"]
    assert told(world, "worker2", "case.accepted") == 1


WRONG = """
    who      | sent                       | status | words
    intake   |                            | 422    | 请选择类别后再受理
    intake   | category=E0110,person=stranger | 422 | 选择一个有效的选项
    worker   | category=E0110             | 403    | “受理”不由您来做
    stranger | category=E0110             | 404    | 没有找到
"""


@pytest.mark.parametrize(
    ("who", "sent", "status", "words"),
    [[cell.strip() for cell in line.split("|")] for line in WRONG.strip().splitlines()[1:]],
)
def test_accepting_that_is_refused(world: World, case: Case, who: str, sent: str, status: str, words: str) -> None:
    fields = dict(part.split("=") for part in sent.split(",") if part)
    if "category" in fields:
        fields["category"] = str(world.category(fields["category"]).pk)
    if "person" in fields:
        fields["person"] = str(world[fields["person"]].pk)
    answer = step(world, who, case, "accept", **fields)
    assert answer.status_code == int(status)
    assert words in said(answer)
    assert verbs(case) == ["report"]


def test_a_condition_of_another_class_is_refused(world: World, case: Case) -> None:
    done(world, "intake", case, "correct", category=world.category("E0101").pk)
    foreign = world.category("E0107").conditions.get()
    assert step(world, "intake", case, "accept", condition=foreign.pk).status_code == 422
    own_condition = world.category("E0101").conditions.last()
    assert done(world, "intake", case, "accept", condition=own_condition.pk).condition == own_condition


# --- verify -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "is_true"), [("yes", True), ("no", False)])
def test_verification_goes_out_and_comes_back(
    world: World, case: Case, phone: Client, answer: str, is_true: bool
) -> None:
    asked = done(world, "intake", case, "ask_verification", person=world["worker"].pk)
    assert (asked.stage, asked.verifier) == (Stage.VERIFYING, world["worker"])
    assert asked.clock_due_at == world.now + timedelta(minutes=30)
    assert told(world, "worker", "case.verify") == 1
    assert str(case) in said(world.client("worker").get("/work/mine/")) or "垃圾" in said(
        world.client("worker").get("/work/mine/")
    )
    assert step(world, "worker2", case, "confirm_report", is_true="yes", text="去看了").status_code == 403
    back = done(world, "worker", case, "confirm_report", is_true=answer, text="现场确有此事", photos=photo())
    assert (back.stage, back.verifier) == (Stage.REPORTED, None)
    assert last(back).content["is_true"] is is_true
    assert back.photos.get().moment == "verify"
    assert "现场确有此事" not in said(phone.get(f"/r/{case.tracking_code}/"))  # intake decides on it first


def test_verifying_can_be_cut_short(world: World, case: Case) -> None:
    done(world, "intake", case, "ask_verification", person=world["worker"].pk)
    assert done(world, "intake", case, "accept", category=world.category().pk).stage == Stage.HANDLING


# --- reject -----------------------------------------------------------------------------------------------------------


def test_rejecting_answers_the_reporter(world: World, case: Case, phone: Client) -> None:
    answer = "这件事请拨打110，我们没有处置的权限。"
    voided = done(world, "intake", case, "reject", reject_reason="emergency", answer=answer)
    assert (voided.stage, voided.reject_reason, voided.clock_due_at) == (Stage.VOIDED, RejectReason.EMERGENCY, None)
    assert voided.closed_at == world.now
    page = said(phone.get(f"/r/{case.tracking_code}/"))
    assert answer in page
    assert "紧急警情" in page
    assert texted("case.voided") == 1


@pytest.mark.parametrize("missing", ["reject_reason", "answer"])
def test_nothing_is_rejected_without_reason_and_answer(world: World, case: Case, missing: str) -> None:
    fields = {"reject_reason": "untrue", "answer": "现场没有这种情况"}
    fields[missing] = " "
    assert step(world, "intake", case, "reject", **fields).status_code == 422
    assert fresh(case).stage == Stage.REPORTED


def test_staff_cannot_void_in_the_reporters_name(world: World, case: Case) -> None:
    assert step(world, "intake", case, "reject", reject_reason="withdrawn", answer="算了").status_code == 422


def test_a_wrong_dispatch_is_voided_with_its_assignments(world: World) -> None:
    case = world.dispatched(joint=("water",))
    voided = done(world, "dispatcher", case, "reject", reject_reason="untrue", answer="现场没有这种情况")
    assert voided.stage == Stage.VOIDED
    assert set(voided.assignments.values_list("state", flat=True)) == {"replaced"}
    assert voided.due_at == case.due_at  # what was promised stays on record


# --- merge and unmerge ------------------------------------------------------------------------------------------------


def test_a_merged_case_follows_its_main_case(world: World, case: Case, phone: Client) -> None:
    main = world.handled()
    merged = done(world, "intake", case, "merge", main_case=main.number)
    assert (merged.stage, merged.main_case, merged.clock_due_at) == (Stage.MERGED, main, None)
    assert texted("case.merged") == 1
    assert "合在一起办" in said(phone.get(f"/r/{case.tracking_code}/"))
    assert merged.headline in said(world.client("intake").get(f"/cases/{main.pk}/"))
    assert "您满意吗" not in said(phone.get(f"/r/{case.tracking_code}/"))
    world.step(main, Verb.SUBMIT_FEEDBACK, "worker", text="清走了", outcome=Outcome.SOLVED)
    world.step(main, Verb.CHECK_PASS, "checker")
    assert texted("case.score_invited") == 1  # the reporter of the merged case; the main one left no number
    assert "谢谢您的评价" in own(phone, case, "score", score="5")
    scored = fresh(case)
    assert (scored.stage, scored.score) == (Stage.MERGED, 5)
    assert fresh(main).stage == Stage.RATING  # its own reporter still has the word
    assert "不能“评价”" in own(phone, case, "score", score="1") or "已经评价过" in own(phone, case, "score", score="1")
    assert fresh(case).score == 5


def test_unmerging_gives_back_what_was(world: World, clock) -> None:
    case, main = world.handled(), world.reported("同一堆垃圾")
    due = case.due_at
    clock.advance(hours=1)
    merged = done(world, "intake", case, "merge", main_case=main.tracking_code)
    assert merged.clock_due_at is None
    clock.advance(hours=24)
    back = done(world, "intake", case, "unmerge", text="不是同一件")
    assert (back.stage, back.handler, back.main_case) == (Stage.HANDLING, world["worker"], None)
    assert back.due_at == back.clock_due_at
    assert back.due_at > due  # the time it lay merged does not count
    assert back.number == case.number


@pytest.mark.parametrize("stage", ["reported", "verifying"])
def test_unmerging_goes_back_to_intake(world: World, case: Case, stage: str) -> None:
    if stage == "verifying":
        done(world, "intake", case, "ask_verification", person=world["worker"].pk)
    done(world, "intake", case, "merge", main_case=world.reported("同一堆").tracking_code)
    back = done(world, "intake", case, "unmerge", text="不是同一件")
    assert back.stage == stage
    assert back.clock_due_at is not None


def test_what_can_not_be_a_main_case(world: World, case: Case) -> None:
    for words in (case.tracking_code, "E9999999999999", "没有"):
        answer = step(world, "intake", case, "merge", main_case=words)
        assert answer.status_code == 422, words
    first, second = world.reported("第一件"), world.reported("第二件")
    done(world, "intake", first, "merge", main_case=second.tracking_code)
    assert "主事件本身已并案" in said(step(world, "intake", case, "merge", main_case=first.tracking_code))
    assert "请先撤销那些并案" in said(step(world, "intake", second, "merge", main_case=case.tracking_code))
    assert fresh(case).stage == Stage.REPORTED


def test_a_main_case_is_not_voided_over_the_heads_of_those_merged_into_it(
    world: World, case: Case, phone: Client
) -> None:
    other = world.reported("同一堆垃圾")
    done(world, "intake", other, "merge", main_case=case.tracking_code)
    refused = step(world, "intake", case, "reject", reject_reason="untrue", answer="没有")
    assert (refused.status_code, fresh(case).stage) == (409, Stage.REPORTED)
    assert "请先撤销那些并案" in said(refused)
    assert "不能撤回" in own(phone, case, "withdraw")
    assert fresh(case).stage == Stage.REPORTED
    done(world, "intake", other, "unmerge", text="先分开")
    assert done(world, "intake", case, "reject", reject_reason="untrue", answer="没有").stage == Stage.VOIDED


# --- correct ----------------------------------------------------------------------------------------------------------


def test_a_correction_keeps_the_old_values(world: World, case: Case) -> None:
    done(world, "intake", case, "accept", category=world.category("E0101").pk)
    before = fresh(case)
    after = done(
        world, "intake", case, "correct", category=world.category("E0107").pk, priority="urgent",
        node=world.grids[1].pk, place_text="4栋", text="报错了地方",
    )  # fmt: skip
    assert (after.category.code, after.priority, after.node) == ("E0107", "urgent", world.grids[1])
    assert (after.path, after.place_text) == (world.grids[1].path, "4栋")
    content = last(after).content
    assert content["old"]["category"] == before.category_id
    assert content["old"]["node"] == before.node_id
    assert content["old"]["priority"] == before.priority
    assert content["new"]["node"] == world.grids[1].pk
    assert (after.limit, after.due_at) == (before.limit, before.due_at)  # what was promised stays promised
    assert not last(after).is_public
    assert case.pk not in _seen(world, "worker")
    assert case.pk in _seen(world, "stranger")  # it lies on their ground now


def _seen(world: World, who: str) -> set[int]:
    from yemai.modules.cases.queries.listing import cases_for

    return set(cases_for(world[who]).values_list("pk", flat=True))


def test_a_correction_that_corrects_nothing_is_refused(world: World, case: Case) -> None:
    answer = step(world, "intake", case, "correct", text="没什么")
    assert answer.status_code == 422
    assert "没有要更正的内容" in said(answer)


def test_a_reporter_adds_the_place_and_nothing_else(world: World, phone: Client) -> None:
    lost = reported_by_phone(phone, "路灯不亮", lon=None, lat=None)
    assert lost.node == world.town
    assert "位置已补充" in own(phone, lost, "correct", place_text="丽发新城3栋")
    assert fresh(lost).node == world.grids[0]
    assert "不由您来做" in own(Client(), lost, "correct", place_text="丽发小区3栋")  # the code alone is not enough


# --- withdraw ---------------------------------------------------------------------------------------------------------


def test_a_reporter_takes_it_back(world: World, case: Case, phone: Client) -> None:
    assert "已撤回" in own(phone, case, "withdraw", text="自己解决了")
    voided = fresh(case)
    assert (voided.stage, voided.reject_reason, last(voided).actor) == (Stage.VOIDED, RejectReason.WITHDRAWN, None)
    assert "上报人撤回" in said(phone.get(f"/r/{case.tracking_code}/"))


def test_only_the_phone_that_sent_it_takes_it_back(world: World, case: Case) -> None:
    neighbour = Client()
    neighbour.post(f"/r/{case.tracking_code}/follow/", {})
    own(neighbour, case, "withdraw")
    assert fresh(case).stage == Stage.REPORTED


def test_nothing_is_taken_back_once_it_was_done(world: World, case: Case, phone: Client) -> None:
    world.step(case, Verb.TAKE, "worker")
    world.step(case, Verb.SUBMIT_FEEDBACK, "worker", text="清走了", outcome=Outcome.SOLVED)
    assert "不能“撤回”" in own(phone, case, "withdraw")
    assert fresh(case).stage == Stage.CHECKING


def test_taking_back_ends_what_was_under_way(world: World, phone: Client) -> None:
    case = reported_by_phone(phone, "3栋楼下垃圾没人收")
    world.step(case, Verb.CONSULT, "leader", text="怎么办")
    own(phone, case, "withdraw")
    ended = fresh(case)
    assert ended.stage == Stage.VOIDED
    assert not ended.consultations.filter(decided_at=None).exists()


def test_the_contact_of_a_reporter_is_looked_up_on_the_record(world: World, case: Case) -> None:
    from yemai.base.audit.models import Look

    browser = world.client("intake")
    assert "13800138000" not in said(browser.get(f"/cases/{case.pk}/"))
    assert not Look.objects.exists()
    assert "13800138000" in said(browser.get(f"/cases/{case.pk}/?reporter=1"))
    look = Look.objects.get()
    assert (look.actor, look.purpose) == (world["intake"], "case.reporter")
    assert "13800138000" not in said(world.client("worker").get(f"/cases/{case.pk}/?reporter=1"))
    assert Look.objects.count() == 1
    assert Contact.objects.get(case=case).phone_blind
