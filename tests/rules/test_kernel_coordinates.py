"""Reference systems: published points, exact round trips, real points of interest, and Gauss-Kruger zones."""

import csv
from math import radians, sin
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from yemai.kernel.coordinates import (
    Crs,
    arrays_to_wgs84,
    distance_m,
    from_wgs84,
    geometry_from_wgs84,
    geometry_to_wgs84,
    is_in_china,
    to_wgs84,
    zone_code,
)

china = st.tuples(st.floats(75, 134), st.floats(4, 53))


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
        ((-0.1276, 51.5072), (-0.1276, 51.5072)),
    ],
    ids=["Shanghai", "Shenzhen", "Beijing", "London, which nobody shifts"],
)
def test_published_points(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert from_wgs84(*wgs84, Crs.GCJ02) == pytest.approx(gcj02, abs=1e-9)
    assert to_wgs84(*gcj02, Crs.GCJ02) == pytest.approx(wgs84, abs=1e-9)


def test_a_published_point_of_baidu() -> None:
    """The worked example every converter repeats: GCJ-02 (116.404, 39.915)."""
    lon, lat = to_wgs84(116.404, 39.915, Crs.GCJ02)
    assert from_wgs84(lon, lat, Crs.BD09) == pytest.approx((116.41036949371029, 39.92133699351022), abs=1e-9)


@given(china, st.sampled_from([Crs.GCJ02, Crs.BD09]))
def test_there_and_back_is_the_same_point(point: tuple[float, float], crs: Crs) -> None:
    assert to_wgs84(*from_wgs84(*point, crs), crs) == pytest.approx(point, abs=1e-9)


@given(china, st.sampled_from([Crs.GCJ02, Crs.BD09]))
def test_shifts_are_hundreds_of_metres_and_never_kilometres(point: tuple[float, float], crs: Crs) -> None:
    assert distance_m(*point, *from_wgs84(*point, crs)) < 2500


@given(st.floats(118.6, 121.4), st.floats(18, 53))
def test_a_projected_point_comes_back(lon: float, lat: float) -> None:
    for crs in ("CGCS2000 / 3-degree zone 40", "CGCS2000 / 3-degree Gauss-Kruger CM 120E", "EPSG:4528"):
        assert to_wgs84(*from_wgs84(lon, lat, crs), crs) == pytest.approx((lon, lat), abs=1e-9)


def test_a_zone_puts_its_number_before_the_easting() -> None:
    east, north = from_wgs84(120, 31, "CGCS2000 / 3-degree zone 40")
    assert east == pytest.approx(40_500_000, abs=1e-3)
    arc = (
        111132.95255 * 31 - 16038.50865 * sin(radians(62)) + 16.83261 * sin(radians(124)) - 0.02198 * sin(radians(186))
    )
    assert north == pytest.approx(arc, abs=0.01)  # the meridian's length from the equator, by the textbook series
    assert from_wgs84(120, 31, "CGCS2000 / 3-degree CM 120E")[0] == pytest.approx(500_000, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("CGCS2000 / 3-degree zone 25", "EPSG:4513"),
        ("CGCS2000 / 3-degree Gauss-Kruger zone 45", "EPSG:4533"),
        ("cgcs2000/3-degree gauss-krüger cm 75e", "EPSG:4534"),
        ("CGCS2000 / Gauss-Kruger zone 13", "EPSG:4491"),
        ("CGCS2000 / 6-degree zone 23", "EPSG:4501"),
        ("CGCS2000 / Gauss-Kruger CM 135E", "EPSG:4512"),
        ("EPSG:4528", None),
    ],
)
def test_names_of_zones(name: str, code: str | None) -> None:
    assert zone_code(name) == code


@pytest.mark.parametrize("name", ["CGCS2000 / 3-degree zone 12", "CGCS2000 / 3-degree CM 121E", "Atlantis 1936", ""])
def test_unknown_systems_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"zone|reference system"):
        to_wgs84(500_000, 3_400_000, name)


def test_geometries_and_arrays_agree_with_points() -> None:
    square = shapely.box(120.5, 31.2, 120.6, 31.3)
    shifted = geometry_from_wgs84(square, Crs.GCJ02)
    assert shifted.exterior.coords[0] == pytest.approx(from_wgs84(*square.exterior.coords[0], Crs.GCJ02), abs=1e-12)
    assert geometry_to_wgs84(shifted, Crs.GCJ02).equals_exact(square, 1e-9)
    lon, lat = arrays_to_wgs84(np.array([120.5, 2.35]), np.array([31.2, 48.85]), Crs.GCJ02)
    assert (lon[1], lat[1]) == (2.35, 48.85)
    assert (lon[0], lat[0]) == pytest.approx(to_wgs84(120.5, 31.2, Crs.GCJ02), abs=1e-12)


def test_an_empty_geometry_stays_empty() -> None:
    assert geometry_to_wgs84(shapely.Polygon(), Crs.BD09).is_empty


def test_real_points_of_interest_of_dalian(shared_data: Path) -> None:
    """Points read off a map in BD-09 lie half a kilometre to two from where they seem, and come back to themselves."""
    with (shared_data / "poi_dalian_bd09.csv").open(encoding="utf-8-sig", newline="") as rows:
        reader = csv.DictReader(rows)
        points = [(float(row["bd_lng"]), float(row["bd_lat"])) for row in reader]
    lon, lat = np.array(points).T
    wgs_lon, wgs_lat = arrays_to_wgs84(lon, lat, Crs.BD09)
    moved = [distance_m(*pair) for pair in zip(lon, lat, wgs_lon, wgs_lat, strict=True)]
    assert len(moved) == 1485
    assert min(moved) > 500
    assert max(moved) < 2000
    back = np.array([from_wgs84(*pair, Crs.BD09) for pair in zip(wgs_lon, wgs_lat, strict=True)])
    assert np.abs(back - np.array(points)).max() < 1e-9


def test_distances() -> None:
    assert distance_m(120, 31, 120, 32) == pytest.approx(111_195, abs=1)
    assert distance_m(120, 31, 120, 31) == 0
    assert distance_m(0, 0, 180, 0) == pytest.approx(20_015_115, abs=1)


def test_the_rectangle_of_china() -> None:
    assert is_in_china(120.6, 31.3)
    assert not is_in_china(2.35, 48.85)
