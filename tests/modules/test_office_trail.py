"""What the back office only reads: the audit trail, jobs, imports, cases with their stories."""

from datetime import timedelta
from typing import Any

import pytest

from tests.modules.office import area_keeper, last_entry, operator, saved, sent, staff
from tests.world import World
from yemai.base.audit.actions import record, record_look
from yemai.base.audit.models import Entry, Look
from yemai.base.jobs.models import Job
from yemai.gates.case_files.models import ImportRun, RefusedRow
from yemai.modules.cases.models import StoryStep

pytestmark = pytest.mark.django_db


def rows(client: Any, address: str) -> list[Any]:
    """The rows a list shows."""
    page = client.get(f"/office/{address}")
    assert page.status_code == 200, address
    return list(page.context["cl"].result_list)


# --- the trail -------------------------------------------------------------------------------------------------------


def test_an_auditor_finds_changes_by_person_by_day_and_by_row(world: World) -> None:
    admin = staff(world, "admin")
    saved(admin, f"territory/node/{world.grids[0].pk}/change/", households=75, public_text="")
    early = world.now - timedelta(days=40)
    record(actor=world["secretary"], action="rename_node", subject=world.grids[1], now=early, after={"name": "旧事"})
    client = staff(world, "auditor")
    mine = rows(client, "audit/entry/?q=管理员")
    assert mine and {row.actor.username for row in mine} == {"admin"}
    assert [row.after["name"] for row in rows(client, "audit/entry/?at__year=2026&at__month=1&at__day=23")] == ["旧事"]
    history = client.get(f"/office/territory/node/{world.grids[0].pk}/history/")
    assert history.status_code == 404  # an auditor has no business with the ground itself
    seen = operator(world).get(f"/office/territory/node/{world.grids[0].pk}/history/")
    assert [row.action for row in rows(client, seen["Location"].removeprefix("/office/"))] == ["describe_node"]


def test_an_entry_shows_both_sides_in_words(world: World) -> None:
    saved(
        staff(world, "admin"), f"territory/node/{world.grids[0].pk}/change/", households=75, public_text="<b>公示</b>"
    )
    entry = last_entry("describe_node")
    page = staff(world, "auditor").get(f"/office/audit/entry/{entry.pk}/change/").content.decode()
    assert "修改网格信息" in page and "households" in page and "75" in page
    assert "&lt;b&gt;公示" in page and "<b>公示" not in page


def test_looks_are_listed_and_the_trail_is_read_alone(world: World) -> None:
    case = world.reported()
    record_look(actor=world["intake"], subject=case, purpose="case.reporter", now=world.now)
    client = staff(world, "auditor")
    assert [row.actor.username for row in rows(client, "audit/look/")] == ["intake"]
    assert "查看上报人联系方式" in client.get("/office/audit/look/").content.decode()
    look = Look.objects.get()
    for address in ("audit/look/add/", f"audit/look/{look.pk}/change/", f"audit/look/{look.pk}/delete/"):
        assert sent(client, address, purpose="x").status_code == 403
    assert Look.objects.get().purpose == "case.reporter"


def test_an_auditor_of_one_node_sees_its_rows_alone(world: World) -> None:
    for grid in world.grids[:2]:
        record(actor=None, action="describe_node", subject=grid, now=world.now)
    record(actor=None, action="set_parameter", subject=world["worker"], now=world.now)
    client = area_keeper(world, world.grids[0])
    assert {row.path for row in rows(client, "audit/entry/")} == {world.grids[0].path}
    other = Entry.objects.filter(path=world.grids[1].path).first()
    assert other is not None
    assert client.get(f"/office/audit/entry/{other.pk}/change/").status_code == 302


# --- jobs ------------------------------------------------------------------------------------------------------------


