"""The map under our layers: what the setting takes, what it refuses, tiles of a file of one's own."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from yemai.conf.base_map import base_map
from yemai.conf.environment import Misconfigured

TILE = b"\x89PNG not a picture, but what lies in the file"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the variables, read them."""

    def read(source: str, attribution: str = "某市地图 审图号：某S(2026)001号", crs: str = "") -> Any:
        monkeypatch.setenv("YEMAI_BASE_MAP", source)
        monkeypatch.setenv("YEMAI_BASE_MAP_ATTRIBUTION", attribution)
        monkeypatch.setenv("YEMAI_BASE_MAP_CRS", crs)
        return base_map()

    return read


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one tile, z 14 of the test town."""
    path = tmp_path / "town.pmtiles"
    with path.open("wb") as handle:
        writer = Writer(handle)
        writer.write_tile(zxy_to_tileid(14, 13680, 6711), TILE)
        writer.finalize(
            {
                "tile_type": TileType.PNG, "tile_compression": Compression.NONE, "min_zoom": 14, "max_zoom": 14,
                "min_lon_e7": 0, "min_lat_e7": 0, "max_lon_e7": 0, "max_lat_e7": 0, "center_zoom": 14,
                "center_lon_e7": 0, "center_lat_e7": 0,
            },
            {},
        )  # fmt: skip
    return path


@pytest.mark.no_database
def test_each_kind_of_source_is_understood(said: Any, file: Path) -> None:
    assert said("") is None
    tianditu = said("tianditu:abc123")
    assert tianditu.origins == ["https://*.tianditu.gov.cn"]
    assert [len(layer) for layer in tianditu.shown["layers"]] == [8, 8]
    assert "tk=abc123" in tianditu.shown["layers"][0][0]
    assert "{z}" in tianditu.shown["layers"][1][7]
    tiles = said("https://tiles.example/{z}/{x}/{y}.png", crs="gcj02")
    assert (tiles.shown["kind"], tiles.shown["crs"], tiles.origins) == ("raster", "GCJ02", ["https://tiles.example"])
    assert said("https://tiles.example/style.json").shown["kind"] == "style"
    own = said(str(file))
    assert (own.shown["kind"], own.shown["own"], own.shown["maxzoom"], own.file) == ("raster", True, 14, file)


@pytest.mark.no_database
@pytest.mark.parametrize(
    "source", ["tianditu:", "ftp://x/{z}/{x}/{y}", "https://tiles.example/map", "/no/such.pmtiles", "words"]
)
def test_what_can_t_be_used_says_what_to_write(said: Any, source: str) -> None:
    with pytest.raises(Misconfigured, match="YEMAI_BASE_MAP"):
        said(source)


@pytest.mark.no_database
def test_a_map_without_its_licence_is_refused(said: Any) -> None:
    with pytest.raises(Misconfigured, match="审图号"):
        said("https://tiles.example/{z}/{x}/{y}.png", attribution="")
    with pytest.raises(Misconfigured, match="GCJ02"):
        said("https://tiles.example/{z}/{x}/{y}.png", crs="BD09")


@pytest.mark.django_db
def test_tiles_of_one_s_own_file_are_sent_as_they_lie(file: Path, settings: Any) -> None:
    settings.BASE_MAP_FILE = file
    found = Client().get("/tiles/base/14/13680/6711")
    assert (found.status_code, found["Content-Type"], found.content) == (200, "image/png", TILE)
    assert Client().get("/tiles/base/14/0/0").status_code == 204
    assert Client().get("/tiles/base/3/99/0").status_code == 404
    settings.BASE_MAP_FILE = None
    assert Client().get("/tiles/base/14/13680/6711").status_code == 404


@pytest.mark.django_db
def test_pages_are_told_of_the_map_and_whose_it_is(settings: Any) -> None:
    settings.BASE_MAP = {
        "kind": "raster",
        "layers": [["https://tiles.example/{z}/{x}/{y}.png"]],
        "attribution": "审图号：某S(2026)001号",
        "crs": "WGS84",
    }
    html = Client().get("/sign-in/").content.decode()
    assert 'id="base-map"' in html
    assert "2026" in html
