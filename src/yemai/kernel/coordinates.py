"""Reference systems of China: WGS-84 inside, GCJ-02, BD-09 and CGCS2000 at the gate."""

import math
import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from pyproj.exceptions import ProjError

Pair = tuple[Any, Any]
"""Longitudes and latitudes (or eastings and northings): two floats, or two numpy arrays of one length."""

A = 6378245.0
EE = 0.00669342162296594323
X_PI = math.pi * 3000 / 180
BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of the rectangle in which GCJ-02 shifts."""
_ZONE = re.compile(
    r"CGCS2000\s*/\s*(?:(?P<width>[36])-degree\s+)?(?:Gauss-Kr(?:u|ü|ue)ger\s+)?(?:zone\s+(?P<zone>\d{1,2})|CM\s+(?P<meridian>\d{2,3})E)",
    re.IGNORECASE,
)


class Crs(StrEnum):
    """Reference systems taken by name; any other is asked of pyproj (Gauss-Kruger zones)."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"
    CGCS2000 = "CGCS2000"


def is_in_china(lon: float, lat: float) -> bool:
    """Whether a point lies in the rectangle in which public maps of China are shifted."""
    return BOX[0] <= lon <= BOX[2] and BOX[1] <= lat <= BOX[3]


def _shift(lon: Any, lat: Any) -> tuple[Any, Any]:
    """The GCJ-02 shift in degrees at WGS-84 points (numpy arrays or floats)."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = (20.0 * np.sin(6.0 * x * math.pi) + 20.0 * np.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    d_lat += (20.0 * np.sin(y * math.pi) + 40.0 * np.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    d_lat += (160.0 * np.sin(y / 12.0 * math.pi) + 320.0 * np.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    d_lon += (20.0 * np.sin(x * math.pi) + 40.0 * np.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    d_lon += (150.0 * np.sin(x / 12.0 * math.pi) + 300.0 * np.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    rad = np.radians(lat)
    magic = 1 - EE * np.sin(rad) ** 2
    d_lat = d_lat * 180.0 / ((A * (1 - EE)) / (magic * np.sqrt(magic)) * math.pi)
    d_lon = d_lon * 180.0 / (A / np.sqrt(magic) * np.cos(rad) * math.pi)
    inside = (lon >= BOX[0]) & (lon <= BOX[2]) & (lat >= BOX[1]) & (lat <= BOX[3])
    return np.where(inside, d_lon, 0.0), np.where(inside, d_lat, 0.0)


def _invert(forward: Callable[[Any, Any], Pair], lon: Any, lat: Any) -> Pair:
    """The point that `forward` moves to (lon, lat), to 1e-11 degrees: a micron, far below the 1e-9 promised."""
    x, y = lon, lat
    for _ in range(30):
        seen_lon, seen_lat = forward(x, y)
        d_lon, d_lat = lon - seen_lon, lat - seen_lat
        x, y = x + d_lon, y + d_lat
        if max(np.max(np.abs(d_lon), initial=0.0), np.max(np.abs(d_lat), initial=0.0)) < 1e-11:
            break
    return x, y


def _wgs_to_gcj(lon: Any, lat: Any) -> Pair:
    d_lon, d_lat = _shift(lon, lat)
    return lon + d_lon, lat + d_lat


def _gcj_to_bd(lon: Any, lat: Any) -> Pair:
    z = np.sqrt(lon * lon + lat * lat) + 0.00002 * np.sin(lat * X_PI)
    theta = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * X_PI)
    return z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006


def _wgs_to_bd(lon: Any, lat: Any) -> Pair:
    return _gcj_to_bd(*_wgs_to_gcj(lon, lat))


_FORWARD = {Crs.GCJ02: _wgs_to_gcj, Crs.BD09: _wgs_to_bd}


@lru_cache(maxsize=64)
def _projection(crs: str) -> Transformer:
    """CGCS2000 degrees to the metres of a Gauss-Kruger zone, or to any other system pyproj knows."""
    try:
        return Transformer.from_crs("EPSG:4490", zone_code(crs) or crs, always_xy=True)
    except ProjError as unknown:
        text = f"{crs!r} is not a reference system: WGS84, GCJ02, BD09, CGCS2000, a Gauss-Kruger zone or an EPSG code"
        raise ValueError(text) from unknown


def zone_code(name: str) -> str | None:
    """The EPSG code of a CGCS2000 Gauss-Kruger zone, or None when `name` is not one.

    Reads "CGCS2000 / 3-degree zone 40", the official "CGCS2000 / 3-degree Gauss-Kruger zone 40" and "... CM 120E".
    Without "3-degree" the zones are 6 degrees wide. A zone's eastings carry its number, those of a CM do not.
    Raises ValueError for a zone outside China.
    """
    match = _ZONE.fullmatch(name.strip())
    if match is None:
        return None
    width = int(match["width"] or 6)
    centre = int(match["meridian"] or 0) or int(match["zone"]) * width - (3 if width == 6 else 0)
    if not 75 <= centre <= 135 or (centre - 75) % width:
        raise ValueError(f"{name!r} is not a zone of China: central meridians run from 75E to 135E")
    base = {(3, False): 4513, (3, True): 4534, (6, False): 4491, (6, True): 4502}[width, bool(match["meridian"])]
    return f"EPSG:{base + (centre - 75) // width}"


def arrays_to_wgs84(lon: Any, lat: Any, crs: str) -> Pair:
    """Numpy arrays of coordinates in `crs` to WGS-84 degrees. Raises ValueError for a system nobody knows."""
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return lon, lat  # CGCS2000 and WGS-84 differ by centimetres, below every use here
    if crs in _FORWARD:
        return _invert(_FORWARD[Crs(crs)], lon, lat)
    x, y = _projection(crs).transform(lon, lat, direction="INVERSE")
    return x, y


def arrays_from_wgs84(lon: Any, lat: Any, crs: str) -> Pair:
    """Numpy arrays of WGS-84 degrees to `crs`. Raises ValueError for a system nobody knows."""
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return lon, lat
    if crs in _FORWARD:
        return _FORWARD[Crs(crs)](lon, lat)
    x, y = _projection(crs).transform(lon, lat)
    return x, y


def to_wgs84(lon: float, lat: float, crs: str = Crs.WGS84) -> tuple[float, float]:
    """One point in `crs` (a Crs, a Gauss-Kruger zone by name with its metres, an EPSG code) to WGS-84 degrees.

    Raises ValueError for a system nobody knows.
    """
    x, y = arrays_to_wgs84(np.float64(lon), np.float64(lat), crs)
    return float(x), float(y)


def from_wgs84(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """One WGS-84 point to `crs`, for display or exchange. Raises ValueError for a system nobody knows."""
    x, y = arrays_from_wgs84(np.float64(lon), np.float64(lat), crs)
    return float(x), float(y)


def geometry_to_wgs84(shape: Any, crs: str) -> Any:
    """A shapely geometry in `crs`, in WGS-84 degrees. Raises ValueError for a system nobody knows."""
    return _converted(shape, crs, arrays_to_wgs84)


def geometry_from_wgs84(shape: Any, crs: str) -> Any:
    """A shapely geometry in WGS-84 degrees, in `crs`. Raises ValueError for a system nobody knows."""
    return _converted(shape, crs, arrays_from_wgs84)


def _converted(shape: Any, crs: str, arrays: Callable[[Any, Any, str], Pair]) -> Any:
    def convert(points: Any) -> Any:
        return np.column_stack(arrays(points[:, 0], points[:, 1], crs))

    return shape if crs in (Crs.WGS84, Crs.CGCS2000) else shapely.transform(shape, convert)


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres between two WGS-84 points on the sphere (haversine, mean radius 6,371,008.8 m)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * 6371008.8 * math.asin(min(1.0, math.sqrt(h)))