def test_a_job_that_was_given_up_is_tried_again_and_written_down(world: World) -> None:
    given_up = {
        "kind": "cases.recompute",
        "run_at": world.now,
        "state": Job.State.FAILED,
        "attempts": 8,
        "error": "Boom: 磁盘满",
    }
    first, second = Job.objects.create(**given_up), Job.objects.create(**given_up)
    done = Job.objects.create(kind="cases.recompute", run_at=world.now, state=Job.State.DONE)
    client = staff(world, "admin")
    assert "磁盘满" in client.get("/office/jobs/job/?state__exact=failed").content.decode()
    assert "2 个后台任务失败" in client.get("/office/").content.decode()
    saved(client, f"jobs/job/{first.pk}/do/retry/")
    assert client.get(f"/office/jobs/job/{first.pk}/do/retry/").status_code == 404
    ticked = {"action": "retry_chosen", "_selected_action": [second.pk, done.pk]}
    assert client.post("/office/jobs/job/", ticked).status_code == 302
    states = dict(Job.objects.filter(kind="cases.recompute").values_list("pk", "state"))
    assert states == {first.pk: "waiting", second.pk: "waiting", done.pk: "done"}
    assert Entry.objects.filter(action="retry_job", actor=world.people["admin"]).count() == 2
    assert sent(client, f"jobs/job/{done.pk}/change/", state="failed").status_code == 403


# --- imports ---------------------------------------------------------------------------------------------------------


def test_imports_show_reasons_and_never_the_rows_themselves(world: World) -> None:
    def run(name: str, who: str) -> ImportRun:
        return ImportRun.objects.create(
            file_name=name, file_sha256=name, mapping={"text": "留言详情"}, state="done", started_by=world[who],
            started_at=world.now, rows_total=10, rows_done=10, created=9, refused=1,
        )  # fmt: skip

    own, other = run("三月.csv", "nobody"), run("二月.xlsx", "intake")
    RefusedRow.objects.create(run=own, row=7, cells_sealed="SEALED-CELLS", why="时间认不出来")
    page = staff(world, "admin").get(f"/office/case_files/importrun/{own.pk}/change/").content.decode()
    assert "第 7 行：时间认不出来" in page and "SEALED-CELLS" not in page and "留言详情" in page
    assert {row.pk for row in rows(staff(world, "intake"), "case_files/importrun/")} == {own.pk, other.pk}
    assert [row.pk for row in rows(area_keeper(world, world.grids[0]), "case_files/importrun/")] == [own.pk]


# --- cases -----------------------------------------------------------------------------------------------------------


def test_cases_are_read_with_their_stories_and_changed_nowhere(world: World) -> None:
    case = world.dispatched()
    steps = StoryStep.objects.filter(case=case).count()
    client = staff(world, "dispatcher")
    page = client.get(f"/office/cases/case/{case.pk}/change/").content.decode()
    assert "三支队伍也解决不了" in page and "派遣" in page and "白派遣" in page
    assert 'name="_save"' not in page
    assert client.post(f"/office/cases/case/{case.pk}/change/", {"title": "盗改", "stage": "closed"}).status_code == 403
    assert client.get("/office/cases/case/add/").status_code == 403
    case.refresh_from_db()
    assert (case.stage, StoryStep.objects.filter(case=case).count()) == ("handling", steps)


def test_cases_beyond_reach_are_not_there(world: World) -> None:
    near = world.reported("第一格的事")
    client = area_keeper(world, world.grids[1])
    assert rows(client, "cases/case/") == []
    assert client.get(f"/office/cases/case/{near.pk}/change/").status_code == 302
    assert [row.pk for row in rows(staff(world, "worker"), "cases/case/")] == [near.pk]


def test_a_superuser_who_looks_without_a_post_leaves_a_mark(world: World) -> None:
    case = world.reported()
    client = operator(world)
    assert rows(client, "cases/case/") == [case]
    assert not Look.objects.exists()
    client.get(f"/office/cases/case/{case.pk}/change/")
    assert [(look.actor.username, look.purpose, look.subject_id) for look in Look.objects.all()] == [("operator", "case.office", str(case.pk))]  # fmt: skip
