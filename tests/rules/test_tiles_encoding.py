"""The tile encoder against the reference decoder: every feature, property and hole; and its bytes against the rules."""

from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from mapbox_vector_tile.Mapbox import vector_tile_pb2
from shapely.geometry.base import BaseGeometry

from yemai.desks.tiles.counting import HEXAGON, gathered, hexagon_of, middles
from yemai.desks.tiles.encoding import Properties, encode_layer, encode_tile
from yemai.desks.tiles.grid import BUFFER, EXTENT, WORLD, ZOOM_MAX, Tile, to_degrees, to_world
from yemai.desks.tiles.kept import OVERHEAD, TileCache
from yemai.desks.tiles.outlines import Outlines
from yemai.desks.tiles.shapes import Kind, cleaned, clipped, doubled_areas, flat, only
from yemai.desks.tiles.wire import tile_value, varint, varint_sizes, varints, zigzag

pytestmark = pytest.mark.no_database


def encoded(geometries: list[Any], kind: Kind, columns: dict[str, list[Any]] | None = None) -> bytes:
    """One layer "it" of geometries in units of a tile, numbered from 1."""
    shapes = flat(geometries, kind)
    fit = cleaned(shapes.moved(np.rint(shapes.xy).astype(np.int64)))
    count = len(geometries)
    return encode_tile([encode_layer("it", fit, Properties.of(columns or {}, count), np.arange(1, count + 1))])


def decoded(tile: bytes, layer: str = "it") -> dict[int, dict[str, Any]]:
    """The features of a layer by id, as the reference decoder reads them."""
    found = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    return {one["id"]: one for one in found[layer]["features"]} if layer in found else {}


def shape(feature: dict[str, Any]) -> BaseGeometry:
    """The geometry of a decoded feature."""
    return shapely.geometry.shape(feature["geometry"])


def raw(tile: bytes) -> Any:
    """The first layer of a tile, as protocol buffers read it."""
    found = vector_tile_pb2.tile()
    found.ParseFromString(tile)
    return found.layers[0]


# --- numbers -------------------------------------------------------------------------------------------------------


def read_varints(written: bytes) -> list[int]:
    """Varints one behind the other, read by the book."""
    found, value, shift = [], 0, 0
    for byte in written:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            found.append(value)
            value, shift = 0, 0
    return found


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_varints_are_read_back(values: list[int]) -> None:
    array = np.array(values, dtype=np.uint64)
    written = varints(array)
    assert read_varints(written) == values
    assert written == b"".join(varint(value) for value in values)
    assert varint_sizes(array).tolist() == [len(varint(value)) for value in values]


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_zigzag_folds_small_magnitudes_first(values: list[int]) -> None:
    folded = zigzag(np.array(values, dtype=np.int64)).tolist()
    assert folded == [2 * value if value >= 0 else -2 * value - 1 for value in values]


@given(
    st.one_of(st.text(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False)),
    st.integers(1, 3),
)
def test_a_property_comes_back_with_its_type(value: Any, times: int) -> None:
    points = [shapely.Point(n, n) for n in range(times)]
    for feature in decoded(encoded(points, Kind.POINT, {"said": [value] * times})).values():
        assert feature["properties"] == {"said": value}
        assert type(feature["properties"]["said"]) is type(value)


def test_equal_values_of_different_types_are_kept_apart() -> None:
    values = [True, 1, 1.0, 0, False, None]
    found = decoded(encoded([shapely.Point(n, 0) for n in range(6)], Kind.POINT, {"a": values}))
    assert [repr(found[n + 1]["properties"].get("a")) for n in range(6)] == [repr(value) for value in values]
    assert "a" not in found[6]["properties"], "no value is no tag"


def test_what_a_tile_cannot_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="64 bits"):
        tile_value(2**64)
    with pytest.raises(TypeError, match="list"):
        tile_value([1])  # type: ignore[arg-type]  # the point of the test


# --- geometry ------------------------------------------------------------------------------------------------------

coordinate = st.integers(-BUFFER, EXTENT + BUFFER)
place = st.tuples(coordinate, coordinate)


@given(st.lists(st.lists(place, min_size=1, max_size=8), min_size=1, max_size=5))
def test_points_come_back(groups: list[list[tuple[int, int]]]) -> None:
    found = decoded(encoded([shapely.MultiPoint(group) for group in groups], Kind.POINT))
    assert len(found) == len(groups)
    for n, group in enumerate(groups, start=1):
        assert shapely.get_coordinates(shape(found[n])).tolist() == [list(one) for one in group]


