"""The register of components: a survey's table as offices keep it, taken in whole, with the sure rows, or not at all."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.modules.case_desk import said
from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.audit.models import Entry
from yemai.base.people.models import Appointment, PostKind
from yemai.kernel.coordinates import from_wgs84
from yemai.modules.adjustments.models import Adjustment
from yemai.modules.components.models import Component

pytestmark = pytest.mark.django_db
LON, LAT = WEST + SIDE / 2, SOUTH + SIDE / 2
HEAD = ["部件标识码", "部件名称", "经度", "纬度", "主管部门名称", "状态", "普查日期"]
BOX = f"{WEST},{SOUTH},{WEST + 3 * SIDE},{SOUTH + SIDE}"


def row(number: int, lon: float = LON, lat: float = LAT, **other: Any) -> list[Any]:
    values = {
        "code": f"9901010118{number:06d}",
        "name": "路灯",
        "department": "路灯所",
        "state": "完好",
        "day": "2026-01-31",
    }
    values |= other
    return [values["code"], values["name"], lon, lat, values["department"], values["state"], values["day"]]


def sheet(*rows: list[Any]) -> SimpleUploadedFile:
    """With a title above the heading, as such tables come."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["试验镇部件普查表"])
    page.merge_cells("A1:G1")
    page.append(HEAD)
    for one in rows:
        page.append(one)
    held = io.BytesIO()
    book.save(held)
    return SimpleUploadedFile("部件.xlsx", held.getvalue())


def taken(client: Client, file: SimpleUploadedFile, **given: Any) -> Any:
    return client.post("/components/take-in/", {"file": file, "crs": "WGS84", **given})


def test_a_survey_is_taken_in_and_brought_up_to_date(world: World) -> None:
    client = world.client("admin")
    answer = taken(client, sheet(row(1), row(2, lon=LON + SIDE)))
    assert answer.status_code == 200, said(answer)
    assert "新登记 2 个" in said(answer)
    assert set(Component.objects.values_list("node", flat=True)) == {world.grids[0].pk, world.grids[1].pk}
    again = taken(client, sheet(row(1, state="破损"), row(2, lon=LON + SIDE)))
    assert "新登记 0 个，更新 1 个，没有变化 1 个" in said(again)
    assert Component.objects.get(code__endswith="000001").condition == "damaged"
    assert Entry.objects.filter(action="take_in_components").count() == 2
    lamp = Component.objects.get(code__endswith="000001")
    assert "破损" in said(world.client("worker").get(f"/components/{lamp.pk}/"))
    assert world.client("stranger").get(f"/components/{lamp.pk}/").status_code == 404
    assert "路灯" in said(world.client("worker").get("/components/?q=990101"))


def test_with_a_doubt_nothing_is_written_unless_the_others_are_wanted(world: World) -> None:
    client = world.client("admin")
    bad = [
        row(1), row(2, code="99010101180000"), row(3, code="9901017718000003"), row(4, lon="东边"), row(5, lon=LON + 9),
        row(6, state="很好"), row(7, day="去年"), row(8, name=""), row(1, name="重复"),
    ]  # fmt: skip
    held = taken(client, sheet(*bad))
    assert held.status_code == 422
    assert Component.objects.count() == 0
    for words in ("16 位", "77", "不是数字", "不在您管理的微网格里", "很好", "日期", "名称空着", "出现了两次"):
        assert words in said(held), words
    assert taken(client, sheet(*bad), skips="on").status_code == 200
    assert list(Component.objects.values_list("name", flat=True)) == ["路灯"]


def test_a_code_of_somebody_else_s_ground_is_not_taken_over(world: World) -> None:
    Component.objects.create(code="9901010118000001", name="旧灯", node=world.town, lon=LON, lat=LAT)
    kind = PostKind.objects.get(key="system-administrator")
    Appointment.objects.create(
        person=world["secretary"], post_kind=kind, node=world.village, valid_from=date(2026, 1, 1)
    )
    held = taken(world.client("secretary"), sheet(row(1)))
    assert held.status_code == 422
    assert "范围之外" in said(held)
    assert Component.objects.get().name == "旧灯"


def test_points_of_another_reference_system_land_where_they_are(world: World) -> None:
    lon, lat = from_wgs84(LON, LAT, "GCJ02")
    taken(world.client("admin"), sheet(row(1, lon=lon, lat=lat)), crs="GCJ02")
    one = Component.objects.get()
    assert (one.lon, one.lat) == (pytest.approx(LON, abs=1e-6), pytest.approx(LAT, abs=1e-6))
    assert taken(world.client("admin"), sheet(row(2)), crs="月球").status_code == 422


def test_a_file_that_is_none_says_so(world: World) -> None:
    client = world.client("admin")
    assert taken(client, SimpleUploadedFile("x.pdf", b"%PDF")).status_code == 422
    lacking = taken(client, SimpleUploadedFile("x.csv", "名称,经度\n路灯,120\n".encode()))
    assert lacking.status_code == 422
    assert "标识码" in said(lacking)
    assert world.client("worker").post("/components/take-in/").status_code == 403


def test_components_are_on_the_map_and_follow_the_ground(world: World) -> None:
    taken(world.client("admin"), sheet(row(1), row(2, lon=LON + SIDE)))
    found = world.client("dispatcher").get(f"/map/things.json?bbox={BOX}&layers=components").json()
    assert found["counts"]["components"] == 2
    assert {one["properties"]["layer"] for one in found["features"]} == {"component"}
    client, grid = world.client("admin"), world.grids[0]
    client.post(
        f"/adjustments/new/{grid.pk}/merge/",
        {"on": timezone.localdate().isoformat(), "others": [world.grids[1].pk], "name": "东风一网格"},
    )
    client.post(f"/adjustments/{Adjustment.objects.get().pk}/confirm/")
    assert {one.node.name for one in Component.objects.select_related("node")} == {"东风一网格"}
