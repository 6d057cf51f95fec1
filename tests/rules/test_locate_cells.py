"""Points are answered from a raster exactly as the plain rule answers them, whatever the ground is made of."""

from itertools import product

import numpy as np
import pytest
import shapely
from bench.locate import EDGE_DEGREES, Geometries, Plain
from bench.locate import ground as invented
from bench.locate import points as strewn
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from yemai.base.territory import cells, locate, raster
from yemai.base.territory.locate import FLAGS, NOWHERE, Ground, Located
from yemai.base.territory.terms import PlaceFlag

OFFSETS = (0.0, EDGE_DEGREES, -EDGE_DEGREES, 4.9e-6, -5.1e-6, EDGE_DEGREES + 1e-12, -2e-5)
HERE = (120.6, 31.3)
MOSTLY = settings(deadline=None, max_examples=60)


def array(shapes: list[BaseGeometry]) -> Geometries:
    held = np.empty(len(shapes), dtype=object)
    held[:] = shapes
    return held


def telling(polygons: Geometries, ground: Ground, dice: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Corners, places on lines and just off them, crossings of the raster's own lines, places inside and anywhere."""
    corners = shapely.get_coordinates(polygons)
    sides = shapely.get_coordinates(
        shapely.line_interpolate_point(shapely.boundary(polygons), dice.uniform(0, 1), normalized=True)
    )
    on = np.vstack([corners[dice.permutation(len(corners))[:200]], sides])
    near = np.vstack([on + offset for offset in dice.permutation(list(product(OFFSETS, OFFSETS)))[:16]])
    raster = dice.choice(ground.cells.xs, 60), dice.choice(ground.cells.ys, 60)
    west, south, east, north = shapely.total_bounds(polygons)
    anywhere = dice.uniform(west, east, 200), dice.uniform(south, north, 200)
    odd = [np.nan, np.inf, -np.inf, 180.0, 180.000001, -181.0, 0.0], [31.3, 31.3, np.nan, 90.0, 31.3, 91.0, -0.0]
    within = shapely.get_coordinates(shapely.point_on_surface(polygons))
    pairs = [near.T, within.T, raster, anywhere, odd]
    return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])


def near_lines(ground: Ground, lons: np.ndarray, lats: np.ndarray) -> float:
    """Share of the points whose cell alone is no answer."""
    held = ground.cells
    place = np.searchsorted(held.ys, lats, "right") * held.width + np.searchsorted(held.xs, lons, "right")
    return float(np.mean(held.state[place] < 0))


def compare(polygons: Geometries, seed: int = 1) -> Ground:
    """Answers in bulk and one by one are those of the plain rule."""
    ground, dice = Ground(range(1000, 1000 + len(polygons)), polygons), np.random.default_rng(seed)
    lons, lats = telling(polygons, ground, dice)
    wanted = Plain(polygons).codes(lons, lats)
    np.testing.assert_array_equal(ground.codes(lons, lats), wanted)
    ones = [ground.locate(lon, lat) for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True)]
    assert ones == ground.locate_many(lons, lats) == ground.answers(wanted)
    return ground


SCALES = st.sampled_from([2e-5, 4e-4, 0.01, 3.0])
UNIT = st.floats(0.0, 1.0, width=32)


@st.composite
def partitions(draw: st.DrawFn) -> Geometries:
    """Voronoi cells of some seeds; then some laid upon others, some with a hole, some of two parts, some missing."""
    scale = draw(SCALES)
    seeds = draw(st.lists(st.tuples(UNIT, UNIT), min_size=2, max_size=25, unique=True))
    places = np.array(HERE) + scale * np.array(seeds)
    whole = shapely.box(HERE[0], HERE[1], HERE[0] + scale, HERE[1] + scale)
    parts = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(places), extend_to=whole))
    shapes = [one for one in shapely.intersection(parts, whole) if one.geom_type == "Polygon" and one.area > 0]
    for at, kind in draw(st.dictionaries(st.integers(0, 30), st.sampled_from("uhmos"), max_size=8)).items():
        one = shapes[at % len(shapes)]
        other = shapes[(at * 7 + 3) % len(shapes)]
        if kind == "u":
            shapes[at % len(shapes)] = one.buffer(scale / 8)
        elif kind == "h":
            shapes[at % len(shapes)] = one.difference(one.point_on_surface().buffer(scale / 40))
        elif kind == "m":
            shapes[at % len(shapes)] = one.union(
                shapely.box(HERE[0] - scale, HERE[1], HERE[0] - scale / 2, HERE[1] + 1e-5)
            )
        elif kind == "o" and len(shapes) > 2 and other is not one:
            shapes.remove(other)
        elif kind == "s":
            shapes.append(
                shapely.box(HERE[0] + at * scale / 31, HERE[1], HERE[0] + at * scale / 31 + 3e-6, HERE[1] + scale)
            )
    return array(shapes)


