"""Points: in a micro-grid, on its edge, in two, in the sea; near a building; followed by every process."""

import subprocess
import sys
import threading
from datetime import datetime

import numpy as np
import pytest
import shapely
from django.db import connection

from tests.modules.territory_ground import SIDE, SOUTH, WEST, Ground, lay, middle, square
from yemai.base.territory import revision
from yemai.base.territory.actions import add_building, close_node, end_building, move_node, set_boundary
from yemai.base.territory.locate import Located, locate, locate_many, nearest_building
from yemai.base.territory.terms import PlaceFlag
from yemai.kernel.coordinates import distance_m

METRE = 1 / 111_195


@pytest.fixture
def ground(now: datetime, db: None) -> Ground:
    return lay(now)


def test_a_point_inside_is_certain(ground: Ground) -> None:
    assert [locate(*middle(column)) for column in range(3)] == [
        Located(node.pk, PlaceFlag.OK) for node in ground.grids[:3]
    ]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        (124.0, 30.0), (WEST - 2 * METRE, SOUTH + SIDE / 2), (0.0, 0.0), (-120.6, -31.3), (31.301, 120.601),
        (181.0, 91.0),
        (float("nan"), 31.301), (float("inf"), 31.301), (120.601, 31.315),
    ],
)  # fmt: skip
def test_a_point_in_the_sea_or_not_on_earth_lies_nowhere(ground: Ground, lon: float, lat: float) -> None:
    assert locate(lon, lat) == Located(None, PlaceFlag.OUTSIDE)


@pytest.mark.parametrize("off", [0.0, 0.3 * METRE, -0.3 * METRE])
def test_on_a_shared_edge_the_lowest_code_is_proposed_and_flagged(ground: Ground, off: float) -> None:
    assert locate(WEST + SIDE + off, SOUTH + SIDE / 2) == Located(ground.grids[0].pk, PlaceFlag.EDGE)


def test_a_corner_or_an_outer_edge_is_an_edge_too(ground: Ground) -> None:
    assert locate(WEST + 2 * SIDE, SOUTH) == Located(ground.grids[1].pk, PlaceFlag.EDGE)
    assert locate(WEST, SOUTH + SIDE / 2) == Located(ground.grids[0].pk, PlaceFlag.EDGE)


def test_two_metres_off_the_edge_is_certain_again(ground: Ground) -> None:
    assert locate(WEST + SIDE + 2 * METRE, SOUTH + SIDE / 2) == Located(ground.grids[1].pk, PlaceFlag.OK)


def test_a_point_in_two_micro_grids_is_flagged(ground: Ground) -> None:
    set_boundary(ground.grids[2], square(1, wide=2), actor=None, now=ground.now)
    assert locate(*middle(1)) == Located(ground.grids[1].pk, PlaceFlag.OVERLAP)
    assert locate(*middle(2)) == Located(ground.grids[2].pk, PlaceFlag.OK)


def test_a_sliver_between_neighbours_is_an_edge_not_a_hole(ground: Ground) -> None:
    east = shapely.box(WEST + SIDE + 0.6 * METRE, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE)
    set_boundary(ground.grids[1], east, actor=None, now=ground.now)
    assert locate(WEST + SIDE + 0.3 * METRE, SOUTH + SIDE / 2) == Located(ground.grids[0].pk, PlaceFlag.EDGE)


def test_holes_and_parts_are_respected(ground: Ground) -> None:
    outer = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
    hole = shapely.Point(*middle(0)).buffer(SIDE / 10)
    far = shapely.box(WEST - 0.1, SOUTH, WEST - 0.1 + SIDE, SOUTH + SIDE)
    set_boundary(ground.grids[0], shapely.MultiPolygon([outer.difference(hole), far]), actor=None, now=ground.now)
    assert locate(*middle(0)).flag == PlaceFlag.OUTSIDE
    assert locate(WEST - 0.1 + SIDE / 2, SOUTH + SIDE / 2) == Located(ground.grids[0].pk, PlaceFlag.OK)


def test_only_the_settling_tier_is_asked(ground: Ground) -> None:
    set_boundary(ground.town, square(-50, wide=100), actor=None, now=ground.now)
    assert locate(*middle(-20)).flag == PlaceFlag.OUTSIDE


