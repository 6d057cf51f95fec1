"""Shapes at the gate: GeoJSON in a named reference system becomes a checked WGS-84 polygon, or a plain refusal."""

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.kernel.coordinates import Crs, geometry_to_wgs84, to_wgs84
from yemai.kernel.refusals import Refused

MOST_POINTS = 50_000
"""A county drawn to the metre has fewer; more is a mistake or an attack on the memory."""
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, RecursionError, shapely.errors.GEOSException)
_AT = re.compile(r"\[(-?[\d.]+) (-?[\d.]+)")


def _bad(text: str, code: str = "bad-boundary") -> Refused:
    return Refused(code, text, status=422, fields={"boundary": text})


def polygon_from(geometry: Mapping[str, Any] | str | BaseGeometry, crs: str = Crs.WGS84) -> BaseGeometry:
    """A valid Polygon or MultiPolygon in WGS-84 degrees.

    `geometry` is a GeoJSON geometry or Feature (mapping or text) or a shapely shape in `crs` (a Crs or a name pyproj
    knows). Raises Refused `bad-boundary` or `bad-crs` (422), saying what to mend and near which point.
    """
    shape = shapely.force_2d(geometry if isinstance(geometry, BaseGeometry) else _parsed(geometry))
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        raise _bad(_("边界必须是面（Polygon 或 MultiPolygon），且不能为空。"))
    if shapely.get_num_coordinates(shape) > MOST_POINTS:
        raise _bad(_("边界的点太多（超过 %(most)d 个），请先简化。") % {"most": MOST_POINTS})
    try:
        shape = geometry_to_wgs84(shape, crs)
    except ValueError as unknown:
        raise _unknown_crs() from unknown
    corners = shapely.get_coordinates(shape)
    if not np.isfinite(corners).all() or (np.abs(corners) > (180, 90)).any():
        raise _bad(_("边界的坐标不在地球上。请检查坐标系，以及经度是否写在纬度前面。"))
    if not shape.is_valid:
        raise _bad(_crossing(shapely.is_valid_reason(shape)))
    if shape.area == 0:
        raise _bad(_("边界没有面积。"))
    oriented: BaseGeometry = shapely.orient_polygons(shape)
    return oriented


def _unknown_crs() -> Refused:
    text = _("不认识这个坐标系。请使用 WGS84、GCJ02、BD09、CGCS2000 或 EPSG 编号。")
    return Refused("bad-crs", text, status=422, fields={"crs": text})


def _parsed(geometry: Mapping[str, Any] | str) -> BaseGeometry:
    try:
        found = json.loads(geometry) if isinstance(geometry, str) else geometry
        if found.get("type") == "Feature":
            found = found["geometry"]
        return shapely.from_geojson(json.dumps(found))
    except UNREADABLE as unreadable:
        raise _bad(_("边界不是可读的 GeoJSON。请导出为 GeoJSON 面后重试。")) from unreadable


def _crossing(reason: str) -> str:
    at = _AT.search(reason)
    if at is None:
        return _("边界线不合法，请重画。")
    where = {"lon": f"{float(at[1]):.6f}", "lat": f"{float(at[2]):.6f}"}
    return _("边界线在经度 %(lon)s、纬度 %(lat)s 附近自相交或重叠，请改正后重试。") % where


def point_from(lon: float | None, lat: float | None, crs: str = Crs.WGS84) -> tuple[float, float] | tuple[None, None]:
    """A point in `crs` as WGS-84 degrees; both None stays so. Raises Refused `bad-point` or `bad-crs` (422)."""
    if lon is None and lat is None:
        return None, None
    text = _("位置不完整或不在地球上。请检查坐标系，以及经度是否写在纬度前面。")
    refused = Refused("bad-point", text, status=422, fields={"lon": text})
    if lon is None or lat is None:
        raise refused
    try:
        found = to_wgs84(lon, lat, crs)
    except ValueError as unknown:
        raise _unknown_crs() from unknown
    if not (np.isfinite(found).all() and abs(found[0]) <= 180 and abs(found[1]) <= 90):
        raise refused
    return found


def label_point(shape: BaseGeometry) -> tuple[float, float]:
    """A point surely inside, for a label: longitude, latitude."""
    inside = shapely.point_on_surface(shape)
    return float(inside.x), float(inside.y)


def stored(wkb: bytes | memoryview | None) -> BaseGeometry | None:
    """The shape of a binary column (PostgreSQL hands out memoryviews)."""
    return None if wkb is None else shapely.from_wkb(bytes(wkb))
