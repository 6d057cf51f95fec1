"""Handling: taking, assigning people and units, returning, handing up rung by rung, consulting and deciding, many at once."""

from datetime import timedelta

import pytest

from tests.modules.case_desk import done, fresh, last, own, reported_by_phone, said, step, told, verbs
from tests.world import World
from yemai.modules.cases.models import Assignment, Case, Consultation
from yemai.modules.cases.terms import Outcome, Rung, Stage, Verb


@pytest.fixture
def case(world: World) -> Case:
    """A resident's report in the first micro-grid."""
    return world.reported()


# --- take -------------------------------------------------------------------------------------------------------------


def test_a_worker_takes_what_lies_on_their_ground(world: World, case: Case) -> None:
    taken = done(world, "worker", case, "take")
    assert (taken.stage, taken.handler, taken.rung) == (Stage.HANDLING, world["worker"], Rung.MICROGRID)
    assert taken.number.startswith("S9999")  # nobody has classed it: the general class, its own limit
    assert taken.due_at
    assert "垃圾" in said(world.client("worker").get("/work/mine/"))


def test_taking_may_class_it_at_once(world: World, case: Case) -> None:
    taken = done(world, "worker", case, "take", category=world.category("E0107").pk)
    assert (taken.category.code, taken.limit) == ("E0107", "2UH")


def test_what_is_taken_is_not_taken_again(world: World, case: Case) -> None:
    done(world, "worker", case, "take")
    answer = step(world, "worker2", case, "take")
    assert answer.status_code == 409
    assert "已有人接办" in said(answer)
    assert fresh(case).handler == world["worker"]


def test_taking_what_was_accepted_keeps_its_clock(world: World, case: Case, clock) -> None:
    accepted = done(world, "intake", case, "accept", category=world.category("E0107").pk)
    clock.advance(hours=1)
    taken = done(world, "worker", case, "take")
    assert (taken.started_at, taken.due_at, taken.limit) == (accepted.started_at, accepted.due_at, accepted.limit)


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("sanitation", 404), ("nobody", 404), ("checker", 403)])
def test_nobody_takes_beyond_their_ground(world: World, case: Case, who: str, status: int) -> None:
    assert step(world, who, case, "take").status_code == status
    assert fresh(case).handler is None


# --- assign -----------------------------------------------------------------------------------------------------------


def test_a_leader_names_somebody_of_the_ground(world: World, case: Case) -> None:
    done(world, "intake", case, "accept", category=world.category().pk)
    assigned = done(world, "leader", case, "assign", person=world["worker2"].pk)
    assert assigned.handler == world["worker2"]
    assert last(assigned).content["person_name"] == world["worker2"].name
    assert told(world, "worker2", "case.assigned") == 1
    outsider = step(world, "leader", case, "assign", person=world["stranger"].pk)
    assert outsider.status_code == 422


def test_a_leader_sends_nothing_to_units(world: World, case: Case) -> None:
    done(world, "worker", case, "take")
    answer = step(world, "leader", case, "assign", department=world.units["water"].pk)
    assert answer.status_code == 403
    assert "派遣到单位由镇中心来做" in said(answer)


def test_the_centre_sends_to_one_lead_and_joint_units(world: World, case: Case) -> None:
    done(world, "worker", case, "take")
    due = fresh(case).due_at
    done(world, "worker", case, "escalate", text="网格里解决不了")
    done(world, "leader", case, "escalate", text="三支队伍也解决不了")
    sent = done(
        world, "dispatcher", case, "assign", department=world.units["sanitation"].pk, joint=[world.units["water"].pk]
    )
    assert (sent.lead_department, sent.handler, sent.rung) == (world.units["sanitation"], None, Rung.DEPARTMENT)
    parts = {part.department.code: part for part in sent.assignments.all()}
    assert {code: (part.role, part.state) for code, part in parts.items()} == {
        "sanitation": ("lead", "open"),
        "water": ("joint", "open"),
    }
    assert {part.due_at for part in parts.values()} == {due}
    assert told(world, "sanitation", "case.assigned") == told(world, "water", "case.assigned") == 1
    for who in ("sanitation", "water"):
        assert sent.headline in said(world.client(who).get("/work/units/"))


BAD_UNITS = """
    department | joint      | words
               |            | 请选择处置人或主办单位
    sanitation | sanitation | 主办单位不能同时是协办单位
    gone       |            | 选择一个有效的选项
"""


