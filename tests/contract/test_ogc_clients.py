"""Programs that people use read every layer from a served town: OWSLib, and GDAL, which QGIS and others stand on."""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import owslib.ogcapi
import pytest
from django.core.signals import request_started
from django.utils import timezone
from owslib.ogcapi.features import Features
from pyproj import CRS, Transformer

from tests.world import SIDE, SOUTH, WEST, World, build
from yemai.base.territory.models import Building
from yemai.base.tokens.actions import make_token
from yemai.base.tokens.terms import Scope

LAYERS = ["town", "village", "microgrid", "buildings", "cases"]
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
BUILDINGS = 25


@pytest.fixture
def town(transactional_db: None, now: datetime) -> World:
    """A town with a case and more buildings than a page holds."""
    world = build(now)
    world.reported()
    for n in range(BUILDINGS - 1):
        Building.objects.create(node=world.grids[0], name=f"散{n}", lon=WEST + SIDE / 2, lat=SOUTH + SIDE / 2)
    return world


@pytest.fixture
def secret(town: World) -> str:
    """The token of somebody who sees all of it."""
    return make_token(town["secretary"], label="QGIS", scopes=[Scope.READ], now=timezone.now())[1]


# --- OWSLib ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def program(secret: str, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Features:
    """OWSLib with a token; it keeps headers in one place for all programs of a process, so each test has its own."""
    monkeypatch.setattr(owslib.ogcapi, "REQUEST_HEADERS", {})
    return Features(f"{live_server.url}/ogc/", headers={"Authorization": f"Bearer {secret}"})


def test_owslib_reads_every_layer(program: Features) -> None:
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in program.conformance()["conformsTo"]
    assert program.api()["openapi"].startswith("3.0")
    assert program.feature_collections() == LAYERS
    counts = {name: program.collection_items(name, limit=1000)["numberMatched"] for name in LAYERS}
    assert counts == {"town": 1, "village": 1, "microgrid": 3, "buildings": BUILDINGS, "cases": 1}
    for name in LAYERS:
        assert program.collection(name)["itemType"] == "feature"
        first = program.collection_items(name)["features"][0]
        found = program.collection_item(name, str(first["id"]))
        assert (found["id"], found["geometry"]) == (first["id"], first["geometry"])
        assert set(program.collection_queryables(name)["properties"]) <= set(first["properties"])


def test_owslib_narrows_and_turns_pages(program: Features) -> None:
    inside = [WEST + 0.1 * SIDE, SOUTH + 0.1 * SIDE, WEST + 0.9 * SIDE, SOUTH + 0.9 * SIDE]
    assert program.collection_items("microgrid", bbox=inside)["numberReturned"] == 1
    assert program.collection_items("microgrid", datetime_="2019-01-01")["numberReturned"] == 0
    assert program.collection_items("microgrid", name="第2微网格")["numberReturned"] == 1
    seen, after = [], 0
    while len(page := program.collection_items("buildings", limit=10, after=after)["features"]):
        seen += [one["id"] for one in page]
        after = seen[-1]
    assert len(set(seen)) == len(seen) == BUILDINGS


def test_owslib_as_a_stranger_reads_the_tiers_alone(
    town: World, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owslib.ogcapi, "REQUEST_HEADERS", {})
    stranger = Features(f"{live_server.url}/ogc/")
    assert stranger.feature_collections() == LAYERS[:3]
    assert stranger.collection_items("microgrid")["numberMatched"] == 3
    with pytest.raises(RuntimeError, match="signed-out"):
        stranger.collection_items("cases")


# --- GDAL, as it comes with pyogrio ----------------------------------------------------------------------------------

READ = """
import json, sys
import pyogrio, shapely
asked = json.loads(sys.argv[1])
if "bbox" in asked:
    asked["bbox"] = tuple(asked["bbox"])
meta, fids, shapes, columns = pyogrio.raw.read(asked.pop("address"), return_fids=True, **asked)
names = dict(zip(meta["fields"], columns))
box = shapely.total_bounds(shapely.from_wkb(shapes)).tolist() if len(shapes) else []
told = {"crs": meta["crs"], "geometry": meta["geometry_type"], "count": len(shapes), "box": box}
print(json.dumps({**told, "ids": list(map(str, names.get("id", fids))), "names": list(map(str, names.get("name", [])))}))
"""
"""Read in a process of its own: GDAL, waiting for an answer in ours, would let no other thread give one."""


def told(*words: str, **more: str) -> str:
    """What a program says; its complaints count as failures."""
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "LANG": "C.UTF-8", **more}
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr + done.stdout
    return done.stdout


