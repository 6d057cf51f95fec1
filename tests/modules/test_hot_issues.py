"""Hot issues: the night finds them, the page shows them, people decide; and what is undone is as if it had not been."""

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import serializers
from django.test import Client

from tests.modules.case_desk import done, fresh, said
from tests.world import SIDE, SOUTH, WEST, World, build
from yemai.base.parameters.models import Parameter
from yemai.modules.cases.actions.hot import find_hot_issues
from yemai.modules.cases.jobs import hot_issues
from yemai.modules.cases.models import Case, HotCase, HotIssue, HotNight
from yemai.modules.cases.terms import Stage, Verb

PLANT = (
    "丽发新城旁的搅拌站噪音扰民，灰尘也多",
    "丽发新城小区附近搅拌站噪音扰民，晚上睡不着",
    "搅拌站灰尘大，噪音扰民，丽发新城的人受不了",
    "丽发新城楼下搅拌站又开工，噪音扰民灰尘大",
)
OTHER = ("三栋电梯坏了两天没人修", "河边路灯不亮", "丽发新城门口停车位被占", "幼儿园报名的材料在哪里看", "公交站牌倒了")


@pytest.fixture
def world(now: datetime, db: None) -> World:
    return build(now)


def told(world: World, texts: tuple[str, ...] = PLANT, *, days: int = 4, **more: Any) -> list[Case]:
    """Reports `days` apart, the last of them now."""
    found = []
    for at, text in enumerate(texts):
        moment, world.now = world.now, world.now - timedelta(days=days * (len(texts) - 1 - at))
        found.append(world.reported(text, **more))
        world.now = moment
    return found


def night(world: World) -> HotIssue | None:
    find_hot_issues(world.now)
    return HotIssue.objects.filter(state="open").order_by("pk").first()


def inside(issue: HotIssue) -> set[int]:
    return set(HotCase.objects.filter(issue=issue).values_list("case", flat=True))


def decide(world: World, who: str, issue: HotIssue, do: str, **fields: Any) -> str:
    return said(world.client(who).post(f"/work/hot/{issue.pk}/decide/", {"do": do, **fields}, follow=True))


def test_the_night_finds_what_is_said_again_and_the_page_shows_it(world: World, clock: Any) -> None:
    plant, _rest = told(world), told(world, OTHER)
    issue = night(world)
    assert issue is not None and inside(issue) == {case.pk for case in plant}
    assert HotIssue.objects.count() == 1
    listed = said(world.client("intake").get("/work/hot/"))
    assert "搅拌站" in listed
    page = world.client("intake").get(f"/work/hot/{issue.pk}/")
    words = said(page)
    assert all(text in words for text in PLANT)
    assert "近七天 2 件，此前四周 2 件" in words and "还没有处置反馈" in words
    assert page.content.count(b"<rect") == 4 and b"hot-points" in page.content and b"style=" not in page.content
    assert str(issue) in said(world.client("intake").get(f"/cases/{plant[0].pk}/"))


def test_the_same_night_twice_changes_nothing_and_a_new_message_joins(world: World, clock: Any) -> None:
    told(world)
    issue = night(world)
    before = list(HotCase.objects.values_list("pk", "case", "issue"))
    assert issue == night(world) and before == list(HotCase.objects.values_list("pk", "case", "issue"))
    world.now = clock.advance(days=3)
    again = world.reported("丽发新城搅拌站噪音扰民，灰尘大，还是没人管")
    assert night(world) == issue and again.pk in inside(issue)
    assert HotIssue.objects.count() == 1


def test_the_job_works_once_a_night(world: World) -> None:
    told(world)
    evening = world.now.replace(hour=1)
    assert hot_issues(evening) == {} and not HotNight.objects.exists()
    assert hot_issues(world.now)["looked_at"] == 4
    assert hot_issues(world.now + timedelta(hours=1)) == {}
    assert hot_issues(world.now + timedelta(days=1))["looked_at"] == 4


def test_more_than_the_most_is_left_out_and_the_page_says_so(world: World, clock: Any) -> None:
    told(world, OTHER, days=5)
    told(world, days=1)
    value = {"days": 365, "most": 6, "least": 3, "likeness": 0.07, "metres": 1000}
    Parameter.objects.create(key="hot_issues", version=1, value=value, effective_from=world.now.date())
    from yemai.base.parameters.queries import forget

    forget()
    assert find_hot_issues(world.now)["left_out"] == 3
    assert "最早的 3 件没有看" in said(world.client("intake").get("/work/hot/"))


