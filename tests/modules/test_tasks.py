"""Tasks with an owner, a day and evidence; meetings held over lists that make themselves; the month in the town's Word."""

import io
from datetime import date, datetime, timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document

from tests.modules.case_desk import photo, said
from tests.world import PHONE, World, build
from yemai.base.people.actions import appoint, create_person, report_absence
from yemai.flows.case_facts.jobs import take_changed
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Outcome, Verb
from yemai.modules.tasks.models import Meeting, Programme, SummaryTemplate, Task
from yemai.modules.tasks.terms import TaskState

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: datetime, db: None, clock: Any) -> World:
    """With a town chief and a village chief, who keep the ledger."""
    world = build(now)
    for name, who, post, node in (
        ("chief", "镇长", "town-chief", world.town),
        ("village", "村长", "village-chief", world.village),
    ):
        world.people[name] = create_person(actor=None, username=name, name=who, now=now)
        appoint(actor=None, person=world.people[name], post_kind=post, node=node, now=now, valid_from=date(2026, 1, 1))
    return world


def given(world: World, who: str = "chief", owner: str = "leader", **more: Any) -> dict[str, Any]:
    return {"title": "清理消防通道", "owner": world[owner].pk, "due_on": "2026-03-10", **more}


def made(world: World, **more: Any) -> Task:
    answer = world.client("chief").post(f"/tasks/new/?node={world.town.pk}", given(world, **more))
    assert answer.status_code == 302, said(answer)
    return Task.objects.latest("pk")


# --- tasks ---


def test_a_task_goes_from_its_owner_to_another_who_strikes_it_off(world: World) -> None:
    task = made(world)
    owner, chief, address = world.client("leader"), world.client("chief"), f"/tasks/{task.pk}/"
    assert owner.post(address, {"do": "report", "words": " "}).status_code == 422
    upload = photo()
    assert owner.post(address, {"do": "report", "words": "通道已清空", "photo": upload}).status_code == 302
    assert chief.post(address, {"do": "back", "words": "缺物业签字"}).status_code == 302
    assert owner.post(address, {"do": "report", "words": "已补签字"}).status_code == 302
    assert chief.post(address, {"do": "strike"}).status_code == 302
    page = said(owner.get(address))
    assert "已销号" in page and "缺物业签字" in page and "已补签字" in page
    assert [step.state for step in task.steps.all()] == ["open", "reported", "open", "reported", "done"]
    assert owner.get(f"/tasks/{task.pk}/photo/thumb/")["Content-Type"] == "image/jpeg"
    assert world.client("worker").get(f"/tasks/{task.pk}/photo/thumb/").status_code == 404


def test_nobody_strikes_off_their_own_task(world: World) -> None:
    task = made(world, owner="chief")
    chief, address = world.client("chief"), f"/tasks/{task.pk}/"
    assert chief.post(address, {"do": "report", "words": "办好了"}).status_code == 302
    answer = chief.post(address, {"do": "strike"})
    assert (answer.status_code, "由他人核对" in said(answer)) == (403, True)
    assert Task.objects.get(pk=task.pk).state == TaskState.REPORTED


def test_who_sees_a_task_is_its_owner_and_who_keeps_the_ledger_there(world: World) -> None:
    task = made(world)
    for who, sees in (("leader", True), ("chief", True), ("village", False), ("worker", False), ("leader2", False)):
        assert (world.client(who).get(f"/tasks/{task.pk}/").status_code == 200) is sees, who
        assert ("清理消防通道" in said(world.client(who).get("/tasks/"))) is sees, who
    assert world.client("worker").post(f"/tasks/{task.pk}/", {"do": "drop", "words": "不要了"}).status_code == 404
    assert world.client("leader").post(f"/tasks/{task.pk}/", {"do": "drop", "words": "不要了"}).status_code == 403
    assert world.client("worker").get("/tasks/new/").status_code == 403


def test_what_a_task_needs_is_said(world: World) -> None:
    chief, address = world.client("chief"), f"/tasks/new/?node={world.town.pk}"
    for lacking in ({"title": " "}, {"owner": ""}, {"due_on": "2026-02-30"}, {"owner": world["nobody"].pk}):
        answer = chief.post(address, given(world) | lacking)
        assert (answer.status_code, "责任人和完成期限" in said(answer)) == (422, True), lacking
    assert not Task.objects.exists()


def test_two_who_decide_at_once_decide_once(world: World) -> None:
    task = made(world)
    world.client("leader").post(f"/tasks/{task.pk}/", {"do": "report", "words": "办好了"})
    world.client("chief").post(f"/tasks/{task.pk}/", {"do": "strike"})
    assert world.client("chief").post(f"/tasks/{task.pk}/", {"do": "back", "words": "再看看"}).status_code == 409
    assert Task.objects.get(pk=task.pk).state == TaskState.DONE


