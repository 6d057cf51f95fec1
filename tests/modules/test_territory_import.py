"""Boundaries from files of every kind and reference system; points of a file located; as the operator does it."""

import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from openpyxl import Workbook

from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.audit.models import Entry
from yemai.base.territory.actions import NodeDraft, create_node, lay_nodes
from yemai.base.territory.geometry import stored
from yemai.base.territory.models import Node, Tier
from yemai.gates.boundary_files.commands import Outcome, Wanted, import_boundaries, locate_file, write_findings
from yemai.gates.boundary_files.terms import Doubt
from yemai.kernel.coordinates import geometry_from_wgs84
from yemai.kernel.refusals import Refused

pytestmark = pytest.mark.django_db
NAMES = ["新一格", "新二格"]
CODES = ["X-001", "X-002"]
SHAPES = [shapely.box(WEST + (3 + at) * SIDE, SOUTH, WEST + (4 + at) * SIDE, SOUTH + SIDE) for at in range(2)]
ZONE = "CGCS2000 / 3-degree zone 40"


def silent(_words: str) -> None:
    """Nobody looks."""


def written(path: Path, driver: str, shapes: list[Any], *, crs: str | None = None, **more: Any) -> Path:
    """A file of that kind with name and code columns."""
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array(shapes, dtype=object)), [np.array(NAMES, dtype=object), np.array(CODES, dtype=object)],
        fields=["name", "code"], geometry_type="Polygon", crs=crs, driver=driver, **more,
    )  # fmt: skip
    return path


def zipped(folder: Path, path: Path) -> Path:
    """A folder as one .zip."""
    with zipfile.ZipFile(path, "w") as packed:
        for part in sorted(folder.iterdir()):
            packed.write(part, f"图层/{part.name}")
    return path


def taken(path: Path, **more: Any) -> Outcome:
    """Import it as micro-grids."""
    values = {"tier": "microgrid", "name_field": "name", "code_field": "code", **more}
    return import_boundaries(path, Wanted(**values), say=silent)


def check_laid() -> None:
    """Both stand where they should, to a decimetre."""
    nodes = list(Node.objects.filter(code__in=CODES).order_by("code"))
    assert [node.name for node in nodes] == NAMES
    for node, shape in zip(nodes, SHAPES, strict=True):
        drawn = stored(node.boundary)
        assert drawn is not None
        assert shapely.hausdorff_distance(drawn, shape) < 1e-6
        assert node.min_lon == pytest.approx(shape.bounds[0], abs=1e-6)
        assert shape.contains(shapely.Point(node.lon, node.lat))


def test_geojson(world: World, tmp_path: Path) -> None:
    outcome = taken(written(tmp_path / "a.geojson", "GeoJSON", SHAPES, crs="EPSG:4326"))
    assert outcome.laid is not None
    assert (outcome.laid.created, outcome.left_out, outcome.laid.refused) == (2, [], [])
    check_laid()
    assert Node.objects.get(code=CODES[0]).parent == world.town, "drawn nowhere above: the town's"
    assert Entry.objects.get(action="lay_nodes").after["created"] == 2


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
def test_a_zipped_shapefile_in_a_zone_with_chinese_names(world: World, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "shp").mkdir()
    projected = [geometry_from_wgs84(shape, ZONE) for shape in SHAPES]
    written(tmp_path / "shp" / "a.shp", "ESRI Shapefile", projected, crs="EPSG:4528", encoding=encoding)
    (tmp_path / "shp" / "a.cpg").unlink()
    taken(zipped(tmp_path / "shp", tmp_path / "a.zip"))
    check_laid()


def test_geopackage_by_layer(world: World, tmp_path: Path) -> None:
    path = written(tmp_path / "a.gpkg", "GPKG", SHAPES, crs="EPSG:4490", layer="网格")
    written(path, "GPKG", SHAPES, crs="EPSG:4490", layer="另一层", append=True)
    taken(path, layer="网格")
    check_laid()
    with pytest.raises(Refused, match="没有“楼栋”这个图层。有的是：网格、另一层"):
        taken(path, layer="楼栋")


