"""Ledgers of every kind of work: only what one may see, narrowed by the address, the same as a table and on paper."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.modules.case_desk import said
from tests.world import SIDE, SOUTH, WEST, World, build
from yemai.base.audit.models import Entry, Look
from yemai.desks.ledgers.kinds import LEDGERS
from yemai.modules.cameras.models import Camera
from yemai.modules.cases.models import HotCase, HotIssue
from yemai.modules.cases.terms import ReturnReason, Verb
from yemai.modules.components.models import Component
from yemai.modules.planning.models import Station

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: Any, clock: Any) -> World:
    found = build(now)
    spot = {"lon": WEST + SIDE / 2, "lat": SOUTH + SIDE / 2, "node": found.grids[0]}
    Camera.objects.create(name="路口一号", owner="派出所", contact="值班室", **spot)
    Station.objects.create(name="便民站", **spot)
    Component.objects.create(code="9901010101010001", name="路灯", surveyed_on=date(2026, 1, 5), **spot)
    return found


def table(world: World, who: str, kind: str, asked: str = "") -> list[tuple[Any, ...]]:
    answer = world.client(who).get(f"/ledgers/{kind}/ledger.xlsx{asked}")
    assert answer.status_code == 200, said(answer)
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    return list(sheet.iter_rows(min_row=2, values_only=True))


def test_each_kind_of_work_has_its_ledger_for_whom_it_is(world: World) -> None:
    case = world.dispatched()
    world.step(case, Verb.RETURN, "sanitation", return_reason=ReturnReason.NOT_MINE, text="不归我们")
    issue = HotIssue.objects.create(
        words="垃圾 没人收",
        node=world.grids[0],
        path=world.grids[0].path,
        first_at=world.now,
        last_at=world.now,
        found_at=world.now,
    )
    HotCase.objects.create(issue=issue, case=case, how="job", added_at=world.now)
    seen = {
        ("supervisor", "cases"): "3栋楼下垃圾没人收", ("supervisor", "hot"): "垃圾", ("supervisor", "assignments"): "不归我们",
        ("secretary", "posts"): "王网格", ("supervisor", "buildings"): "丽发新城", ("admin", "stations"): "便民站",
        ("supervisor", "components"): "路灯", ("supervisor", "cameras"): "值班室",
    }  # fmt: skip
    for (who, kind), words in seen.items():
        assert words in said(world.client(who).get(f"/ledgers/{kind}/")), kind
        paper = said(world.client(who).get(f"/ledgers/{kind}/print/"))
        assert words in paper and "试验镇" in paper and "打印日期：2026-03-04" in paper, kind
    assert set(LEDGERS) - {kind for _who, kind in seen} == {"adjustments"}
    assert world.client("admin").get("/ledgers/adjustments/").status_code == 200
    assert world.client("worker").get("/ledgers/posts/").status_code == 403
    assert world.client("worker").get("/ledgers/nothing/").status_code == 404
    assert world.client("nobody").get("/ledgers/").status_code == 403


def test_one_sees_only_one_s_own_ground(world: World) -> None:
    world.reported("近处的事")
    world.reported("远处的事", lon=WEST + SIDE * 1.5)
    words = said(world.client("worker").get("/ledgers/cases/"))
    assert "近处的事" in words and "远处的事" not in words
    assert "丽发新城" not in said(world.client("stranger").get("/ledgers/buildings/"))


def test_the_table_is_the_list_as_narrowed(world: World) -> None:
    world.reported("路灯不亮")
    world.reported("井盖松动", lon=WEST + SIDE * 1.5)
    ground = world.grids[1].path
    for asked, count in (
        ("", 2), ("?q=路灯", 1), ("?q=没有", 0), (f"?node={ground}", 1), ("?since=2026-03-04", 2), ("?since=2026-03-05", 0),
        ("?until=2026-03-04", 2), ("?until=2026-03-03", 0), ("?since=不是日子", 2), ("?page=99", 2),
    ):  # fmt: skip
        assert len(table(world, "supervisor", "cases", asked)) == count, asked
        answer = world.client("supervisor").get(f"/ledgers/cases/{asked}")
        assert answer.context["page"].paginator.count == count, asked
    assert Entry.objects.filter(action="export_ledger").count() == 10


def test_who_takes_people_away_is_on_record(world: World) -> None:
    rows = table(world, "secretary", "posts", "?q=王网格")
    assert [row[0] for row in rows] == ["王网格"]
    assert [look.subject_id for look in Look.objects.filter(purpose="ledger")] == [str(world.people["worker"].pk)]


def test_only_who_exports_takes_a_table_and_no_cell_is_a_formula(world: World) -> None:
    world.reported("=1+1")
    assert world.client("worker").get("/ledgers/cases/ledger.xlsx").status_code == 403
    assert any("'=1+1" in row for row in table(world, "supervisor", "cases"))