def test_late_is_what_is_past_its_day_and_not_reported(world: World, clock: Any) -> None:
    late, reported = made(world, title="超期的"), made(world, title="报了的")
    world.client("leader").post(f"/tasks/{reported.pk}/", {"do": "report", "words": "办好了"})
    clock.set(world.now + timedelta(days=10))
    page = said(world.client("chief").get("/tasks/?late=1"))
    assert late.title in page and reported.title not in page


def test_the_programme_of_six_aspects_leads_from_each_measure_to_its_tasks(world: World) -> None:
    chief = world.client("chief")
    address = chief.post("/tasks/programmes/", {"node": world.town.pk})["Location"]
    programme = Programme.objects.get()
    assert (programme.measures.count(), programme.measures.values("aspect").distinct().count()) == (18, 6)
    measure = programme.measures.get(number=4)
    chief.post(f"/tasks/new/?measure={measure.pk}", given(world, title="三月议事会"))
    assert Task.objects.get().measure == measure
    page = said(chief.get(address))
    assert "综合保障" in page and f"{measure.number}. {measure.title} 1 0 0" in page
    assert "三月议事会" in said(chief.get(f"/tasks/?programme={programme.pk}&state="))
    assert world.client("village").get(address).status_code == 404


# --- the rhythm ---


def lived(world: World) -> dict[str, Case]:
    """One of yesterday, one late, one bounced, one solved and scored."""
    late = world.step(world.reported("路灯不亮"), Verb.TAKE, "worker")
    bounced = world.step(world.dispatched(), Verb.RETURN, "sanitation", return_reason="not_mine", text="不归环卫管")
    solved = world.step(world.reported("垃圾没人收"), Verb.TAKE, "worker")
    solved = world.step(solved, Verb.SUBMIT_FEEDBACK, "worker", text="王网格已清运楼下垃圾", outcome=Outcome.SOLVED)
    solved = world.step(solved, Verb.CHECK_PASS, "leader")
    solved = world.step(solved, Verb.SCORE, PHONE, score=5)
    while take_changed(world.now):
        pass
    return {"late": late, "bounced": bounced, "solved": solved}


def part(answer: Any, key: str) -> list[Any]:
    """What a list of the page holds, by what it is of."""
    (found,) = (one for one in answer.context["parts"] if one["key"] == key)
    return [line.get("case") or line.get("task") or line for line in found["lines"]]


def test_the_mornings_list_makes_itself(world: World, clock: Any) -> None:
    cases = lived(world)
    task = made(world, title="查井盖", due_on="2026-03-05")
    report_absence(
        actor=world["worker2"], person=world["worker2"], reason="病假", deputy=world["worker"],
        from_at=world.now, to_at=world.now + timedelta(days=40), now=world.now,
    )  # fmt: skip
    chief = world.client("chief")
    today = chief.get("/rhythm/morning/")
    assert set(part(today, "new")) == set(cases.values()) and part(today, "late") == []
    clock.set(cases["late"].clock_due_at + timedelta(minutes=1))
    later = chief.get("/rhythm/morning/")
    assert part(later, "new") == [] and cases["late"] in part(later, "late")
    assert part(later, "tasks") == [task]
    assert [line["absence"].person for line in part(later, "away")] == [world["worker2"]]
    assert "李网格" in said(later) and "代理 王网格" in said(later)


def test_a_morning_is_written_down_with_the_list_it_was_held_over(world: World) -> None:
    cases = lived(world)
    chief = world.client("chief")
    sent = {"do": "hold", "weather": "午后雷阵雨", "words": "先办超期的"}
    assert chief.post(f"/rhythm/morning/?node={world.town.pk}", sent).status_code == 302
    chief.post(f"/rhythm/morning/?node={world.town.pk}", sent | {"words": "先办超期的，再查低洼"})
    meeting = Meeting.objects.get()
    assert (meeting.weather, meeting.words, meeting.held_by) == ("午后雷阵雨", "先办超期的，再查低洼", world["chief"])
    assert set(meeting.sheet["new"]["ids"]) == {case.pk for case in cases.values()}
    assert "路灯" not in str(meeting.sheet)
    assert "先办超期的" in said(chief.get("/rhythm/"))
    assert "先办超期的" not in said(world.client("village").get("/rhythm/"))