def test_changes_are_followed_at_once_inside_a_transaction(ground: Ground) -> None:
    assert locate(*middle(2)).node_id == ground.grids[2].pk
    moved = move_node(ground.grids[2], ground.villages[1], actor=None, now=ground.now)
    assert locate(*middle(2)) == Located(moved.pk, PlaceFlag.OK)
    close_node(moved, actor=None, now=ground.now)
    assert locate(*middle(2)).flag == PlaceFlag.OUTSIDE


def test_without_any_ground_everything_is_outside(db: None) -> None:
    assert locate(*middle(0)) == Located(None, PlaceFlag.OUTSIDE)
    assert nearest_building(*middle(0)) is None


def test_many_points_are_answered_as_one_by_one(ground: Ground) -> None:
    set_boundary(ground.grids[2], square(1, wide=2), actor=None, now=ground.now)
    raster = np.linspace(-0.5, 3.5, 33)
    lons = np.repeat(WEST + raster * SIDE, 5)
    lats = np.tile(SOUTH + np.linspace(-0.2, 1.2, 5) * SIDE, 33)
    lons[7] = np.nan
    found = locate_many(lons, lats)
    assert found == [locate(lon, lat) for lon, lat in zip(lons, lats, strict=True)]
    assert {one.flag for one in found} == set(PlaceFlag)
    assert locate_many([], []) == []


# --- buildings -----------------------------------------------------------------------------------------------------


def test_the_nearest_building_within_reach_and_its_distance(ground: Ground) -> None:
    lon, lat = middle(0)
    near = add_building(ground.grids[0], "1栋", lon=lon, lat=lat, actor=None, now=ground.now)
    add_building(ground.grids[0], "2栋", lon=lon + 0.0005, lat=lat, actor=None, now=ground.now)
    found = nearest_building(lon + 0.0001, lat + 0.0001)
    assert found is not None
    assert (found.building_id, found.node_id) == (near.pk, ground.grids[0].pk)
    assert found.metres == pytest.approx(distance_m(lon, lat, lon + 0.0001, lat + 0.0001), rel=0.01)
    assert nearest_building(lon - 0.01, lat) is None
    assert nearest_building(float("nan"), lat) is None
    end_building(near, actor=None, now=ground.now)
    found = nearest_building(lon, lat)
    assert found is not None and found.building_id != near.pk


def test_inside_a_footprint_the_distance_is_nought(ground: Ground) -> None:
    wide = add_building(ground.grids[0], "1栋", footprint=square(0), actor=None, now=ground.now)
    add_building(ground.grids[0], "2栋", lon=WEST + 2 * METRE, lat=SOUTH - METRE, actor=None, now=ground.now)
    found = nearest_building(WEST + 2 * METRE, SOUTH + 2 * METRE)
    assert found is not None and (found.building_id, found.metres) == (wide.pk, 0.0)


# --- every process -------------------------------------------------------------------------------------------------

OTHER = """
import sys
import django
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from yemai.base.territory.locate import locate
for line in sys.stdin:
    lon, lat = map(float, line.split())
    print(locate(lon, lat).node_id, flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_another_process_follows_within_two_seconds(now: datetime) -> None:
    """The other process is asked until it sees the change; the test ends with it, or with the two seconds."""
    ground = lay(now)
    command = [sys.executable, "-c", OTHER, str(connection.settings_dict["NAME"])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin and other.stdout

        def ask() -> str:
            assert other.stdin and other.stdout
            other.stdin.write("{} {}\n".format(*middle(2)))
            other.stdin.flush()
            return other.stdout.readline().strip()

        assert ask() == str(ground.grids[2].pk)
        moved = move_node(ground.grids[2], ground.villages[1], actor=None, now=now)
        late = threading.Timer(2.0, other.kill)
        late.start()
        answers = {ask()}
        while str(moved.pk) not in answers and "" not in answers:
            answers.add(ask())
        late.cancel()
        other.kill()
    assert str(moved.pk) in answers
    assert answers <= {str(moved.pk), str(ground.grids[2].pk)}


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_revision_is_read_at_most_once_a_second(
    now: datetime, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: object
) -> None:
    ground = lay(now)
    moment = 1000.0
    monkeypatch.setattr(revision.time, "monotonic", lambda: moment)
    assert locate(*middle(0)).node_id == ground.grids[0].pk
    with django_assert_num_queries(0):  # type: ignore[operator] - a fixture without a public type
        for _again in range(50):
            locate(*middle(0))
    moment += 1.01
    with django_assert_num_queries(1):  # type: ignore[operator] - a fixture without a public type
        for _again in range(50):
            locate(*middle(0))