@given(st.lists(st.lists(st.lists(place, min_size=2, max_size=8), min_size=1, max_size=3), min_size=1, max_size=4))
def test_lines_come_back_without_repeated_points(features: list[list[list[tuple[int, int]]]]) -> None:
    found = decoded(encoded([shapely.MultiLineString(lines) for lines in features], Kind.LINE))
    for n, lines in enumerate(features, start=1):
        single = [[one for at, one in enumerate(line) if at == 0 or one != line[at - 1]] for line in lines]
        kept = [[list(one) for one in line] for line in single if len(line) > 1]
        if not kept:
            assert n not in found
            continue
        geometry = found[n]["geometry"]
        lines_back = geometry["coordinates"] if geometry["type"] == "MultiLineString" else [geometry["coordinates"]]
        assert [[list(one) for one in line] for line in lines_back] == kept


@st.composite
def squares_with_holes(draw: st.DrawFn) -> shapely.MultiPolygon:
    """Squares side by side on the tile, each with up to four holes of its own, drawn in either direction."""
    found = []
    for column in range(draw(st.integers(1, 3))):
        left, top = column * 1000, draw(st.integers(0, 3000))
        holes = [
            shapely.box(left + 50 + 200 * n, top + 50, left + 50 + 200 * n + draw(st.integers(1, 150)), top + 400)
            for n in range(draw(st.integers(0, 4)))
        ]
        rings = [list(hole.exterior.coords)[:: draw(st.sampled_from([1, -1]))] for hole in holes]
        outer = list(shapely.box(left, top, left + 950, top + 900).exterior.coords)[:: draw(st.sampled_from([1, -1]))]
        found.append(shapely.Polygon(outer, rings))
    return shapely.MultiPolygon(found)


@settings(deadline=None)
@given(st.lists(squares_with_holes(), min_size=1, max_size=6))
def test_polygons_come_back_with_every_part_and_hole(polygons: list[shapely.MultiPolygon]) -> None:
    tile = encoded(polygons, Kind.POLYGON)
    found = decoded(tile)
    assert len(found) == len(polygons)
    for n, polygon in enumerate(polygons, start=1):
        back = shape(found[n])
        assert back.equals(polygon)
        assert shapely.get_num_interior_rings(shapely.get_parts(back)).tolist() == (
            shapely.get_num_interior_rings(shapely.get_parts(polygon)).tolist()
        )
    for feature in raw(tile).features:
        assert walk(list(feature.geometry)) == "right"


def walk(numbers: list[int]) -> str:
    """Follow the commands of a polygon as section 4.3 says; "right" when all is as it must be."""
    at, cursor, is_first = 0, (0, 0), True
    while at < len(numbers):
        assert numbers[at] == 1 << 3 | 1, "one MoveTo begins a ring"
        cursor = stepped(cursor, numbers[at + 1 : at + 3])
        ring, count = [cursor], numbers[at + 3] >> 3
        assert numbers[at + 3] & 7 == 2, "LineTo"
        assert count >= 2, "more than one side"
        for side in range(count):
            step = numbers[at + 4 + 2 * side : at + 6 + 2 * side]
            assert step != [0, 0], "a LineTo goes somewhere"
            cursor = stepped(cursor, step)
            ring.append(cursor)
        at += 4 + 2 * count
        assert numbers[at] == 1 << 3 | 7, "ClosePath"
        assert ring[0] != ring[-1], "the first point is not repeated"
        at += 1
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
        assert area != 0
        assert area > 0 or not is_first, "the first ring is an outer one"
        is_first = False
    return "right"


def stepped(cursor: tuple[int, int], step: list[int]) -> tuple[int, int]:
    """The cursor after a parameter pair."""
    x, y = ((number >> 1) ^ -(number & 1) for number in step)
    return cursor[0] + x, cursor[1] + y


