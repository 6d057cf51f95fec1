"""The base map under our own layers: one variable names its source, another its licence number and owner."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import TileType

from .environment import Misconfigured

FORMS = "tianditu:KEY, https://HOST/{z}/{x}/{y}.png, https://HOST/style.json or /path/to/map.pmtiles"
TIANDITU = (
    "https://t{s}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
"""天地图's tiles in spherical Mercator: the ground (vec) and its words (cva), each from eight hosts."""
RASTER = {TileType.PNG: "png", TileType.JPEG: "jpg", TileType.WEBP: "webp", TileType.AVIF: "avif"}


@dataclass(frozen=True)
class BaseMap:
    """What pages are told (`shown`), hosts their policy must allow, and the file that is served from here, if any."""

    shown: dict[str, Any]
    origins: list[str] = field(default_factory=list)
    file: Path | None = None


def base_map() -> BaseMap | None:
    """What YEMAI_BASE_MAP, YEMAI_BASE_MAP_ATTRIBUTION and YEMAI_BASE_MAP_CRS say; None without the first.

    Raises Misconfigured for a source that is not understood, and without words on whose map it is: a map shown to the
    public bears its 审图号 (地图管理条例 第三十八条, 互联网地图).
    """
    source = os.environ.get("YEMAI_BASE_MAP", "").strip()
    if not source:
        return None
    attribution = os.environ.get("YEMAI_BASE_MAP_ATTRIBUTION", "").strip()
    if not attribution:
        raise Misconfigured(
            "YEMAI_BASE_MAP needs YEMAI_BASE_MAP_ATTRIBUTION beside it: whose map it is, with its 审图号 where it has one."
        )
    crs = os.environ.get("YEMAI_BASE_MAP_CRS", "").strip().upper() or "WGS84"
    if crs not in ("WGS84", "GCJ02"):
        raise Misconfigured(f"YEMAI_BASE_MAP_CRS is {crs!r}; write WGS84 (also for CGCS2000) or GCJ02.")
    said = {"attribution": attribution, "crs": crs}
    if source.startswith("tianditu:"):
        return _tianditu(source.partition(":")[2].strip(), said)
    if source.endswith(".pmtiles") and "://" not in source:
        return _file(Path(source).expanduser(), said)
    address = urlsplit(source.replace("{", "").replace("}", ""))
    if address.scheme not in ("http", "https") or not address.netloc:
        raise Misconfigured(f"YEMAI_BASE_MAP is {source!r}; write {FORMS}.")
    origin = f"{address.scheme}://{address.netloc}"
    if all(part in source for part in ("{z}", "{x}", "{y}")):
        return BaseMap({"kind": "raster", "layers": [[source]], **said}, [origin])
    if address.path.endswith(".json"):
        return BaseMap({"kind": "style", "style": source, **said}, [origin])
    raise Misconfigured(f"YEMAI_BASE_MAP is {source!r}; write {FORMS}.")


def _tianditu(key: str, said: dict[str, Any]) -> BaseMap:
    if not key.isalnum():
        raise Misconfigured("YEMAI_BASE_MAP=tianditu:KEY needs the key that tianditu.gov.cn gave for browsers.")
    layers = [[TIANDITU.format(s=host, layer=layer, key=key) for host in range(8)] for layer in ("vec", "cva")]
    return BaseMap({"kind": "raster", "layers": layers, **said}, ["https://*.tianditu.gov.cn"])


def _file(path: Path, said: dict[str, Any]) -> BaseMap:
    try:
        with path.open("rb") as handle:
            header = Reader(MmapSource(handle)).header()
    except Exception as unreadable:
        raise Misconfigured(f"YEMAI_BASE_MAP names {path}, which can't be read as a PMTiles file.") from unreadable
    kind = "vector" if header["tile_type"] == TileType.MVT else "raster"
    if kind == "raster" and header["tile_type"] not in RASTER:
        raise Misconfigured(
            f"The tiles in {path} are neither pictures nor vector tiles; YEMAI_BASE_MAP can't use them."
        )
    shown = {"kind": kind, "own": True, "minzoom": header["min_zoom"], "maxzoom": header["max_zoom"], **said}
    return BaseMap(shown, [], path)