def test_the_same_words_of_another_place_are_another_matter(world: World) -> None:
    here = told(world, ("楼道灯不亮",) * 3, lon=WEST + SIDE / 2)
    there = [world.reported("楼道灯不亮", lon=WEST + 0.2, lat=SOUTH + 0.2) for _ in range(3)]
    find_hot_issues(world.now)
    groups = [inside(issue) for issue in HotIssue.objects.order_by("pk")]
    assert groups in ([], [{c.pk for c in here}, {c.pk for c in there}])
    assert not any({c.pk for c in here} & one and {c.pk for c in there} & one for one in groups)


def test_who_sees_a_part_is_told_of_the_rest_by_number_alone(world: World, clock: Any) -> None:
    told(world, PLANT[:2])
    far = told(world, PLANT[2:], lon=WEST + SIDE * 1.5)
    issue = night(world)
    assert issue is not None and len(inside(issue)) == 4
    words = said(world.client("worker").get(f"/work/hot/{issue.pk}/"))
    assert PLANT[0] in words and far[0].text not in words and "另有 2 件" in words
    assert "并入主事件" not in words
    assert world.client("sanitation").get(f"/work/hot/{issue.pk}/").status_code == 404
    assert world.client("nobody").get("/work/hot/").status_code == 403
    assert world.client("worker").post(f"/work/hot/{issue.pk}/decide/", {"do": "dismiss"}).status_code == 403


def test_what_a_person_takes_out_stays_out_and_what_they_add_stays_in(world: World, clock: Any) -> None:
    plant = told(world)
    lamp = world.reported("河边路灯不亮")
    issue = night(world)
    assert issue is not None
    assert "已移出 1 件" in decide(world, "intake", issue, "remove", case=[plant[0].pk])
    assert "已加入" in decide(world, "intake", issue, "add", code=lamp.tracking_code)
    assert "没有找到" in decide(world, "intake", issue, "add", code="NO-SUCH")
    night(world)
    assert inside(issue) == {*(case.pk for case in plant[1:]), lamp.pk}
    assert "已加入" in decide(world, "intake", issue, "add", code=plant[0].tracking_code)
    night(world)
    assert plant[0].pk in inside(issue)


def test_a_dismissed_issue_is_not_found_anew_and_may_come_back(world: World, clock: Any) -> None:
    told(world)
    issue = night(world)
    assert issue is not None
    decide(world, "dispatcher", issue, "dismiss", reason="已经拆除")
    assert night(world) is None and HotIssue.objects.count() == 1
    assert "搅拌站" not in said(world.client("intake").get("/work/hot/"))
    assert "已经拆除" in said(world.client("intake").get(f"/work/hot/{issue.pk}/"))
    decide(world, "dispatcher", issue, "reopen")
    assert night(world) == issue


CHANGED = {"version", "story_head", "updated_at", "pauses", "due_at", "clock_due_at", "clock_warn_at", "remind_at"}
"""What a merge and its undoing leave behind: two more rows of the story, and a clock that stood still in between."""


def all_of(case: Case) -> dict[str, Any]:
    """Every column, and everything that hangs on the case."""
    found = Case.objects.get(pk=case.pk)
    columns = {field.attname: getattr(found, field.attname) for field in Case._meta.concrete_fields}
    for name in ("assignments", "requests", "contacts", "disposers", "consultations", "photos"):
        columns[name] = serializers.serialize("json", getattr(found, name).order_by("pk"))
    return columns