@pytest.mark.parametrize(
    ("lead", "joint", "words"),
    [[cell.strip() for cell in line.split("|")] for line in BAD_UNITS.strip().splitlines()[1:]],
)
def test_units_that_can_not_be_named(world: World, case: Case, lead: str, joint: str, words: str) -> None:
    done(world, "worker", case, "take")
    ids = {code: unit.pk for code, unit in world.units.items()} | {"gone": 10**9, "": ""}
    answer = step(world, "dispatcher", case, "assign", department=ids[lead], joint=[ids[joint]] if joint else [])
    assert answer.status_code == 422
    assert words in said(answer)
    assert not fresh(case).assignments.exists()


def test_assigned_anew_the_old_unit_lets_go(world: World) -> None:
    case = world.dispatched()
    again = done(world, "dispatcher", case, "assign", department=world.units["water"].pk)
    assert again.lead_department == world.units["water"]
    states = dict(again.assignments.values_list("department__code", "state"))
    assert states == {"sanitation": "replaced", "water": "open"}
    assert world.client("sanitation").get(f"/cases/{case.pk}/").status_code == 404


# --- return -----------------------------------------------------------------------------------------------------------


def test_a_return_says_why_and_keeps_the_clock(world: World, clock) -> None:
    case = world.dispatched()
    clock.advance(minutes=40)
    back = done(world, "sanitation", case, "return", return_reason="not_mine", text="属于供水所的管线")
    assert (back.stage, back.rung, back.lead_department, back.returns) == (Stage.HANDLING, Rung.CENTRE, None, 1)
    assert (back.started_at, back.due_at) == (case.started_at, case.due_at)
    part = back.assignments.get()
    assert (part.state, part.return_reason, part.text) == ("returned", "not_mine", "属于供水所的管线")
    assert told(world, "dispatcher", "case.returned") == 1
    page = said(world.client("dispatcher").get("/work/bounced/"))
    assert "退单1次" in page
    assert case.headline in said(world.client("dispatcher").get("/work/dispatch/"))
    assert not last(back).is_public  # the quarrel of units is no resident's business


def test_a_unit_explains_why_it_is_not_theirs(world: World) -> None:
    case = world.dispatched()
    for fields in ({"return_reason": "not_mine", "text": " "}, {"return_reason": "", "text": "不是我们的"}):
        assert step(world, "sanitation", case, "return", **fields).status_code == 422
    assert fresh(case).returns == 0


def test_a_unit_does_not_return_a_case_twice(world: World) -> None:
    case = world.dispatched()
    done(world, "sanitation", case, "return", return_reason="not_mine", text="不是我们的")
    named = done(world, "dispatcher", case, "assign", department=world.units["sanitation"].pk)
    part = named.assignments.get(state="open")
    assert part.is_final
    assert last(named).content["is_final"] is True
    answer = step(world, "sanitation", case, "return", return_reason="not_mine", text="还是不归我们")
    assert answer.status_code == 409
    assert "镇中心已指定本单位办理" in said(answer)
    assert "退单" not in [row.verb.label for row in _offered(world, "sanitation", case)]
    assert fresh(case).returns == 1


def test_another_unit_may_still_return_it(world: World) -> None:
    case = world.dispatched()
    done(world, "sanitation", case, "return", return_reason="not_mine", text="不是我们的")
    done(world, "dispatcher", case, "assign", department=world.units["water"].pk)
    assert done(world, "water", case, "return", return_reason="not_my_area", text="不在片区").returns == 2


def test_a_joint_units_return_leaves_the_lead_at_work(world: World) -> None:
    case = world.dispatched(joint=("water",))
    back = done(world, "water", case, "return", return_reason="incomplete", text="没写地点")
    assert (back.lead_department, back.rung) == (world.units["sanitation"], Rung.DEPARTMENT)
    assert dict(back.assignments.values_list("department__code", "state")) == {
        "sanitation": "open",
        "water": "returned",
    }


def test_a_worker_hands_back_to_the_leader(world: World) -> None:
    case = world.handled()
    back = done(world, "worker", case, "return", return_reason="not_my_area", text="不在我这段")
    assert (back.handler, back.rung, back.due_at) == (None, Rung.LEADER, case.due_at)
    assert case.headline in said(world.client("leader").get("/work/consult/"))
    assert told(world, "leader", "case.returned") == 1


def _offered(world: World, who: str, case: Case) -> list:
    view = world.client(who).get(f"/cases/{case.pk}/").context["view"]
    return [*([view.main_step] if view.main_step else []), *view.steps]


# --- escalate ---------------------------------------------------------------------------------------------------------


