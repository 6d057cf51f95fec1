"""Buildings from the sheets offices keep and from layers of footprints: looked at first, nothing guessed, nothing doubled."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from tests.contract.deployment import deployment
from tests.modules.case_desk import said
from tests.modules.test_territory_import import zipped
from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.audit.models import Entry
from yemai.base.jobs.actions import run_due
from yemai.base.territory.actions import NodeDraft, lay_nodes
from yemai.base.territory.address import find_address
from yemai.base.territory.geometry import stored
from yemai.base.territory.models import AddressAlias, Building, Door, Estate, Node
from yemai.gates.boundary_files.buildings.reading import read_buildings
from yemai.gates.boundary_files.commands import WantedBuildings, import_buildings, write_building_findings
from yemai.gates.boundary_files.models import BoundaryRun
from yemai.kernel.coordinates import from_wgs84, geometry_from_wgs84
from yemai.kernel.refusals import Refused

pytestmark = pytest.mark.django_db
ZONE = "CGCS2000 / 3-degree zone 40"


def at(column: float, row: float = 0.5) -> tuple[float, float]:
    """A point by micro-grids: (0.5, 0.5) is the middle of the first."""
    return round(WEST + column * SIDE, 7), round(SOUTH + row * SIDE, 7)


def office_sheet(crs: str = "WGS84") -> bytes:
    """A sheet as an office keeps it: title and date above, a heading of two lines with merged cells, an estate over its rows."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["B2"] = "试验镇东风村楼栋基本情况表"
    sheet.merge_cells("B2:L2")
    sheet["B3"], sheet["H3"] = "填表单位：东风村委会", "2026年3月"
    for number, (top, *below) in enumerate(
        [("序号",), ("小 区",), ("幢号",), ("地址",), ("规模", "户数（户）", "层数", "单元数"), ("位置", "经度", "纬度"), ("备注",)]
    ):  # fmt: skip
        column = 2 + number + (2 if number > 4 else 0) + (1 if number > 5 else 0)
        sheet.cell(4, column, top)
        for step, word in enumerate(below):
            sheet.cell(5, column + step, word)
        end_row, end_column = (4, column + len(below) - 1) if below else (5, column)
        sheet.merge_cells(start_row=4, start_column=column, end_row=end_row, end_column=end_column)
    rows = [
        (1, "和平苑", 1, "和平路8号", 36, 6, 3, at(0.2)), (2, None, 2, "和平路10号", "24户", 6, "1单元、2单元", at(0.4)),
        (3, None, "3幢", None, 12, 11, None, at(0.6)), None, (4, "向阳里", "甲", "向阳路1号", 8, 2, 1, at(1.5)),
    ]  # fmt: skip
    for number, row in enumerate(rows, start=6):
        if row is None:
            continue
        *cells, (lon, lat) = row
        for step, cell in enumerate([*cells, *from_wgs84(lon, lat, crs), ""]):
            sheet.cell(number, 2 + step, cell)
    sheet.merge_cells("C6:C8")
    sheet["B12"] = "填表人：张三"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(rows: Iterable[Sequence[Any]], encoding: str = "utf-8") -> bytes:
    """CSV."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def uploaded(client: Client, name: str, content: bytes) -> Any:
    """The page on which columns are agreed to."""
    return client.post("/boundaries/", {"subject": "buildings", "file": SimpleUploadedFile(name, content)})


def looked(client: Client, file: str, content: bytes, /, **more: str) -> BoundaryRun:
    """Upload, agree to the guessed columns, let the worker look."""
    page = uploaded(client, file, content)
    assert page.status_code == 200, said(page)
    chosen = {field: heading for field, _label, heading in page.context["fields"]}
    sent = {
        "subject": "buildings", "token": page.context["token"], "shown": file, "layer": page.context["sheet"],
        "crs": page.context["crs"], **chosen, **more,
    }  # fmt: skip
    began = client.post("/boundaries/begin/", sent)
    assert began.status_code == 302, said(began)
    run_due(timezone.now(), 100)
    return BoundaryRun.objects.latest("pk")


def written(client: Client, run: BoundaryRun, *mend: str) -> Any:
    """Press the button, let the worker write; the page then."""
    assert client.post(f"/boundaries/{run.pk}/write/", {"mend": mend}).status_code == 302
    run_due(timezone.now(), 100)
    run.refresh_from_db()
    return client.get(f"/boundaries/{run.pk}/")


def doubts(run: BoundaryRun) -> list[tuple[int, str]]:
    """What was found, by row."""
    return sorted((row["row"], row["doubt"]) for row in run.findings)


def taken(path: Path, *accepted: str, only_check: bool = False, crs: str = "", **columns: str) -> Any:
    """As the command line does it: what was looked at and what was written."""
    wanted = WantedBuildings(crs, columns.pop("layer", ""), columns)
    return import_buildings(path, wanted, accepted, only_check=only_check, say=lambda _words: None)


HEAD = ["小区", "楼栋", "户数", "经度", "纬度", "微网格编码", "微网格"]


def test_a_sheet_with_merged_cells_is_shown_first_and_then_written(world: World) -> None:
    client = world.client("admin")
    page = uploaded(client, "楼栋.xlsx", office_sheet())
    assert {field: heading for field, _label, heading in page.context["fields"] if heading} == {
        "estate": "小 区", "name": "幢号", "address": "地址", "households": "户数（户）", "floors": "层数", "units": "单元数",
        "lon": "经度", "lat": "纬度",
    }  # fmt: skip
    run = looked(client, "楼栋.xlsx", office_sheet())
    assert (run.state, run.rows, run.findings) == (BoundaryRun.State.SURVEYED, 4, [])
    assert Building.objects.count() == 1, "only what stood before"
    shown = json.loads(b"".join(client.get(f"/boundaries/{run.pk}/preview.json").streaming_content))  # type: ignore[attr-defined]  # a file
    assert [one["properties"]["name"] for one in shown["features"]] == [
        "和平苑1幢",
        "和平苑2幢",
        "和平苑3幢",
        "向阳里甲幢",
    ]
    assert "没有发现问题" in said(client.get(f"/boundaries/{run.pk}/"))
    page = written(client, run)
    assert run.result | {"created": 4, "changed": 0, "estates": 2, "entrances": 6, "left": 0} == run.result
    assert "已写入" in said(page)
    peace = Estate.objects.get(name="和平苑")
    assert peace.node == world.grids[0], "the lowest node that holds all its buildings"
    rows = peace.buildings.order_by("pk").values_list("name", "households", "floors", "node")
    assert list(rows) == [("1幢", 36, 6, peace.node_id), ("2幢", 24, 6, peace.node_id), ("3幢", 12, 11, peace.node_id)]
    assert [one.name for one in peace.buildings.get(name="2幢").entrances.order_by("name")] == ["1单元", "2单元"]
    assert Building.objects.get(name="甲幢").node == world.grids[1]
    assert find_address("和平路10号门口有垃圾")[0].building_id == peace.buildings.get(name="2幢").pk
    assert find_address("和平苑3号楼")[0].building_id == peace.buildings.get(name="3幢").pk
    told = Entry.objects.get(action="house")
    assert (told.actor, told.after["created"], told.after["source"]) == (world["admin"], 4, "楼栋.xlsx")


def test_the_same_file_again_changes_nothing_and_another_brings_up_to_date(world: World) -> None:
    client = world.client("admin")
    written(client, looked(client, "楼栋.xlsx", office_sheet()))
    run = looked(client, "楼栋.xlsx", office_sheet())
    written(client, run)
    assert run.result | {"created": 0, "changed": 0, "same": 4, "estates": 0, "entrances": 0} == run.result
    assert Entry.objects.filter(action="house").count() == 1, "nothing was done, nothing is recorded"
    fresh = table(
        [["小区名称", "楼号", "编码", "总户数"], ["丽发新城", "三号楼", "00003", "52"], ["和平苑", "01", "H1", ""]]
    )
    run = looked(client, "更新.csv", fresh)
    assert run.findings == [], "what stands needs no place"
    written(client, run)
    assert run.result | {"created": 0, "changed": 2, "same": 0} == run.result
    old = Building.objects.get(pk=world.building.pk)
    assert (old.name, old.households, old.floors, old.node) == ("3栋", 52, 6, world.grids[0]), "the rest stays"
    peace = Building.objects.get(name="1幢")
    assert (peace.code, peace.households) == ("H1", 36)
    entry = Entry.objects.get(action="correct_building", object_id=str(old.pk))
    assert (entry.before, entry.after) == ({"households": 48}, {"households": 52})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_its_encodings_with_a_heading_of_two_lines(world: World, encoding: str) -> None:
    rows = [
        ["楼栋台账"], ["小区", "楼栋", "位置", "", "规模", ""], ["", "", "经度", "纬度", "户数", "层数"],
        ["和平苑", "1", *map(str, at(0.5)), "36", "6"], [], ["和平苑", "2", *map(str, at(1.5)), "24", "6"],
    ]  # fmt: skip
    client = world.client("admin")
    run = looked(client, "楼栋.csv", table(rows, encoding))
    written(client, run)
    made = Building.objects.filter(estate__name="和平苑").order_by("pk").values_list("name", "households", "floors")
    assert list(made) == [("1栋", 36, 6), ("2栋", 24, 6)]
    assert Estate.objects.get(name="和平苑").node == world.village


@pytest.mark.parametrize("crs", ["WGS84", "GCJ02", "BD09", "CGCS2000", ZONE])
def test_coordinates_in_any_of_the_systems(world: World, crs: str) -> None:
    client = world.client("admin")
    written(client, looked(client, "楼栋.xlsx", office_sheet(crs), crs=crs))
    made = Building.objects.get(name="甲幢")
    assert (made.lon, made.lat) == pytest.approx(at(1.5), abs=1e-6)
    assert made.node == world.grids[1]


def test_nothing_is_guessed_and_every_doubt_has_its_row(world: World) -> None:
    grids = world.grids
    rows = [
        HEAD,
        ["和平苑", "1栋", "36", *at(0.5), "", ""],
        ["和平苑", "", "12", *at(0.5), "", ""],
        ["和平苑", "01号楼", "36", *at(0.5), "", ""],
        ["和平苑", "2栋", "36", "", "", "404", ""],
        ["和平苑", "3栋", "36", "", "", "", "没有的网格"],
        ["和平苑", "4栋", "36", *at(9), "", ""],
        ["和平苑", "5栋", "36", *at(1), "", ""],
        ["和平苑", "6栋", "三四十户", *at(0.5), "", ""],
        ["和平苑", "7栋", "36", *at(2.5), grids[0].code, ""],
        ["和平苑", "8栋", "36", "", "", "", ""],
        ["和平苑", "9栋", "36", "东经一百二", "31.3", "", ""],
        ["", "10栋", "36", *at(0.5), "", ""],
        ["无", "大礼堂", "", *at(0.5), "", ""],
        ["和平苑", "11栋", "36", "", "", world.village.code, ""],
        ["和平苑", "2026-11-02", "36", *at(0.5), "", ""],
        ["丽发新城", "3栋", "48", *at(1.5), "", ""],
    ]
    client = world.client("admin")
    run = looked(client, "楼栋.csv", table(rows))
    assert doubts(run) == [
        (3, "no-name"), (4, "same-building"), (5, "unknown-grid"), (6, "unknown-grid"), (7, "outside"), (8, "edge"),
        (9, "bad-households"), (10, "misplaced"), (11, "no-place"), (12, "bad-point"), (13, "no-estate"),
        (15, "unknown-grid"), (16, "no-name"), (17, "moved"),
    ]  # fmt: skip
    page = said(client.get(f"/boundaries/{run.pk}/"))
    for words in ("第 8 行", "与第 2 行相同", "采用建议的微网格", "请改成数字，或勾选不写户数", "点落在 第3微网格"):
        assert words in page
    written(client, run)
    assert run.result | {"created": 2, "left": 14} == run.result
    assert set(Building.objects.exclude(pk=world.building.pk).values_list("name", flat=True)) == {"1栋", "大礼堂"}
    assert Building.objects.get(name="大礼堂").estate is None
    assert Building.objects.get(pk=world.building.pk).node == grids[0]


def test_what_is_ticked_is_done_one_by_one_or_all_of_a_kind(world: World) -> None:
    grids = world.grids
    rows = [
        HEAD,
        ["和平苑", "1栋", "许多", *at(0.5), "", ""],
        ["", "2栋", "12", *at(1), "", ""],
        ["和平苑", "3栋", "没数过", *at(0.5), "", ""],
        ["和平苑", "4栋", "8", *at(2.5), "", grids[0].name],
        ["丽发新城", "3栋", "50", *at(1.5), "", ""],
    ]
    client = world.client("admin")
    run = looked(client, "楼栋.csv", table(rows))
    page = written(client, run, "bad-households:2", "no-estate", "edge", "misplaced", "moved")
    assert run.result | {"created": 3, "changed": 1, "left": 1, "mended": 5} == run.result
    assert [row["row"] for row in run.findings] == [4]
    assert "没数过" in said(page)
    made = {one.name: one for one in Building.objects.filter(estate__name="和平苑")}
    assert {name: (one.households, one.node) for name, one in made.items()} == {
        "1栋": (0, grids[0]), "2栋": (12, grids[0]), "4栋": (8, grids[0]),
    }  # fmt: skip
    assert Building.objects.get(pk=world.building.pk).node == grids[1]
    assert Door.objects.get().node == grids[1], "doors go along"


def test_rows_by_unit_become_one_building_where_that_is_ticked(world: World) -> None:
    rows = [
        ["小区", "楼栋", "单元", "户数", "层数", "经度", "纬度"],
        *([["和平苑", "1栋", unit, "12", "6", *at(0.5)] for unit in ("1", "2", "3")]),
        ["和平苑", "2栋", "2", "24", "6", *at(0.5)],
    ]
    client = world.client("admin")
    run = looked(client, "楼栋.csv", table(rows))
    assert doubts(run) == [(2, "by-unit"), (3, "by-unit"), (4, "by-unit")]
    written(client, run, "by-unit")
    made = Building.objects.get(name="1栋")
    assert made.households == 36
    assert [one.name for one in made.entrances.order_by("name")] == ["1单元", "2单元", "3单元"]
    assert Building.objects.get(name="2栋").entrances.count() == 2


def test_one_name_in_two_communities_is_asked_about(world: World) -> None:
    other = Node.objects.create(
        code="990101001002",
        tier=world.village.tier,
        parent=world.town,
        name="西风村",
        path="x",
        valid_from="2020-01-01",
    )
    other.path = f"{world.town.path}{other.pk:07d}"
    other.save()
    Node.objects.filter(pk=world.grids[2].pk).update(parent=other, path=f"{other.path}{world.grids[2].pk:07d}")
    rows = [HEAD, *(["幸福里", f"{n}栋", "10", "", "", world.grids[g].code, ""] for n, g in ((1, 0), (2, 0), (3, 2)))]
    client = world.client("admin")
    run = looked(client, "楼栋.csv", table(rows))
    assert doubts(run) == [(4, "spread")]
    written(client, run, "spread")
    assert Estate.objects.get(name="幸福里").node == world.town
    assert Building.objects.filter(estate__name="幸福里").count() == 3


@pytest.mark.parametrize(("name", "driver"), [("a.geojson", "GeoJSON"), ("a.gpkg", "GPKG")])
def test_footprints_with_attributes(world: World, tmp_path: Path, name: str, driver: str) -> None:
    shapes = [shapely.Point(at(0.5 + n)).buffer(1e-4, cap_style="square") for n in range(2)]
    shapes.append(shapely.Polygon([at(2.2), at(2.4, 0.6), at(2.4), at(2.2, 0.6)]))
    columns = [["和平苑"] * 3, ["1幢", "2幢", "3幢"], [6, 11, 6], [24.0, 44.0, 12.0]]
    pyogrio.raw.write(
        tmp_path / name, shapely.to_wkb(np.array(shapes, dtype=object)),
        [np.array(columns[0], dtype=object), np.array(columns[1], dtype=object), np.array(columns[2]), np.array(columns[3])],
        fields=["小区名称", "幢号", "层数", "户数"], geometry_type="Polygon", crs="EPSG:4326", driver=driver,
    )  # fmt: skip
    client = world.client("admin")
    run = looked(client, name, (tmp_path / name).read_bytes())
    assert doubts(run) == [(3, "bad-shape")]
    written(client, run, "bad-shape")
    rows = Building.objects.filter(estate__name="和平苑").order_by("name")
    assert [(one.name, one.node, one.floors, one.households) for one in rows] == [
        ("1幢", world.grids[0], 6, 24), ("2幢", world.grids[1], 11, 44), ("3幢", world.grids[2], 6, 12),
    ]  # fmt: skip
    first = stored(rows[0].footprint)
    assert first is not None
    assert first.equals_exact(shapely.orient_polygons(shapes[0]), 1e-9) or first.equals(shapes[0])
    assert rows[0].lon == pytest.approx(at(0.5)[0])
    mended = stored(rows[2].footprint)
    assert mended is not None
    assert mended.is_valid


def test_footprints_in_a_zone_are_put_where_they_stand(world: World, tmp_path: Path) -> None:
    shape = geometry_from_wgs84(shapely.Point(at(1.5)).buffer(1e-4, cap_style="square"), ZONE)
    pyogrio.raw.write(
        tmp_path / "a.gpkg", shapely.to_wkb(np.array([shape], dtype=object)), [np.array(["1幢"], dtype=object)],
        fields=["幢号"], geometry_type="Polygon", crs="EPSG:4528", driver="GPKG",
    )  # fmt: skip
    _looked, housed = taken(tmp_path / "a.gpkg")
    assert housed is not None
    assert Building.objects.get(name="1幢").node == world.grids[1]


@pytest.mark.parametrize("is_plain", [False, True])
@pytest.mark.parametrize(("encoding", "is_told"), [("UTF-8", False), ("UTF-8", True), ("GB18030", False)])
def test_a_zipped_shapefile_whose_names_dbase_has_cut(
    world: World, tmp_path: Path, encoding: str, is_told: bool, is_plain: bool
) -> None:
    shape = shapely.Point(at(1.5)).buffer(1e-4, cap_style="square")
    (tmp_path / "shp").mkdir()
    estate, name, grid = ("HPY", "1", world.grids[1].code) if is_plain else ("和平苑", "1幢", "第2微网格")
    columns = [np.array(cells, dtype=object) for cells in ([estate], [name], [grid])]
    pyogrio.raw.write(
        tmp_path / "shp" / "a.shp", shapely.to_wkb(np.array([shape], dtype=object)), columns, fields=["小区名称", "幢号", "微网格"],
        geometry_type="Polygon", crs="EPSG:4326", driver="ESRI Shapefile", encoding=encoding,
    )  # fmt: skip
    if not is_told:
        (tmp_path / "shp" / "a.cpg").unlink()
    path = zipped(tmp_path / "shp", tmp_path / "a.zip")
    client = world.client("admin")
    written(client, looked(client, "a.zip", path.read_bytes()))
    made = Building.objects.get(name="1幢")
    assert (made.estate and made.estate.name, made.node) == (estate, world.grids[1])


def test_columns_named_by_hand_and_one_left_out(world: World, tmp_path: Path) -> None:
    rows = [["片区", "几号", "人家", "层数", "格"], ["和平苑", "1", "36", "六", world.grids[0].name]]
    (tmp_path / "a.csv").write_bytes(table(rows))
    with pytest.raises(Refused, match=r"没有找到写楼栋名称.*片区、几号、人家、层数、格"):
        taken(tmp_path / "a.csv")
    with pytest.raises(Refused, match="没有“几栋”这一列"):
        taken(tmp_path / "a.csv", name="几栋")
    given = {"name": "几号", "estate": "片区", "households": "人家", "grid_name": "格", "floors": ""}
    looked_at, housed = taken(tmp_path / "a.csv", **given)
    assert housed is not None
    assert (looked_at.judged.findings, housed.created) == ([], 1)
    made = Building.objects.get(estate__name="和平苑")
    assert (made.name, made.households, made.floors) == ("1栋", 36, None)
    client = world.client("admin")
    page = uploaded(client, "a.csv", table(rows))
    assert page.context["headings"] == rows[0], "the page asks"
    run = looked(client, "a.csv", table(rows), **given)
    assert run.rows == 1


def test_grids_of_one_name_are_told_apart_by_community_or_point_else_asked(world: World, tmp_path: Path) -> None:
    Node.objects.filter(pk__in=[grid.pk for grid in world.grids[:2]]).update(name="一网格")
    rows = [
        ["楼栋", "网格", "经度", "纬度"],
        ["1栋", "一网格", *at(1.5)],
        ["2栋", "一网格", "", ""],
        ["3栋", world.grids[2].code, "", ""],
    ]
    (tmp_path / "a.csv").write_bytes(table(rows))
    looked_at, _housed = taken(tmp_path / "a.csv")
    assert [(one.row, one.doubt.value) for one in looked_at.judged.findings] == [(3, "same-name-grids")]
    assert Building.objects.get(name="1栋").node == world.grids[1]
    assert Building.objects.get(name="3栋", estate=None).node == world.grids[2]


def test_codes_belong_to_one_building_for_ever(world: World, tmp_path: Path) -> None:
    grid = world.grids[0].code
    rows = [
        ["小区", "楼栋", "楼栋编码", "微网格编码"],
        ["和平苑", "1栋", "A1", grid], ["和平苑", "2栋", "A1", grid], ["丽发新城", "4栋", "00003", grid],
        ["丽发新城", "3栋", "00009", grid],
    ]  # fmt: skip
    (tmp_path / "a.csv").write_bytes(table(rows))
    looked_at, housed = taken(tmp_path / "a.csv")
    assert [(one.row, one.doubt.value) for one in looked_at.judged.findings] == [
        (3, "same-code"), (4, "mismatch"), (5, "mismatch"),
    ]  # fmt: skip
    assert housed.created == 1
    assert Building.objects.get(pk=world.building.pk).code == "00003"


def test_an_address_that_several_buildings_share_is_the_estates(world: World, tmp_path: Path) -> None:
    grid = world.grids[0].code
    rows = [
        ["小区", "楼栋", "地址", "网格编码"],
        ["和平苑", "1栋", "和平路100号", grid],
        ["和平苑", "2栋", "和平路100号", grid],
        ["和平苑", "3栋", "和平路102号", grid],
    ]
    (tmp_path / "a.csv").write_bytes(table(rows))
    taken(tmp_path / "a.csv")
    assert AddressAlias.objects.get(text="和平路100号").estate == Estate.objects.get(name="和平苑")
    assert AddressAlias.objects.get(text="和平路102号").building == Building.objects.get(
        name="3栋", estate__name="和平苑"
    )


def test_only_looking_writes_nothing_and_every_finding_goes_to_a_file(world: World, tmp_path: Path) -> None:
    rows = [HEAD, ["和平苑", "1栋", "=很多", *at(0.5), "", ""], ["和平苑", "2栋", "1", *at(1), "", ""]]
    (tmp_path / "a.csv").write_bytes(table(rows))
    looked_at, housed = taken(tmp_path / "a.csv", only_check=True)
    assert (housed, Building.objects.count(), Estate.objects.count()) == (None, 1, 1)
    write_building_findings(looked_at, tmp_path / "out.csv")
    told = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8")))
    assert [(row["row"], row["doubt"], row["text"]) for row in told] == [
        ("3", "edge", "建议 第1微网格"), ("2", "bad-households", "'=很多"),
    ]  # fmt: skip
    assert "采用建议" in told[0]["what_to_do"]
    write_building_findings(looked_at, tmp_path / "out.geojson")
    drawn = json.loads((tmp_path / "out.geojson").read_text("utf-8"))["features"]
    assert drawn[0]["geometry"]["coordinates"] == pytest.approx(at(1))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.dwg", b"x", "不认识这种文件"), ("a.xlsx", b"PK\x03\x04", "打不开"), ("a.csv", b"", "空的"),
        ("a.gpkg", b"SQLite", "打不开"),
    ],
)  # fmt: skip
def test_a_bad_file_is_said(world: World, name: str, content: bytes, words: str) -> None:
    answer = uploaded(world.client("admin"), name, content)
    assert answer.status_code == 422
    assert words in said(answer)
    assert BoundaryRun.objects.count() == 0


def test_a_bad_system_or_a_missing_name_is_said_on_the_page(world: World) -> None:
    client = world.client("admin")
    run = looked(client, "楼栋.xlsx", office_sheet(), crs="MARS")
    assert "不认识坐标系 MARS" in said(client.get(f"/boundaries/{run.pk}/"))
    run = looked(client, "楼栋.xlsx", office_sheet(), name="")
    assert "没有找到写楼栋名称" in said(client.get(f"/boundaries/{run.pk}/"))


def test_the_sheet_that_holds_buildings_is_read_and_the_others_are_named(world: World, tmp_path: Path) -> None:
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "说明"
    first.append(["请按格式填写"])
    for title in ("东风村", "西风村"):
        sheet = book.create_sheet(title)
        sheet.append(["楼栋", "户数"])
        sheet.append([f"{title}1栋", 3])
    book.save(tmp_path / "a.xlsx")
    source = read_buildings(tmp_path / "a.xlsx")
    assert (source.sheet, source.unread) == ("东风村", ("说明", "西风村"))
    assert [line.cells["楼栋"] for line in read_buildings(tmp_path / "a.xlsx", layer="西风村").lines] == ["西风村1栋"]
    with pytest.raises(Refused, match="没有“南风村”这个工作表"):
        read_buildings(tmp_path / "a.xlsx", layer="南风村")
    page = uploaded(world.client("admin"), "a.xlsx", (tmp_path / "a.xlsx").read_bytes())
    assert "没有读的：说明、西风村" in said(page)


def test_pressed_twice_it_is_written_once(world: World) -> None:
    client = world.client("admin")
    run = looked(client, "楼栋.xlsx", office_sheet())
    client.post(f"/boundaries/{run.pk}/write/")
    assert client.post(f"/boundaries/{run.pk}/write/").status_code == 409
    run_due(timezone.now(), 100)
    assert Building.objects.count() == 5


def test_a_grid_closed_in_between_is_no_longer_taken(world: World) -> None:
    client = world.client("admin")
    run = looked(client, "楼栋.csv", table([HEAD, ["和平苑", "1栋", "3", "", "", world.grids[1].code, ""]]))
    Node.objects.filter(pk=world.grids[1].pk).update(valid_to="2026-01-01")
    written(client, run)
    assert run.result | {"created": 0, "left": 1} == run.result
    assert doubts(run) == [(2, "unknown-grid")]


def test_a_building_is_known_by_its_whole_name_in_one_column(world: World, tmp_path: Path) -> None:
    hall = Building.objects.create(node=world.grids[0], name="东风村老年活动中心")
    yard = Building.objects.create(node=world.grids[0], name="和平苑1栋")
    rows = [
        ["楼栋", "户数", "微网格"],
        ["丽发新城三号楼", "51", ""],
        ["东风村老年活动中心", "1", world.grids[1].name],
        ["粮站宿舍2栋", "9", world.grids[1].name],
    ]
    (tmp_path / "a.csv").write_bytes(table(rows))
    looked_at, housed = taken(tmp_path / "a.csv")
    assert [(one.row, one.doubt.value) for one in looked_at.judged.findings] == [(3, "moved")]
    assert (housed.created, housed.changed) == (1, 1)
    assert Building.objects.get(pk=world.building.pk).households == 51
    assert Building.objects.get(name="粮站宿舍2栋").estate is None
    taken(tmp_path / "a.csv", "moved")
    hall.refresh_from_db()
    assert (hall.node, hall.households) == (world.grids[1], 1)
    (tmp_path / "b.csv").write_bytes(table([HEAD, ["和平苑", "1号楼", "30", *at(0.5), "", ""]]))
    taken(tmp_path / "b.csv")
    yard.refresh_from_db()
    assert (yard.households, yard.estate) == (30, None)
    assert not Estate.objects.filter(name="和平苑").exists(), "not doubled under an estate of its own"


def test_words_too_long_are_told_by_row_and_never_cut(world: World, tmp_path: Path) -> None:
    grid = world.grids[0].code
    rows = [["楼栋", "楼宇编码", "地址", "网格编码"], ["长" * 81, "", "", grid], ["大礼堂", "9" * 41, "路" * 81, grid]]
    (tmp_path / "a.csv").write_bytes(table(rows))
    looked_at, housed = taken(tmp_path / "a.csv")
    assert [(one.row, one.doubt.value) for one in looked_at.judged.findings] == [
        (2, "too-long"),
        (3, "too-long"),
        (3, "too-long"),
    ]
    assert housed.created == 0


def test_degrees_minutes_and_seconds(world: World, tmp_path: Path) -> None:
    rows = [["楼栋", "经度", "纬度"], ["大礼堂", "120°36′03.6″", "北纬31°18'3.6\""], ["二楼", "120°61′", "31.3"]]
    (tmp_path / "a.csv").write_bytes(table(rows))
    looked_at, _housed = taken(tmp_path / "a.csv")
    assert [(one.row, one.doubt.value) for one in looked_at.judged.findings] == [(3, "bad-point")]
    made = Building.objects.get(name="大礼堂")
    assert (made.lon, made.lat) == pytest.approx((120.601, 31.301))


def test_every_finding_can_be_taken_along(world: World) -> None:
    client = world.client("admin")
    many = [["和平苑", f"{n}栋", "许多", *at(0.5), "", ""] for n in range(1, 401)]
    run = looked(client, "楼栋.csv", table([HEAD, *many]))
    assert (run.counts, len(run.findings)) == ({"bad-households": 400}, 300)
    assert "只列出前 300 处" in said(client.get(f"/boundaries/{run.pk}/"))
    file = client.get(f"/boundaries/{run.pk}/findings.csv")
    rows = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]  # a file
    assert len(rows) == 401
    assert rows[400][:5] == ["401", "户数不是数字", "和平苑400栋", "许多", "请改成数字，或勾选不写户数。"]


@pytest.mark.parametrize("who", ["worker", "leader", "sanitation"])
def test_only_who_may_draw_the_whole_town_brings_buildings(world: World, who: str) -> None:
    run = looked(world.client("admin"), "楼栋.xlsx", office_sheet())
    client = world.client(who)
    assert uploaded(client, "楼栋.xlsx", office_sheet()).status_code in (403, 404)
    for address in ("", "findings.csv", "preview.json"):
        assert client.get(f"/boundaries/{run.pk}/{address}").status_code in (403, 404)
    assert client.post(f"/boundaries/{run.pk}/write/").status_code in (403, 404)
    run.refresh_from_db()
    assert run.state == BoundaryRun.State.SURVEYED


@pytest.mark.no_database
def test_from_the_command_line(tmp_path: Path) -> None:
    grid = {
        "type": "Feature",
        "properties": {"n": "一格", "c": "G1"},
        "geometry": json.loads(shapely.to_geojson(shapely.box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + SIDE))),
    }
    (tmp_path / "grids.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [grid]}), "utf-8")
    (tmp_path / "楼栋.xlsx").write_bytes(office_sheet("GCJ02"))
    (tmp_path / "坏.csv").write_bytes(table([["号", "户数"], ["1栋", "许多"]]))
    with deployment(tmp_path / "data") as place:
        none = place.run("territory", "import", "楼栋.xlsx", "--buildings")
        assert "There is no ground yet" in none.stderr
        drawn = place.run(
            "territory", "import", "grids.geojson", "--tier", "micro-grid", "--name-field", "n", "--code-field", "c"
        )
        assert drawn.returncode == 0, drawn.stderr
        seen = place.run("territory", "import", "楼栋.xlsx", "--buildings", "--crs", "gcj-02", "--check")
        assert "4 could be written (4 new), 0 could not. Nothing was written." in seen.stdout, seen.stderr
        assert "name=幢号" in seen.stderr
        done = place.run("territory", "import", "楼栋.xlsx", "--buildings", "--crs", "gcj-02")
        assert (done.returncode, done.stdout.strip()) == (
            0, "4 buildings added, 0 brought up to date, 0 already so, 0 left out; 2 estates and 6 units added."
        ), done.stderr  # fmt: skip
        again = place.run("territory", "import", "楼栋.xlsx", "--buildings", "--crs", "gcj-02", "--repair", "all")
        assert "0 buildings added, 0 brought up to date, 4 already so" in again.stdout, again.stderr
        bad = place.run("territory", "import", "坏.csv", "--buildings", "--column", "name=号", "--findings", "todo.csv")
        assert bad.returncode == 1
        assert "bad-households: 1" in bad.stdout, bad.stderr
        assert "no-place: 1" in bad.stdout
        assert "--repair bad-households" in bad.stdout
        assert len((tmp_path / "todo.csv").read_text("utf-8").splitlines()) == 3
        for words in (["--column", "nmae=号"], ["--repair", "outside"], ["--column", "name=几号"]):
            wrong = place.run("territory", "import", "坏.csv", "--buildings", *words)
            assert wrong.returncode != 0
            assert "Traceback" not in wrong.stderr
            assert words[1].partition("=")[0] in wrong.stderr or "几号" in wrong.stderr


def test_three_thousand_real_footprints_in_gcj02_stand_where_they_stand(
    world: World, shared_data: Path, tmp_path: Path
) -> None:
    source = json.loads((shared_data / "buildings_suzhou.geojson").read_text("utf-8"))["features"]
    shapes = np.array([shapely.from_geojson(json.dumps(one["geometry"])) for one in source], dtype=object)
    west, south, east, north = shapely.total_bounds(shapes)
    tier, step = world.grids[0].tier, 4
    wide, high = (east - west) / step, (north - south) / step
    Node.objects.filter(pk__in=[grid.pk for grid in world.grids]).update(valid_to="2026-01-01")
    drafts = [
        NodeDraft(
            f"R{n}", f"第{n}格", tier, world.village.code,
            shapely.box(*(west + n % step * wide, south + n // step * high), *(west + (n % step + 1) * wide, south + (n // step + 1) * high)),
        )
        for n in range(step * step)
    ]  # fmt: skip
    lay_nodes(drafts, actor=None, now=world.now, source="试验")
    shifted = [geometry_from_wgs84(shape, "GCJ02") for shape in shapes]
    names = [f"{n}幢" for n in range(1, len(shapes) + 1)]
    pyogrio.raw.write(
        tmp_path / "a.gpkg", shapely.to_wkb(np.array(shifted, dtype=object)),
        [np.array(["古城小区"] * len(names), dtype=object), np.array(names, dtype=object), np.array([one["properties"]["floors"] for one in source])],
        fields=["小区", "幢号", "floors"], geometry_type="Unknown", crs="EPSG:4326", driver="GPKG",
    )  # fmt: skip
    looked_at, housed = taken(tmp_path / "a.gpkg", "edge", "bad-shape", crs="GCJ02")
    assert len(shapes) > 3_000
    assert {one.doubt.value for one in looked_at.judged.findings} <= {"edge", "bad-shape"}
    assert (housed.created, housed.estates) == (len(shapes), 1)
    grids = {node.pk: stored(node.boundary) for node in Node.objects.filter(code__startswith="R")}
    rows = Building.objects.filter(estate__name="古城小区").order_by("pk")
    for row, shape in zip(rows, shapes, strict=True):
        drawn, grid = stored(row.footprint), grids[row.node_id]
        assert drawn is not None
        assert grid is not None
        assert drawn.hausdorff_distance(shape) < 1e-8, row.name
        assert grid.distance(shapely.Point(row.lon, row.lat)) < 5e-6