def test_kml(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    marks = "".join(
        f"<Placemark><name>{name}</name><ExtendedData><Data name='code'><value>{code}</value></Data></ExtendedData>"
        f"{_kml(shape)}</Placemark>"
        for name, code, shape in zip(NAMES, CODES, SHAPES, strict=True)
    )
    path.write_text(f"<kml xmlns='http://www.opengis.net/kml/2.2'><Document>{marks}</Document></kml>", "utf-8")
    taken(path, name_field="Name")
    check_laid()


def _kml(shape: shapely.Polygon) -> str:
    ring = " ".join(f"{lon},{lat},0" for lon, lat in shape.exterior.coords)
    return f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon>"


@pytest.mark.parametrize("crs", ["GCJ02", "gcj-02", "BD09", "CGCS2000", "EPSG:4490", ZONE, "EPSG:4549"])
def test_any_reference_system(world: World, tmp_path: Path, crs: str) -> None:
    plain = crs.upper().replace("-", "") if crs.lower().startswith("gcj") else crs
    shifted = [geometry_from_wgs84(shape, plain) for shape in SHAPES]
    taken(written(tmp_path / "a.geojson", "GeoJSON", shifted), crs=crs)
    check_laid()


def test_a_reference_system_nobody_knows(world: World, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="不认识坐标系 MARS"):
        taken(written(tmp_path / "a.geojson", "GeoJSON", SHAPES), crs="MARS")


def test_a_sheet_of_codes_with_parents(world: World, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["code", "name", "up"], ["X-001", "新一格", world.village.code], ["X-002", "新二格", "404"]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    outcome = taken(tmp_path / "a.xlsx", parent_field="up")
    assert [finding.doubt for _row, finding in outcome.left_out] == [Doubt.ORPHAN]
    assert Node.objects.get(code="X-001").parent == world.village
    assert not Node.objects.filter(code="X-002").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.dwg", b"x", "不认识这种文件"), ("a.geojson", b"{", "打不开"), ("a.zip", b"PK", "压缩包打不开"),
        ("a.gpkg", b"SQLite", "打不开"), ("a.kml", b"<kml", "打不开|没有图形"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_said(world: World, tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused, match=words):
        taken(tmp_path / name)


def test_a_zip_without_a_layer_and_a_column_that_is_not_there(world: World, tmp_path: Path) -> None:
    (tmp_path / "shp").mkdir()
    (tmp_path / "shp" / "readme.md").write_text("x")
    with pytest.raises(Refused, match="有且只有一个图层文件"):
        taken(zipped(tmp_path / "shp", tmp_path / "a.zip"))
    with pytest.raises(Refused, match="没有“编码”这一列。有的是：name、code"):
        taken(written(tmp_path / "a.geojson", "GeoJSON", SHAPES), code_field="编码")
    with pytest.raises(Refused, match="没有“街坊”这一级"):
        taken(tmp_path / "a.geojson", tier="街坊")


def test_the_same_file_twice_changes_nothing_and_other_ground_for_an_old_code_neither(
    world: World, tmp_path: Path
) -> None:
    taken(written(tmp_path / "a.geojson", "GeoJSON", SHAPES))
    again = taken(tmp_path / "a.geojson").laid
    assert again is not None
    assert (again.created, again.same) == (0, 2)
    moved = taken(written(tmp_path / "b.geojson", "GeoJSON", [shape.buffer(0.001) for shape in SHAPES])).laid
    assert moved is not None
    assert (moved.created, moved.same) == (0, 2)
    check_laid()


def test_a_node_without_a_boundary_is_drawn(world: World, tmp_path: Path) -> None:
    tier = Tier.objects.get(key="microgrid")
    lay_nodes([NodeDraft(CODES[0], NAMES[0], tier, world.village.code)], actor=None, now=world.now, source="试验")
    laid = taken(written(tmp_path / "a.geojson", "GeoJSON", SHAPES)).laid
    assert laid is not None
    assert (laid.created, laid.drawn) == (1, 1)
    check_laid()


def test_nothing_is_written_when_only_asked_to_look_and_nothing_mended_unasked(world: World, tmp_path: Path) -> None:
    overlapping = [SHAPES[0], shapely.box(*SHAPES[1].bounds).buffer(SIDE / 4, join_style="mitre")]
    path = written(tmp_path / "a.geojson", "GeoJSON", overlapping)
    looked = taken(path, only_check=True)
    assert Doubt.OVERLAP in [finding.doubt for finding in looked.findings]
    assert not Node.objects.filter(code__in=CODES).exists()
    out = tmp_path / "found.geojson"
    write_findings(looked, out)
    features = {one["properties"]["doubt"]: one for one in json.loads(out.read_text())["features"]}
    feature = features["overlap"]
    assert feature["geometry"]["type"] == "Point"
    assert feature["properties"]["repair"] == "cut"
    taken(path)
    first, second = (stored(node.boundary) for node in Node.objects.filter(code__in=CODES).order_by("code"))
    assert first is not None
    assert second is not None
    assert first.intersection(second).area > 0
    Node.objects.filter(code__in=CODES).delete()
    mended = taken(path, repair={Doubt.OVERLAP})
    assert [finding.doubt for finding in mended.mended] == [Doubt.OVERLAP]
    first, second = (stored(node.boundary) for node in Node.objects.filter(code__in=CODES).order_by("code"))
    assert first is not None
    assert second is not None
    assert first.intersection(second).area < 1e-12


def test_codes_once_used_and_codes_that_are_none(world: World) -> None:
    tier = Tier.objects.get(key="microgrid")
    drafts = [
        NodeDraft(world.village.code, "村的代码", tier, world.town.code), NodeDraft("a b", "空格", tier, world.town.code),
        NodeDraft("Y1", "孤儿", tier, "404"), NodeDraft("Y2", "同级", tier, world.grids[0].code), NodeDraft("Y3", "好的", tier, world.village.code),
    ]  # fmt: skip
    laid = lay_nodes(drafts, actor=None, now=world.now, source="试验")
    assert (laid.created, [draft.name for draft, _why in laid.refused]) == (1, ["村的代码", "空格", "孤儿", "同级"])
    fresh = create_node(tier=tier, parent=world.village, name="之后的", actor=None, now=world.now)
    assert fresh.pk > Node.objects.get(code="Y3").pk, "the database goes on counting"


def test_points_of_a_file_are_located(world: World, tmp_path: Path) -> None:
    taken(written(tmp_path / "a.geojson", "GeoJSON", SHAPES))
    middle, line, row = WEST + 3.5 * SIDE, WEST + 4 * SIDE, SOUTH + SIDE / 2
    with (tmp_path / "points.csv").open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([
            ["编号", "经度", "纬度"], ["一", middle, row], ["二", line, row], ["三", 0, 0], ["四", "", row],
            ["五", "东经", row], ["六", 200, row], ["=1+1", middle + SIDE, row],
        ])  # fmt: skip
    counts = locate_file(tmp_path / "points.csv", tmp_path / "out.csv", lon="经度", lat="纬度", say=silent)
    assert counts == {"ok": 2, "edge": 1, "outside": 1, "no-point": 3}
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["node_code"] for row in rows] == ["X-001", "X-001", "", "", "", "", "X-002"]
    assert [row["flag"] for row in rows] == ["ok", "edge", "outside", "no-point", "no-point", "no-point", "ok"]
    assert rows[6]["编号"] == "=1+1", "the file's own cells are copied as they are"


def test_locating_says_what_is_missing(world: World, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Refused, match="没有“lon”这一列"):
        locate_file(tmp_path / "points.csv", tmp_path / "out.csv", lon="lon", lat="b", say=silent)
    Node.objects.update(boundary=None)
    with pytest.raises(Refused, match="还没有边界"):
        locate_file(tmp_path / "points.csv", tmp_path / "out.csv", lon="a", lat="b", say=silent)
    assert not (tmp_path / "out.csv").exists()
