"""A quarter assessed: counted, looked at by whom it concerns, appealed against, confirmed by a person, published."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.modules.case_desk import said
from tests.world import PHONE, SIDE, WEST, World, build
from yemai.base.jobs.actions import run_due
from yemai.base.people.actions import appoint, create_person
from yemai.base.territory.models import Node
from yemai.flows.case_facts.jobs import take_changed
from yemai.modules.assessment.actions.schemes import install_schemes
from yemai.modules.assessment.models import Appeal, HardStop, Result, Run, SchemeVersion
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Outcome, Verb

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: datetime, db: None, clock: Any) -> World:
    """In March; the quarter that is over is the first, which the clock then leaves."""
    world = build(now)
    for name, who in (("boss", "考核员"), ("second", "复核员")):
        world.people[name] = create_person(actor=None, username=name, name=who, now=now)
        appoint(
            actor=None,
            person=world.people[name],
            post_kind="assessor",
            node=world.town,
            now=now,
            valid_from=date(2026, 1, 1),
        )
    install_schemes(now=now)
    return world


def settled(world: World, score: int, *, hours: int = 1, worker: str = "worker") -> Case:
    """A case the worker settles, checked by another and scored."""
    case, at = world.step(world.reported(), Verb.TAKE, worker), world.now
    for verb, who, given in (
        (Verb.SUBMIT_FEEDBACK, worker, {"text": "王网格今早清运了楼下垃圾", "outcome": Outcome.SOLVED}),
        (Verb.CHECK_PASS, "leader", {}),
        (Verb.SCORE, PHONE, {"score": score}),
    ):
        at += timedelta(hours=hours)
        case = world.step(case, verb, who, now=at, **given)
    return case


def assessed(world: World, clock: Any, subject: str = "worker") -> Run:
    """The first quarter, counted for a kind of subject, in April."""
    while take_changed(world.now):
        pass
    clock.set(world.now + timedelta(days=35))
    version = SchemeVersion.objects.get(subject=subject)
    sent = {"version": version.pk, "node": world.town.pk, "period": "2026Q1"}
    answer = world.client("boss").post("/assessment/", sent)
    assert answer.status_code == 302, said(answer)
    run_due(clock.now())
    return Run.objects.get(version=version)


def test_what_is_not_over_is_not_assessed(world: World) -> None:
    version = SchemeVersion.objects.get(subject="worker")
    sent = {"version": version.pk, "node": world.town.pk, "period": "2026Q1"}
    answer = world.client("boss").post("/assessment/", sent)
    assert answer.status_code == 422 and "才结束" in said(answer) and not Run.objects.exists()
    answer = world.client("boss").post("/assessment/", {**sent, "period": "去年"})
    assert answer.status_code == 422 and "看不懂周期" in said(answer)


def test_a_run_counts_what_happened_and_opens_to_its_rows(world: World, clock: Any) -> None:
    case = settled(world, 5)
    settled(world, 3)
    run = assessed(world, clock)
    result = run.results.get()
    assert (run.state, result.subject_id, result.cases) == ("review", world["worker"].pk, 2)
    assert result.numbers["satisfaction_a"] == [19, 20] and result.rank is None  # two are too few for a place
    assert result.score is not None and result.low is not None and result.low < result.score
    page = world.client("boss").get(f"/assessment/runs/{run.pk}/")
    assert "件数少" in said(page) and "王网格" in said(page)
    opened = said(world.client("worker").get(f"/assessment/results/{result.pk}/"))
    assert "(满意 + 0.9 × 基本满意) ÷ 有效回访：1.9 ÷ 2 = 95.0%" in opened
    rows = said(world.client("worker").get(f"/assessment/results/{result.pk}/solution/"))
    assert "共 2 件" in rows and str(case.pk) in rows


def test_nobody_sees_another_persons_result(world: World, clock: Any) -> None:
    settled(world, 5)
    run = assessed(world, clock)
    result = run.results.get()
    assert said(world.client("worker").get("/assessment/mine/")).count("王网格") >= 1
    for who in ("worker2", "leader", "secretary", "supervisor", "admin"):
        assert world.client(who).get(f"/assessment/results/{result.pk}/").status_code == 404
        assert world.client(who).get(f"/assessment/results/{result.pk}/solution/").status_code == 404
        assert world.client(who).get(f"/assessment/runs/{run.pk}/").status_code in (403, 404)
    assert world.client("leader").get("/assessment/").status_code == 403


def test_an_appeal_is_decided_by_another_and_its_case_no_longer_counts(world: World, clock: Any) -> None:
    settled(world, 5)
    wrong = settled(world, 1)
    run = assessed(world, clock)
    result = run.results.get()
    before, own = result.score, world.client("worker")
    answer = own.post(f"/assessment/results/{result.pk}/", {"text": "这件不归我管", "cases": str(wrong.pk)})
    assert answer.status_code == 302
    assert own.post(f"/assessment/results/{result.pk}/", {"text": "再说一次"}).status_code == 409
    appeal = Appeal.objects.get()
    decision = {"do": "uphold", "answer": "查实不在责任区"}
    assert world.client("boss").post(f"/assessment/appeals/{appeal.pk}/", decision).status_code == 403  # who ran it
    assert world.client("second").post(f"/assessment/appeals/{appeal.pk}/", decision).status_code == 302
    run_due(clock.now())
    result = Result.objects.get(run=run)
    assert result.cases == 1 and result.score is not None and before is not None and result.score > before


def test_the_stars_are_confirmed_by_a_person_before_they_are_posted(world: World, clock: Any) -> None:
    settled(world, 5)
    run = assessed(world, clock)
    boss, address = world.client("boss"), f"/assessment/runs/{run.pk}/"
    assert boss.post(address, {"do": "publish"}).status_code == 409  # appeals are open
    clock.set(clock.now() + timedelta(days=14))
    boss = world.client("boss")
    assert "没有人确认" in said(boss.post(address, {"do": "publish"}))
    assert boss.post(address, {"do": "confirm"}).status_code == 302
    assert boss.get(f"{address}allowances.xlsx").status_code == 409
    assert boss.post(address, {"do": "publish"}).status_code == 302
    run.refresh_from_db()
    assert run.state == "published" and run.public_until is not None
    sheet = load_workbook(io.BytesIO(boss.get(f"{address}allowances.xlsx").content)).active
    assert sheet is not None
    line = [cell.value for cell in sheet[3]]
    assert line[1] == "王网格" and line[4] == run.results.get().stars and line[7] == "考核员"
    assert sheet["F4"].value == "=SUM(F3:F3)"
    late = world.client("worker").post(f"/assessment/results/{run.results.get().pk}/", {"text": "晚了"})
    assert late.status_code == 409


def test_a_hard_stop_confirmed_by_another_caps_the_stars(world: World, clock: Any) -> None:
    settled(world, 5)
    entered = {
        "subject": "worker",
        "subject_id": world["worker"].pk,
        "kind": "falsified",
        "on": "2026-03-02",
        "text": "照片系旧图",
    }
    assert world.client("boss").post("/assessment/stops/", entered).status_code == 302
    stop = HardStop.objects.get()
    assert world.client("boss").post("/assessment/stops/", {"confirm": stop.pk}).status_code == 403
    assert world.client("second").post("/assessment/stops/", {"confirm": stop.pk}).status_code == 302
    result = assessed(world, clock).results.get()
    assert result.stars is not None and result.stars <= 1 and "一票否决" in result.note


def test_other_stars_need_a_reason(world: World, clock: Any) -> None:
    settled(world, 5)
    result = assessed(world, clock).results.get()
    boss, address = world.client("boss"), f"/assessment/results/{result.pk}/stars/"
    assert boss.post(address, {"stars": "2", "note": " "}).status_code == 422
    assert boss.post(address, {"stars": "2", "note": "季内两次无故缺岗"}).status_code == 302
    result.refresh_from_db()
    assert (result.stars, result.note) == (2, "季内两次无故缺岗")


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"solution": 60, "rework": 30}, "加起来是 90"),
        ({"solution": 50, "reported": 50}, "不能超过 25 分"),
        ({"nothing": 100}, "加起来是 0"),
    ],
)
def test_weights_that_do_not_add_up_are_not_saved(world: World, weights: dict[str, int], words: str) -> None:
    sent: dict[str, Any] = {f"weight-{key}": str(weight) for key, weight in weights.items()}
    sent |= {"effective_from": "2026-04-01", "prior": "20", "minimum": "10", "bands-reported": "0:0 101:40"}
    answer = world.client("boss").post("/assessment/schemes/worker/", sent)
    assert answer.status_code == 422 and words in said(answer)
    assert SchemeVersion.objects.filter(subject="worker").count() == 1


def test_a_new_version_takes_the_place_of_the_old_from_its_day(world: World, clock: Any) -> None:
    settled(world, 5)
    sent = {
        "weight-solution": "60",
        "weight-rework": "40",
        "effective_from": "2026-04-01",
        "prior": "0",
        "minimum": "1",
        "name": "网格员",
    }
    assert world.client("boss").post("/assessment/schemes/worker/", sent).status_code == 302
    first, second = SchemeVersion.objects.filter(subject="worker").order_by("number")
    while take_changed(world.now):
        pass
    clock.set(world.now + timedelta(days=35))
    page = said(world.client("boss").get("/assessment/"))
    assert "第 2 版" in page and "第 1 版，2000" not in page.split("考核方案")[-1].split("网格员")[1][:40]
    assert (
        world.client("boss")
        .post("/assessment/", {"version": first.pk, "node": world.town.pk, "period": "2026Q1"})
        .status_code
        == 422
    )
    assert (
        world.client("boss")
        .post("/assessment/", {"version": second.pk, "node": world.town.pk, "period": "2026Q1"})
        .status_code
        == 302
    )


def test_who_moves_is_shown_before_a_version_is_saved(world: World, clock: Any) -> None:
    settled(world, 5)
    settled(world, 1, worker="worker2")
    run = assessed(world, clock)
    before = {one.subject_id: (one.score, one.stars) for one in run.results.all()}
    boss, address = world.client("boss"), "/assessment/schemes/worker/"
    sent = {"prior": 0, "minimum": 1, "effective_from": "2026-05-01", "do": "try"}
    answer = boss.post(address, {**sent, "weight-satisfaction_a": 100})
    moves = {one.result.subject_id: one for one in answer.context["tried"].moves}
    good, bad = moves[world["worker"].pk], moves[world["worker2"].pk]
    assert (good.score, good.rank, good.stars) == (100, 1, 5)
    assert (bad.score, bad.rank, bad.stars) == (0, 2, 0)
    assert "2 个对象" in said(answer) and "什么也没有改" in said(answer)
    assert 'value="100"' in answer.content.decode()
    assert SchemeVersion.objects.filter(subject="worker").count() == 1
    assert {one.subject_id: (one.score, one.stars) for one in run.results.all()} == before
    refused = boss.post(address, {**sent, "weight-satisfaction_a": 90})
    assert refused.status_code == 422 and "要等于 100" in said(refused)
    assert "还没有考核过" in said(boss.post("/assessment/schemes/duty/", {**sent, "weight-filing_right": 100}))


def test_what_came_in_stands_beside_what_the_households_would_bring(world: World, clock: Any) -> None:
    settled(world, 5), settled(world, 4)
    few, many = world.grids[0], world.grids[1]
    Node.objects.filter(pk=few.pk).update(households=30)
    Node.objects.filter(pk=many.pk).update(households=90)
    world.reported(lon=WEST + 1.5 * SIDE)
    run = assessed(world, clock, "area_3")
    shown = {
        one.subject_id: load for one, load in world.client("boss").get(f"/assessment/runs/{run.pk}/").context["results"]
    }
    assert (shown[few.pk].came, shown[few.pk].expected) == (2, 0.75)
    assert (shown[many.pk].came, shown[many.pk].expected) == (1, 2.25)