@MOSTLY
@given(partitions(), st.integers(0, 2**32 - 1))
def test_any_partition_with_overlaps_holes_parts_gaps_and_slivers(polygons: Geometries, seed: int) -> None:
    compare(polygons, seed)


@st.composite
def boxes(draw: st.DrawFn) -> Geometries:
    """Rectangles between a few lines some metres apart: they share sides and corners, hold and repeat each other."""
    line = st.integers(0, 12)
    found = []
    for west, south, wide, high in draw(st.lists(st.tuples(line, line, line, line), min_size=1, max_size=30)):
        west_at, south_at = HERE[0] + west * EDGE_DEGREES, HERE[1] + south * EDGE_DEGREES
        found.append(shapely.box(west_at, south_at, west_at + (wide + 1) * 1e-5, south_at + (high + 1) * 1e-5))
    return array(found)


@MOSTLY
@given(boxes(), st.integers(0, 2**32 - 1))
def test_boxes_within_reach_of_each_other(polygons: Geometries, seed: int) -> None:
    compare(polygons, seed)


def test_an_invented_town_of_a_thousand() -> None:
    polygons = invented(1000, 7)
    ground = compare(polygons)
    lons, lats = strewn(polygons, 20_000, 8)
    wanted = Plain(polygons).codes(lons, lats)
    np.testing.assert_array_equal(ground.codes(lons, lats), wanted)
    assert {one.flag for one in ground.answers(wanted)} == set(PlaceFlag)
    assert near_lines(ground, lons, lats) < 0.5, "most points are answered by their cell alone"


def test_a_polygon_on_another_continent_costs_no_ocean_of_cells() -> None:
    town = invented(1000, 7)
    far = array([*town, shapely.box(-70.0, -34.0, -69.9, -33.9)])
    held, alone = compare(far), Ground(range(len(town)), town)
    assert held.cells.nbytes < 1.2 * alone.cells.nbytes
    lons, lats = strewn(town, 5_000, 8)
    near, wanted = (near_lines(one, lons, lats) for one in (held, alone))
    assert near < 1.2 * wanted, "the town keeps its fine cells"


def test_thirty_copies_of_one_polygon() -> None:
    compare(array([shapely.Point(HERE).buffer(0.01, 4)] * 30))


def test_cells_get_wider_where_they_would_hold_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_PAIRS", 2_000)
    ground = compare(array([shapely.Point(HERE).buffer(0.01, 4)] * 30))
    assert len(ground.cells.members) < 10_000
    monkeypatch.setattr(cells, "MOST_PAIRS", 1)
    compare(invented(50, 3))


def test_in_small_shares_the_same_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "AT_ONCE", 50)
    monkeypatch.setattr(cells, "POINTS_AT_ONCE", 50)
    compare(invented(50, 3))


def test_the_whole_earth_and_a_line_at_its_end() -> None:
    compare(array([shapely.box(-180, -90, 180, 90), shapely.box(179, 89, 180, 90), shapely.box(-180, -90, -179, 10)]))


@pytest.mark.parametrize("shapes", [[], [shapely.Polygon()], [shapely.Polygon(), shapely.MultiPolygon()]])
def test_nothing_drawn_is_outside(shapes: list[BaseGeometry]) -> None:
    ground = Ground(range(len(shapes)), array(shapes))
    assert ground.locate(*HERE) == NOWHERE
    assert ground.locate_many(np.array([HERE[0], np.nan]), np.array([HERE[1], 1.0])) == [NOWHERE, NOWHERE]


def test_an_empty_shape_among_others_keeps_every_index() -> None:
    around = shapely.Point(HERE).buffer(0.01)
    ground = Ground([7, 8, 9], array([shapely.Polygon(), around, around]))
    assert ground.locate(*HERE) == Located(8, PlaceFlag.OVERLAP)
    assert ground.locate(HERE[0] + 0.01, HERE[1]) == Located(8, PlaceFlag.EDGE)
    assert ground.locate(HERE[0] + 0.02, HERE[1]) == NOWHERE


def test_the_flags_are_numbered_as_the_plain_rule_numbers_them() -> None:
    assert FLAGS == (PlaceFlag.OK, PlaceFlag.EDGE, PlaceFlag.OVERLAP)
    assert locate.EDGE_DEGREES == EDGE_DEGREES