def test_what_has_no_area_is_dropped_and_a_hole_goes_with_its_ring() -> None:
    speck = shapely.Polygon([(1, 1), (1.2, 1), (1.2, 1.2)], [[(1.05, 1.05), (1.1, 1.05), (1.1, 1.1)]])
    needle = shapely.Polygon([(0, 0), (100, 0), (100, 0.2)])
    square = shapely.Polygon(
        shapely.box(10, 10, 90, 90).exterior.coords,
        [[(20, 20), (20.2, 20), (20.2, 20.2)], [(40, 40), (60, 40), (60, 60)]],
    )
    found = decoded(
        encoded(
            [speck, None, needle, shapely.MultiPolygon([square, shapely.box(200, 200, 200.3, 200.3)])], Kind.POLYGON
        )
    )
    assert list(found) == [4]
    assert len(found[4]["geometry"]["coordinates"]) == 2, "one hole left"


def test_nothing_is_no_layer() -> None:
    assert encoded([], Kind.POLYGON) == b""
    assert encoded([None], Kind.POINT) == b""
    assert encoded([shapely.LineString([(1, 1), (1.1, 1)])], Kind.LINE) == b""


def test_a_layer_says_version_extent_and_each_value_once() -> None:
    layer = raw(
        encoded([shapely.Point(n, 0) for n in range(100)], Kind.POINT, {"a": ["x", "y"] * 50, "b": ["x"] * 100})
    )
    assert (layer.version, layer.extent, layer.name, list(layer.keys)) == (2, EXTENT, "it", ["a", "b"])
    assert sorted(value.string_value for value in layer.values) == ["x", "y"]


# --- squares of the map --------------------------------------------------------------------------------------------


@given(st.floats(-180, 180), st.floats(-85, 85), st.integers(0, ZOOM_MAX))
def test_a_place_lies_where_the_web_mercator_says(lon: float, lat: float, zoom: int) -> None:
    world = to_world(np.array([[lon, lat]]))
    back = to_degrees(world)[0]
    assert back == pytest.approx([lon, lat], abs=4e-7)
    tile = Tile(zoom, *(min(int(one) >> (30 - zoom), (1 << zoom) - 1) for one in world[0]))
    units = tile.quantised(world)[0]
    exact = world[0] / (1 << tile.shift) - np.array([tile.x, tile.y]) * EXTENT
    assert np.abs(units - exact).max() <= 0.5
    west, south, east, north = tile.degrees()
    assert west - 1e-9 <= back[0] <= east + 1e-9
    assert south - 1e-9 <= back[1] <= north + 1e-9


def test_squares_that_are_not_there() -> None:
    assert Tile(0, 0, 0).exists
    assert Tile(3, 7, 7).exists
    for tile in (Tile(3, 8, 0), Tile(3, 0, 8), Tile(-1, 0, 0), Tile(ZOOM_MAX + 1, 0, 0), Tile(10**9, 0, 0)):
        assert not tile.exists


def outlines(polygons: list[BaseGeometry]) -> Outlines:
    """Polygons in units of the tile 14/8192/8192 (whose shift is 4), as a layer."""
    shapes = flat(polygons, Kind.POLYGON)
    world = ((shapes.xy + np.array([8192, 8192]) * EXTENT) * (1 << Tile(14, 0, 0).shift)).astype(np.int32)
    count = len(polygons)
    return Outlines(
        shapes.moved(world), np.arange(1, count + 1), Properties.of({}, count), np.zeros(count, dtype=np.int64)
    )


@st.composite
def stars(draw: st.DrawFn) -> shapely.Polygon:
    """A crooked polygon with a hole, anywhere on the tile or across its edge."""
    middle = np.array([draw(st.integers(-500, 4600)), draw(st.integers(-500, 4600))])
    radii = np.array(draw(st.lists(st.integers(300, 2500), min_size=5, max_size=30)))
    turns = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    ring = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return shapely.Polygon(np.rint(middle + ring * radii[:, None]), [np.rint(middle + 40 * ring)])


@settings(deadline=None)  # a busy machine is not a mistake
@given(st.lists(stars(), min_size=1, max_size=4))
def test_a_clipped_layer_covers_what_lies_in_the_tile(polygons: list[shapely.Polygon]) -> None:
    polygons = [one for one in polygons if one.is_valid]
    found = decoded(encode_tile([outlines(polygons).layer("it", Tile(14, 8192, 8192))]))
    frame = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    for n, polygon in enumerate(polygons, start=1):
        wanted = polygon.intersection(frame)
        if n not in found:
            assert wanted.area <= wanted.length * 4, "only a sliver may be lost"
            continue
        back = shape(found[n])
        assert frame.buffer(1e-6).covers(back), "nothing beyond the buffer"
        # Simplified by 2 units, rounded to whole ones: the difference is a seam along the outline.
        assert shapely.make_valid(back).symmetric_difference(wanted).area <= 4 * (wanted.length + back.length) + 32