@pytest.mark.parametrize("stage", ["reported", "verifying", "handling", "dispatched"])
def test_unmerging_restores_all(world: World, clock: Any, stage: str) -> None:
    plant = told(world, PLANT[:3])
    case, main = plant[0], plant[1]
    if stage == "verifying":
        world.step(case, Verb.ASK_VERIFICATION, "intake", person=world.people["worker"].pk)
    if stage in ("handling", "dispatched"):
        world.step(case, Verb.TAKE, "worker")
    if stage == "dispatched":
        world.step(case, Verb.ESCALATE, "worker", text="解决不了")
        world.step(case, Verb.ESCALATE, "leader", text="解决不了")
        world.step(case, Verb.ASSIGN, "dispatcher", department=world.units["sanitation"].pk)
    issue = night(world)
    assert issue is not None
    before = all_of(case)
    who = "dispatcher" if stage == "dispatched" else "intake"
    assert "已并案 1 件" in decide(world, who, issue, "merge", main=main.pk, case=[case.pk, main.pk])
    assert fresh(case).stage == Stage.MERGED and fresh(case).main_case_id == main.pk
    night(world)
    assert case.pk in inside(issue)  # merged is still said
    clock.advance(hours=1)
    assert "已撤销并案 1 件" in decide(world, who, issue, "unmerge", case=[case.pk])
    after = all_of(case)
    assert {name for name in before if before[name] != after[name]} <= CHANGED
    started = before["started_at"] is not None
    for name in ("due_at", "clock_due_at") if started else ():
        assert after[name] - before[name] == timedelta(hours=1), name
    if not started:
        assert after["due_at"] == before["due_at"]


def test_merging_names_what_it_cannot_and_loses_nothing(world: World, clock: Any) -> None:
    plant = told(world)
    done(world, "intake", plant[0], "reject", reject_reason="not_here", answer="不在本镇")
    issue = night(world)
    assert issue is not None
    assert "请选择一件作为主事件" in decide(world, "intake", issue, "merge", case=[plant[1].pk])
    assert "请先勾选" in decide(world, "intake", issue, "merge", main=plant[1].pk)
    words = decide(world, "intake", issue, "merge", main=plant[1].pk, case=[plant[2].pk, plant[3].pk, plant[1].pk])
    assert "已并案 2 件" in words
    words = decide(world, "intake", issue, "merge", main=plant[2].pk, case=[plant[1].pk])
    assert plant[1].tracking_code in words and "请选择它的主事件" in words
    assert fresh(plant[1]).stage == Stage.REPORTED


def test_who_answered_what_stands_on_the_page_and_no_contact(world: World, clock: Any) -> None:
    plant = told(world, PLANT[:3], name="周居民", phone="13800001234")
    world.step(plant[0], Verb.TAKE, "worker")
    world.step(plant[0], Verb.SUBMIT_FEEDBACK, "worker", text="约谈了搅拌站，夜里停工", outcome="solved")
    issue = night(world)
    assert issue is not None
    words = said(world.client("intake").get(f"/work/hot/{issue.pk}/"))
    assert "约谈了搅拌站，夜里停工" in words and "王网格" in words
    assert "周居民" not in words and "13800001234" not in words


def test_the_list_is_narrowed_by_its_address(world: World, clock: Any) -> None:
    told(world, days=1)
    assert night(world) is not None
    desk: Client = world.client("intake")
    for address, there in (
        ("?q=搅拌站", True), ("?q=电梯", False), ("?growing=1", True), ("?state=dismissed", False),
        (f"?node={world.grids[0].path}", True), (f"?node={world.grids[1].path}", False),
    ):  # fmt: skip
        assert ("噪音" in said(desk.get(f"/work/hot/{address}"))) is there, address


def test_a_long_list_has_pages_and_a_spoilt_cursor_starts_again(world: World, clock: Any) -> None:
    case = told(world, PLANT[:1])[0]
    ground: dict[str, Any] = {
        "node": world.town, "path": world.town.path, "first_at": world.now, "last_at": world.now, "found_at": world.now,
    }  # fmt: skip
    for at in range(60):
        issue = HotIssue.objects.create(words=f"事{at}", is_growing=at < 5, recent=at % 7, **ground)
        HotCase.objects.create(issue=issue, case=world.reported(f"第{at}件"), how="job", added_at=world.now)
    desk = world.client("intake")
    first = desk.get("/work/hot/").context["page"]
    rest = desk.get(f"/work/hot/?after={first.next_cursor}").context["page"]
    shown = [issue.pk for issue in [*first.items, *rest.items]]
    assert len(shown) == len(set(shown)) == 60 and all(issue.is_growing for issue in first.items[:5])
    for spoilt in (base64.urlsafe_b64encode(b'["x", 1, 2]').decode(), case.tracking_code):
        assert len(desk.get(f"/work/hot/?after={spoilt}").context["page"].items) == 50