def test_the_ladder_one_rung_at_a_time(world: World) -> None:
    case = world.handled()
    due = case.due_at
    ladder = [("worker", Rung.LEADER), ("leader", Rung.DEPARTMENT)]
    for who, rung in ladder:
        up = done(world, who, case, "escalate", text="这里解决不了")
        assert (up.rung, up.handler, up.due_at) == (rung, None, due)
    assert step(world, "worker", case, "escalate", text="再高些").status_code == 409
    assert step(world, "leader", case, "escalate", text="再高些").status_code == 409
    assert case.headline in said(world.client("dispatcher").get("/work/dispatch/"))
    done(world, "dispatcher", case, "assign", department=world.units["water"].pk)
    up = done(world, "water", case, "escalate", text="要镇里协调")
    assert (up.rung, up.lead_department) == (Rung.CENTRE, None)
    assert up.assignments.get().state == "replaced"
    assert verbs(case).count("escalate") == 3
    assert told(world, "leader", "case.escalated") == 2


def test_what_went_up_is_not_taken_below(world: World) -> None:
    case = world.handled()
    done(world, "worker", case, "escalate", text="解决不了")
    done(world, "leader", case, "escalate", text="解决不了")
    assert "由上级派遣" in said(step(world, "worker", case, "take"))
    assert "由镇中心派遣" in said(step(world, "leader", case, "assign", person=world["worker"].pk))
    assert "不再召集会商" in said(step(world, "leader", case, "consult", text="商量"))


def test_the_centre_may_send_it_back_down(world: World) -> None:
    case = world.dispatched()
    down = done(world, "dispatcher", case, "assign", person=world["worker"].pk)
    assert (down.handler, down.lead_department, down.rung) == (world["worker"], None, Rung.LEADER)


# --- consult and decide -----------------------------------------------------------------------------------------------


def test_a_consultation_ends_in_a_decision(world: World, case: Case) -> None:
    people = [world["worker"].pk, world["worker2"].pk]
    called = done(world, "leader", case, "consult", text="垃圾没人收，怎么办", people=people)
    assert (called.stage, called.rung) == (Stage.CONSULTING, Rung.LEADER)
    assert called.number  # calling people together files the case
    meeting = Consultation.objects.get(case=case)
    assert set(meeting.invited.values_list("pk", flat=True)) == set(people)
    assert told(world, "worker", "case.consulting") == 1
    decided = done(
        world, "leader", case, "decide", text="李网格明天清走，以后每天收", person=world["worker2"].pk,
        people=[world["worker2"].pk], due_on="2026-03-06",
    )  # fmt: skip
    assert (decided.stage, decided.handler) == (Stage.HANDLING, world["worker2"])
    meeting.refresh_from_db()
    assert (meeting.decision, str(meeting.due_on)) == ("李网格明天清走，以后每天收", "2026-03-06")
    assert [person.name for person in meeting.present.all()] == ["李网格"]
    assert decided.due_at == called.due_at  # talking does not stop the clock
    page = said(world.client("worker").get(f"/cases/{case.pk}/"))
    assert "李网格明天清走" in page


def test_a_decision_may_name_a_unit(world: World, case: Case) -> None:
    done(world, "leader", case, "consult", text="商量")
    sent = done(world, "leader", case, "decide", text="请环卫所清运", department=world.units["sanitation"].pk)
    assert (sent.lead_department, sent.rung) == (world.units["sanitation"], Rung.DEPARTMENT)
    assert Assignment.objects.get(case=case).role == "lead"


def test_a_decision_says_who_does_it(world: World, case: Case) -> None:
    done(world, "leader", case, "consult", text="商量")
    answer = step(world, "leader", case, "decide", text="大家都注意")
    assert answer.status_code == 422
    assert "会商要决定由谁来做" in said(answer)
    assert fresh(case).stage == Stage.CONSULTING


def test_only_the_decision_ends_a_consultation(world: World, case: Case) -> None:
    done(world, "leader", case, "consult", text="商量")
    for who in ("leader", "dispatcher"):
        assert step(world, who, case, "assign", person=world["worker"].pk).status_code in (403, 409)
    assert step(world, "leader", case, "consult", text="再商量").status_code == 409
    done(world, "leader", case, "decide", text="王网格去", person=world["worker"].pk)
    assert done(world, "leader", case, "consult", text="再商量一次").stage == Stage.CONSULTING
    assert Consultation.objects.filter(case=case).count() == 2


def test_another_grids_leader_has_no_say(world: World, case: Case) -> None:
    assert step(world, "leader2", case, "consult", text="商量").status_code == 404


# --- many at once -----------------------------------------------------------------------------------------------------


def test_the_dispatch_queue_assigns_many_and_names_what_it_could_not(world: World) -> None:
    waiting = []
    for _number in range(3):
        case = world.handled()
        world.step(case, Verb.ESCALATE, "worker", text="解决不了")
        waiting.append(world.step(case, Verb.ESCALATE, "leader", text="解决不了"))
    ended = world.reported("不在队里的")
    form = {
        "department": world.units["water"].pk,
        "case": [*(case.pk for case in waiting), ended.pk, "x", "9" * 40, "²"],
    }
    page = said(world.client("dispatcher").post("/work/assign/", form, follow=True))
    assert "已派遣 3 件" in page
    assert f"{ended}" in page
    assert {fresh(case).lead_department for case in waiting} == {world.units["water"]}
    assert fresh(ended).lead_department is None