@pytest.fixture
def headers(secret: str, tmp_path: Path) -> Path:
    """The file in which GDAL looks for headers."""
    path = tmp_path / "headers.txt"
    path.write_text(f"Authorization: Bearer {secret}\n")
    return path


def read(live_server: Any, layer: str, headers: Path, **more: Any) -> dict[str, Any]:
    """A layer as GDAL reads it."""
    asked = {"address": f"OAPIF:{live_server.url}/ogc", "layer": layer, **more}
    found: dict[str, Any] = json.loads(
        told(sys.executable, "-c", READ, json.dumps(asked), GDAL_HTTP_HEADER_FILE=str(headers))
    )
    return found


def test_gdal_reads_every_layer(town: World, headers: Path, live_server: Any) -> None:
    for name, count, kind in [
        ("town", 1, "MultiPolygon"), ("village", 1, "MultiPolygon"), ("microgrid", 3, "MultiPolygon"),
        ("buildings", BUILDINGS, "Point"), ("cases", 1, "Point"),
    ]:  # fmt: skip
        found = read(live_server, name, headers, PAGE_SIZE="10")
        assert (found["count"], found["geometry"]) == (count, kind)
        assert len(set(found["ids"])) == count, "pages follow each other without repeats"


def test_gdal_leaves_the_choosing_to_the_server(town: World, headers: Path, live_server: Any) -> None:
    inside = [WEST + 1.1 * SIDE, SOUTH + 0.1 * SIDE, WEST + 1.9 * SIDE, SOUTH + 0.9 * SIDE]
    asked: list[str] = []

    def listen(environ: dict[str, Any], **_: Any) -> None:
        asked.append(environ["QUERY_STRING"])

    request_started.connect(listen)
    try:
        for more, said, found in [
            ({"bbox": inside}, "bbox=120.6", ["第2微网格"]),
            ({"where": "name = '第3微网格'"}, "name=%E7%AC%AC3", ["第3微网格"]),
            ({"where": "households > 5"}, "", []),
        ]:
            asked.clear()
            assert read(live_server, "microgrid", headers, **more)["names"] == found
            assert any(said in query for query in asked), asked
    finally:
        request_started.disconnect(listen)


@pytest.mark.parametrize("code", [4326, 4490, 3857])
def test_gdal_understands_each_reference_system(town: World, headers: Path, live_server: Any, code: int) -> None:
    found = read(live_server, "microgrid", headers, CRS=f"EPSG:{code}")
    assert CRS(found["crs"]).equals(CRS(code), ignore_axis_order=True)
    turned = Transformer.from_crs("EPSG:4326", code, always_xy=True).transform
    assert found["box"][:2] == pytest.approx(turned(WEST, SOUTH), abs=1e-2 if code == 3857 else 1e-7)
    inside = [WEST + 1.1 * SIDE, SOUTH + 0.1 * SIDE, WEST + 1.9 * SIDE, SOUTH + 0.9 * SIDE]
    window = [*turned(*inside[:2]), *turned(*inside[2:])]
    assert read(live_server, "microgrid", headers, CRS=f"EPSG:{code}", bbox=window)["names"] == ["第2微网格"]


# --- GDAL, as Debian has it ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ogrinfo() -> str:
    """The program that shows what GDAL sees."""
    program = shutil.which("ogrinfo")
    if program is None:
        pytest.skip("no ogrinfo on this machine (apt install gdal-bin): the system's GDAL is not tried on /ogc/")
    if "OAPIF" not in told(program, "--formats"):
        pytest.skip("this machine's GDAL has no OAPIF driver: it is not tried on /ogc/")
    return program


def test_ogrinfo_shows_every_layer(ogrinfo: str, town: World, headers: Path, live_server: Any) -> None:
    address = f"OAPIF:{live_server.url}/ogc"
    for name, count in [("town", 1), ("village", 1), ("microgrid", 3), ("buildings", BUILDINGS), ("cases", 1)]:
        said = told(ogrinfo, "-ro", address, name, GDAL_HTTP_HEADER_FILE=str(headers))
        assert f"Feature Count: {count}\n" in said
        assert said.count("OGRFeature(") == count
        assert "Extent: (120.6" in said


def test_ogrinfo_as_a_stranger_finds_the_tiers(ogrinfo: str, town: World, live_server: Any) -> None:
    said = told(ogrinfo, "-ro", "-q", f"OAPIF:{live_server.url}/ogc/")
    assert [line.split(" ")[1] for line in said.splitlines()] == LAYERS[:3]
