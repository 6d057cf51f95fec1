"""The ground out again: GeoPackage and GeoJSON, by page and by command, in reach, on a day, in any reference system."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from django.test import Client
from django.utils import timezone

from tests.world import World
from yemai.base.audit.models import Entry
from yemai.base.territory.actions import add_building, close_node, set_boundary
from yemai.base.territory.models import Node
from yemai.gates.boundary_files.commands import export_ground
from yemai.gates.boundary_files.reading import read_rows
from yemai.kernel.refusals import Refused

pytestmark = pytest.mark.django_db
HOLED = shapely.Polygon(
    shapely.box(120.61, 31.01, 120.62, 31.02).exterior, [shapely.box(120.612, 31.012, 120.614, 31.014).exterior]
)


def table(path: Path, layer: str) -> tuple[list[Any], dict[str, list[Any]]]:
    meta, _fids, shapes, cells = pyogrio.raw.read(str(path), layer=layer)
    named = dict(zip(meta["fields"], (column.tolist() for column in cells), strict=True))
    return list(shapely.from_wkb(shapes)), named


def answered(client: Client, address: str, path: Path) -> Path:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content[:300]
    path.write_bytes(b"".join(answer.streaming_content))  # type: ignore[attr-defined]  # a FileResponse
    return path


def test_a_geopackage_holds_nodes_with_their_holes_and_buildings(world: World, tmp_path: Path) -> None:
    set_boundary(world.grids[0], HOLED, actor=None, now=world.now)
    building = add_building(world.grids[0], "9栋", households=40, lon=120.6131, lat=31.0185, actor=None, now=world.now)
    path = answered(world.client("admin"), "/boundaries/file/?format=gpkg", tmp_path / "a.gpkg")
    shapes, nodes = table(path, "nodes")
    at = nodes["code"].index(world.grids[0].code)
    assert shapes[at].equals(HOLED)
    assert (nodes["parent"][at], nodes["households"][at]) == (world.village.code, world.grids[0].households)
    assert len(nodes["code"]) == Node.objects.filter(valid_to=None).count()
    places, buildings = table(path, "buildings")
    at = buildings["name"].index("9栋")
    assert (buildings["node"][at], buildings["households"][at]) == (world.grids[0].code, 40)
    assert (places[at].x, places[at].y) == (building.lon, building.lat)
    entry = Entry.objects.filter(action="export_ground").get()
    assert (entry.actor, entry.after["nodes"]) == (world["admin"], len(nodes["code"]))


def test_it_comes_in_again_as_it_went_out(world: World, tmp_path: Path) -> None:
    set_boundary(world.grids[0], HOLED, actor=None, now=world.now)
    for name, crs in (("a.gpkg", "CGCS2000 / 3-degree zone 40"), ("b.geojson", "")):
        path = tmp_path / name
        export_ground(path, ["nodes"], crs=crs)
        rows = read_rows(path)
        shape = rows.shapes[rows.fields["code"].index(world.grids[0].code)]
        if crs:
            assert "zone 40" in rows.crs or "4528" in rows.crs
        else:
            assert shape.normalize().equals_exact(HOLED.normalize(), 1e-6)


def test_only_what_is_in_reach_leaves(world: World, tmp_path: Path) -> None:
    assert world.client("worker").get("/boundaries/file/").status_code == 403
    assert world.client("admin").get("/boundaries/file/?format=exe").status_code == 404


def test_a_past_day_shows_the_ground_of_that_day(world: World, tmp_path: Path) -> None:
    gone = world.grids[-1]
    today = timezone.localdate(world.now)
    close_node(gone, into=[world.grids[0]], actor=None, now=world.now)
    client = world.client("admin")
    before = today - timedelta(days=1)
    _shapes, then = table(answered(client, f"/boundaries/file/?on={before}", tmp_path / "then.gpkg"), "nodes")
    _shapes, now = table(answered(client, "/boundaries/file/", tmp_path / "now.gpkg"), "nodes")
    assert gone.code in then["code"]
    assert gone.code not in now["code"]
    assert client.get("/boundaries/file/?on=2026-13-01").status_code == 422


def test_geojson_is_wgs84_and_one_layer(world: World, tmp_path: Path) -> None:
    for layers, crs in ((["nodes", "buildings"], ""), (["nodes"], "GCJ-02"), (["roads"], "")):
        with pytest.raises(Refused):
            export_ground(tmp_path / "x.geojson", layers, crs=crs)
    with pytest.raises(Refused):
        export_ground(tmp_path / "x.gpkg", crs="Atlantis 1")
    assert list(tmp_path.iterdir()) == []