def test_a_tile_inside_a_polygon_is_filled_and_one_outside_is_empty() -> None:
    layer = outlines([shapely.box(-9000, -9000, 9000, 9000)])
    inside = decoded(encode_tile([layer.layer("it", Tile(14, 8192, 8192))]))
    assert shape(inside[1]).equals(shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER))
    assert layer.layer("it", Tile(14, 100, 100)) == b""


def test_from_far_a_line_has_fewer_points_and_stays_where_it_was() -> None:
    turns = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    circle = shapely.Polygon(np.rint(np.stack([np.cos(turns), np.sin(turns)], axis=1) * 1500 + 2000))
    layer = outlines([circle])
    near = shape(decoded(encode_tile([layer.layer("it", Tile(14, 8192, 8192))]))[1])
    far = shape(decoded(encode_tile([layer.layer("it", Tile(10, 512, 512))]))[1])
    assert shapely.get_num_coordinates(far) < shapely.get_num_coordinates(near) < 3000
    assert near.hausdorff_distance(circle) < 4
    assert shapely.transform(far, lambda xy: xy * 16).hausdorff_distance(circle) < 4 * 16


def test_clipping_mends_what_the_quick_way_breaks() -> None:
    bow = np.array([shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])], dtype=object)
    cut, rows = only(Kind.POLYGON, clipped(bow, (-10, -10, 110, 110)))
    assert shapely.is_valid(cut).all()
    assert shapely.area(cut).sum() == pytest.approx(5000)
    assert set(rows.tolist()) == {0}


# --- counting ------------------------------------------------------------------------------------------------------


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_point_goes_to_the_hexagon_whose_middle_is_nearest(x: float, y: float) -> None:
    own = hexagon_of(np.array([[x, y]]))
    around = own + np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1], [1, -1], [-1, 1]])
    away = np.hypot(*(middles(around) - np.array([x, y])).T)
    assert away[0] <= away.min() + 1e-6


def test_a_hexagon_on_the_edge_counts_the_same_in_both_tiles() -> None:
    rng = np.random.default_rng(7)
    left, right = Tile(10, 512, 512), Tile(10, 513, 512)
    edge = right.box()[0]
    world = (
        np.array([edge, left.box()[1]])
        + rng.uniform(-1, 1, (5000, 2)) * [3 * HEXAGON << left.shift, 0]
        + (rng.uniform(0, EXTENT << left.shift, (5000, 2)) * [0, 1])
    )
    ones = np.ones((5000, 1), dtype=np.int64)
    both = []
    for tile in (left, right):
        shapes, ids, sums = gathered(world, ones, tile)
        assert (doubled_areas(cleaned(shapes)) > 0).all()
        both.append(dict(zip(ids.tolist(), sums[:, 0].tolist(), strict=True)))
    shared = both[0].keys() & both[1].keys()
    assert len(shared) > 10
    assert all(both[0][one] == both[1][one] for one in shared)
    assert sum((both[0] | both[1]).values()) > 4000


# --- what is kept --------------------------------------------------------------------------------------------------


def test_the_cache_keeps_to_its_room_and_lets_the_oldest_go() -> None:
    cache = TileCache(3 * (1000 + OVERHEAD))
    made: list[str] = []

    def tile(name: str) -> bytes:
        return cache.get(name, lambda: made.append(name) or bytes(1000))  # type: ignore[func-returns-value]  # notes what is made

    for name in ("a", "b", "c", "a", "d", "a", "b"):
        assert tile(name) == bytes(1000)
        assert cache.used <= cache.room
    assert made == ["a", "b", "c", "d", "b"]
    assert cache.get("huge", lambda: bytes(10_000)) == bytes(10_000)
    assert len(cache) == 3, "what is larger than the room is handed on, not kept"


def test_the_world_fits_its_numbers() -> None:
    corners = to_world(np.array([[-180.0, 90.0], [180.0, -90.0]]))
    assert corners.tolist() == [[0, 0], [WORLD, WORLD]]