@pytest.mark.parametrize("unit", ["", "9" * 40, "²", "x", "0"])
def test_many_at_once_to_a_unit_there_is_not(world: World, unit: str) -> None:
    case = world.step(world.handled(), Verb.ESCALATE, "worker", text="解决不了")
    page = said(world.client("dispatcher").post("/work/assign/", {"department": unit, "case": [case.pk]}, follow=True))
    assert "已派遣 0 件" in page
    assert fresh(case).lead_department is None


def test_many_at_once_never_reaches_beyond_ones_ground(world: World) -> None:
    case = world.step(world.handled(), Verb.ESCALATE, "worker", text="解决不了")
    for who in ("worker", "stranger", "sanitation", "nobody"):
        world.client(who).post("/work/assign/", {"department": world.units["water"].pk, "case": [case.pk]})
    assert fresh(case).lead_department is None


def test_queues_hold_what_is_to_be_done_by_whom(world: World) -> None:
    fresh_one, taken, up = world.reported("甲事"), world.handled(), world.dispatched()
    returned = world.dispatched("water")
    world.step(returned, Verb.RETURN, "water", return_reason="not_mine", text="不归我们")
    expected = {
        ("worker", "take"): {fresh_one.pk},
        ("worker", "mine"): {taken.pk},
        ("worker2", "mine"): set(),
        ("stranger", "take"): set(),
        ("intake", "intake"): {fresh_one.pk},
        ("dispatcher", "dispatch"): {returned.pk},
        ("dispatcher", "bounced"): {returned.pk},
        ("sanitation", "units"): {up.pk},
        ("water", "units"): set(),
    }
    for (who, name), cases in expected.items():
        page = world.client(who).get(f"/work/{name}/")
        assert {row["case"].pk for row in page.context["rows"]} == cases, (who, name)
    assert world.client("worker").get("/work/dispatch/").status_code == 404  # not their queue


def test_what_bounced_most_stands_first(world: World, clock) -> None:
    once = world.dispatched()
    world.step(once, Verb.RETURN, "sanitation", return_reason="not_mine", text="不归我们")
    clock.advance(minutes=5)
    twice = world.dispatched()
    for unit in ("sanitation", "water"):
        world.step(twice, Verb.ASSIGN, "dispatcher", department=world.units[unit].pk)
        world.step(twice, Verb.RETURN, unit, return_reason="not_mine", text="不归我们")
    rows = world.client("dispatcher").get("/work/bounced/").context["rows"]
    assert [row["case"].pk for row in rows] == [twice.pk, once.pk]


def test_a_row_offers_what_can_be_done_from_the_list(world: World) -> None:
    case = world.reported()
    page = world.client("worker").get("/work/take/")
    assert [row.verb for row in page.context["rows"][0]["steps"]] == [Verb.TAKE]
    form = world.client("worker").get(f"/cases/{case.pk}/take/?next=/work/take/", HTTP_HX_REQUEST="true")
    assert "<html" not in form.content.decode()
    sent = world.client("worker").post(f"/cases/{case.pk}/take/", {"next": "/work/take/"}, HTTP_HX_REQUEST="true")
    assert (sent.status_code, sent["HX-Redirect"]) == (204, "/work/take/")


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/office/"])
def test_a_step_leads_back_to_our_lists_alone(world: World, back: str) -> None:
    case = world.reported()
    page = world.client("worker").get(f"/cases/{case.pk}/take/", {"next": back})
    assert back not in page.content.decode()
    assert step(world, "worker", case, "take", next=back)["Location"] == f"/cases/{case.pk}/"


def test_residents_words_on_how_it_goes(world: World, clock) -> None:
    from django.test import Client

    phone = Client()
    case = reported_by_phone(phone)
    world.step(case, Verb.TAKE, "worker")
    page = said(phone.get(f"/r/{case.tracking_code}/"))
    assert "王师傅将在" in page
    world.step(case, Verb.SUBMIT_FEEDBACK, "worker", text="换了灯泡", outcome=Outcome.SOLVED)
    assert "正由另一位同事核查" in said(phone.get(f"/r/{case.tracking_code}/"))
    assert "换了灯泡" in said(phone.get(f"/r/{case.tracking_code}/"))
    assert "已送到办理人" in own(phone, case, "comment", text="谢谢")
    assert clock.now() - world.now == timedelta(0)