def test_the_week_shows_what_bounces_and_repeats_and_its_decisions_become_tasks(world: World) -> None:
    cases = lived(world)
    category = cases["solved"].category_id
    for _number in range(3):
        world.reported("井盖松动")
    Case.objects.filter(text="井盖松动").update(category=category)
    chief, address = world.client("chief"), f"/rhythm/week/?node={world.town.pk}"
    page = chief.get(address)
    assert part(page, "bounced") == [cases["bounced"]]
    assert max(line["n"] for line in part(page, "repeats")) >= 3
    answer = chief.post(address, given(world, do="decide", title="环卫和村里分清楼下垃圾归谁"))
    assert answer.status_code == 302
    task = Task.objects.get()
    assert (task.meeting.kind, task.meeting.on, task.owner) == ("week", date(2026, 3, 2), world["leader"])
    assert "环卫和村里分清楼下垃圾归谁" in said(chief.get(address))
    refused = chief.post(address, given(world, do="decide", owner="leader") | {"due_on": ""})
    assert refused.status_code == 422


def test_the_rhythm_stays_on_ones_own_ground(world: World) -> None:
    village = world.client("village")
    assert village.get(f"/rhythm/morning/?node={world.town.pk}").status_code == 404
    assert village.post(f"/rhythm/week/?node={world.town.pk}", {"do": "hold", "words": "x"}).status_code == 404
    assert world.client("worker").get("/rhythm/").status_code == 403
    assert not Meeting.objects.exists()


def word(content: bytes) -> str:
    """Everything a Word document says."""
    read = Document(io.BytesIO(content))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in read.paragraphs), *cells])


def test_the_month_is_drafted_from_the_data_and_comes_as_word(world: World, clock: Any) -> None:
    lived(world)
    clock.set(world.now + timedelta(days=30))
    chief, address = world.client("chief"), f"/rhythm/month/?node={world.town.pk}&month=2026-03"
    draft = chief.get(address).context["words"]
    assert "共上报 3 件（上月 0 件），办结 1 件" in draft and "满意率100.0%" in draft and "退单 1 次" in draft
    assert chief.post(address, {"words": draft + "开展 <楼道> 清理 & 巡查。"}).status_code == 302
    meeting = Meeting.objects.get(kind="month")
    answer = chief.get(f"/rhythm/month/{meeting.pk}/summary.docx")
    said_there = word(answer.content)
    assert "试验镇" in said_there and "开展 <楼道> 清理 & 巡查。" in said_there and "镇长" in said_there
    assert "无数据" in chief.get(f"/rhythm/month/?node={world.town.pk}&month=2026-01").context["words"]
    assert world.client("village").get(f"/rhythm/month/{meeting.pk}/summary.docx").status_code == 404


def docx(*lines: str) -> SimpleUploadedFile:
    made = Document()
    for line in lines:
        made.add_paragraph(line)
    out = io.BytesIO()
    made.save(out)
    return SimpleUploadedFile("本镇小结.docx", out.getvalue())


def test_the_towns_own_template_is_filled(world: World) -> None:
    chief = world.client("chief")
    assert (
        chief.post(
            "/rhythm/template/", {"file": docx("红头文件 {{ node }}", "满意率 {{ satisfied }}", "{{ words }}")}
        ).status_code
        == 302
    )
    assert SummaryTemplate.objects.get().name == "本镇小结.docx"
    chief.post(f"/rhythm/month/?node={world.town.pk}&month=2026-02", {"words": "二月平稳"})
    content = chief.get(f"/rhythm/month/{Meeting.objects.get().pk}/summary.docx").content
    assert word(content).splitlines() == ["红头文件 试验镇", "满意率 无数据", "二月平稳"]
    assert "红头文件" not in word(chief.get("/rhythm/template/shipped.docx").content)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (docx("{{ 满意 }}"), "满意"),
        (docx("{{ node"), "占位写法有误"),
        (docx("{{ ''.__class__.__mro__ }}"), "模板"),
        (SimpleUploadedFile("x.docx", b"not a word file"), "不是 .docx"),
        (None, "请选择"),
    ],
)
def test_a_template_that_can_not_be_filled_is_refused_in_words(world: World, file: Any, words: str) -> None:
    answer = world.client("chief").post("/rhythm/template/", {"file": file} if file else {})
    assert (answer.status_code, words in said(answer)) == (422, True), said(answer)
    assert not SummaryTemplate.objects.exists()


def test_a_template_that_unpacks_to_too_much_is_refused(world: World) -> None:
    out = io.BytesIO()
    with ZipFile(out, "w", compression=8) as packed:
        packed.writestr("word/document.xml", b" " * 40_000_000)
    bomb = SimpleUploadedFile("bomb.docx", out.getvalue())
    assert world.client("chief").post("/rhythm/template/", {"file": bomb}).status_code == 422
