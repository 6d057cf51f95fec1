"""The ground as a file that other programs open: a GeoPackage with a layer of nodes and one of buildings, or one as GeoJSON."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from django.utils.translation import gettext as _

from yemai.base.territory.queries import buildings_in, nodes_in
from yemai.kernel.coordinates import Crs, geometry_from_wgs84, zone_code
from yemai.kernel.refusals import Refused

from .importing import crs_named

NODES, BUILDINGS = "nodes", "buildings"
LAYERS = (NODES, BUILDINGS)
FORMATS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON"}
FIELDS = {
    NODES: ("code", "name", "name_en", "tier", "parent", "kind", "households", "valid_from", "valid_to"),
    BUILDINGS: ("code", "name", "estate", "node", "floors", "households"),
}
WGS84 = "EPSG:4326"
OURS = {Crs.WGS84: WGS84, Crs.CGCS2000: "EPSG:4490", Crs.GCJ02: "", Crs.BD09: ""}
"""What a file may say of itself; GCJ-02 and BD-09 have no code, so a file in them says nothing."""
Row = tuple[Any, ...]


def write_ground(
    target: Path,
    paths: Iterable[str],
    *,
    layers: Iterable[str] = (),
    tier: str = "",
    on: date | None = None,
    crs: str = "",
) -> dict[str, int]:
    """Write the subtrees' nodes (of a tier's key; as they were on a day) and buildings; how many of each.

    The ending says the format. GeoJSON holds one layer (the nodes, unless `layers` says otherwise) and is WGS-84, as its
    standard wants it (RFC 7946). Raises Refused for another ending, an unknown layer or reference system.
    """
    kind = FORMATS.get(target.suffix.lower())
    wanted = list(layers) or ([NODES] if kind == "GeoJSON" else list(LAYERS))
    if kind is None or set(wanted) - set(LAYERS) or (kind == "GeoJSON" and len(wanted) > 1):
        text = _("请写成 .gpkg（可含网格 nodes 和楼栋 buildings 两层）或 .geojson（一层）。")
        raise Refused("unknown-format", text, status=422)
    system = crs_named(crs)
    if kind == "GeoJSON" and system not in (Crs.WGS84, Crs.CGCS2000):
        raise Refused("geojson-is-wgs84", _("GeoJSON 规定用 WGS-84。其他坐标系请导出 .gpkg。"), status=422)
    kept, counts = list(paths), {}
    for at, layer in enumerate(wanted):
        rows = list(_nodes(kept, tier, on) if layer == NODES else _buildings(kept))
        _write(target, kind, layer, rows, system, append=at > 0)
        counts[layer] = len(rows)
    return counts


def _nodes(paths: list[str], tier: str, on: date | None) -> Iterator[Row]:
    """Shape first, then the fields; the parent by its code."""
    columns = ("boundary", "lon", "lat", "code", "name", "name_en", "tier__key", "parent__code", "kind", "households",
               "valid_from", "valid_to")  # fmt: skip
    found = nodes_in(paths, on=on, tier=tier or None).defer(None)
    yield from found.values_list(*columns).iterator(chunk_size=2000)


def _buildings(paths: list[str]) -> Iterator[Row]:
    columns = ("footprint", "lon", "lat", "code", "name", "estate__name", "node__code", "floors", "households")
    found = buildings_in(paths).defer(None).select_related(None).order_by("pk")
    yield from found.values_list(*columns).iterator(chunk_size=2000)


def _write(target: Path, kind: str, layer: str, rows: list[Row], system: str, *, append: bool) -> None:
    import pyogrio  # 100 MB of GDAL: loaded by those who write files alone

    columns = [_column([row[at] for row in rows]) for at in range(3, 3 + len(FIELDS[layer]))]
    try:
        shapes = np.array([_wkb(row[:3], system) for row in rows], dtype=object)
        code = OURS[Crs(system)] if system in OURS else zone_code(system) or system
    except ValueError as unknown:
        raise Refused("unknown-crs", str(unknown), status=422) from unknown
    pyogrio.raw.write(
        str(target), shapes, field_data=columns, fields=np.array(FIELDS[layer], dtype=object), layer=layer, driver=kind,
        geometry_type="Unknown", crs=code or None, append=append, **({"RFC7946": "YES"} if kind == "GeoJSON" else {}),
    )  # fmt: skip


def _wkb(place: Row, system: str) -> bytes | None:
    """The boundary, else the point, else nothing."""
    stored, lon, lat = place
    shape = shapely.from_wkb(bytes(stored)) if stored is not None else None
    if shape is None:
        shape = shapely.Point(lon, lat) if lon is not None else None
    return None if shape is None else shapely.to_wkb(geometry_from_wgs84(shape, system), flavor="iso")


def _column(cells: list[Any]) -> npt.NDArray[Any]:
    """Numbers as numbers, all else as text; what is missing is text too, for a column has one kind."""
    if cells and all(isinstance(cell, int) for cell in cells):
        return np.array(cells, dtype=np.int64)
    return np.array([None if cell is None or cell == "" else str(cell) for cell in cells], dtype=object)
