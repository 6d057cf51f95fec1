"""Reference systems of China: WGS-84 inside, GCJ-02, BD-09 and CGCS2000 at the gate."""

import math
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

A = 6378245.0
EE = 0.00669342162296594323
X_PI = math.pi * 3000 / 180
BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of the rectangle in which GCJ-02 shifts."""


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


def _gcj_to_wgs(lon: Any, lat: Any) -> tuple[Any, Any]:
    w_lon, w_lat = lon, lat
    for _ in range(30):
        d_lon, d_lat = _shift(w_lon, w_lat)
        n_lon, n_lat = lon - d_lon, lat - d_lat
        done = max(np.max(np.abs(n_lon - w_lon), initial=0.0), np.max(np.abs(n_lat - w_lat), initial=0.0)) < 1e-10
        w_lon, w_lat = n_lon, n_lat
        if done:
            break
    return w_lon, w_lat


def _bd_to_gcj(lon: Any, lat: Any) -> tuple[Any, Any]:
    x, y = lon - 0.0065, lat - 0.006
    z = np.sqrt(x * x + y * y) - 0.00002 * np.sin(y * X_PI)
    theta = np.arctan2(y, x) - 0.000003 * np.cos(x * X_PI)
    return z * np.cos(theta), z * np.sin(theta)


def _gcj_to_bd(lon: Any, lat: Any) -> tuple[Any, Any]:
    z = np.sqrt(lon * lon + lat * lat) + 0.00002 * np.sin(lat * X_PI)
    theta = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * X_PI)
    return z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def arrays_to_wgs84(lon: Any, lat: Any, crs: str) -> tuple[Any, Any]:
    """Numpy arrays of coordinates in `crs` to WGS-84 degrees. Raises ValueError for a system nobody knows."""
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return lon, lat  # CGCS2000 and WGS-84 differ by centimetres, below every use here
    if crs == Crs.GCJ02:
        return _gcj_to_wgs(lon, lat)
    if crs == Crs.BD09:
        return _gcj_to_wgs(*_bd_to_gcj(lon, lat))
    try:
        transformer = _transformer(crs, "EPSG:4490")
    except Exception as unknown:
        raise ValueError(f"{crs!r} is not a reference system; use WGS84, GCJ02, BD09, CGCS2000 or an EPSG name") from unknown
    x, y = transformer.transform(lon, lat)
    return x, y


def to_wgs84(lon: float, lat: float, crs: str = Crs.WGS84) -> tuple[float, float]:
    """One point in `crs` to WGS-84 degrees."""
    x, y = arrays_to_wgs84(np.float64(lon), np.float64(lat), crs)
    return float(x), float(y)


def from_wgs84(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """One WGS-84 point to `crs`, for display or exchange."""
    x, y = np.float64(lon), np.float64(lat)
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return lon, lat
    if crs in (Crs.GCJ02, Crs.BD09):
        d_lon, d_lat = _shift(x, y)
        g_lon, g_lat = x + d_lon, y + d_lat
        if crs == Crs.BD09:
            g_lon, g_lat = _gcj_to_bd(g_lon, g_lat)
        return float(g_lon), float(g_lat)
    e, n = _transformer("EPSG:4490", crs).transform(lon, lat)
    return float(e), float(n)


def geometry_to_wgs84(shape: Any, crs: str) -> Any:
    """A shapely geometry in `crs`, in WGS-84 degrees."""

    def convert(points: Any) -> Any:
        lon, lat = arrays_to_wgs84(points[:, 0], points[:, 1], crs)
        return np.column_stack([lon, lat])

    return shape if crs in (Crs.WGS84, Crs.CGCS2000) else shapely.transform(shape, convert)


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres between two WGS-84 points on the sphere (haversine, mean radius 6,371,008.8 m)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * 6371008.8 * math.asin(min(1.0, math.sqrt(h)))
