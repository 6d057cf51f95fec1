"""The planning engine on 3,076 real buildings of Suzhou."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench.planning import CELL_M, real_houses

from yemai.modules.planning.rules.division import Doubt, House, Verdict, divide
from yemai.modules.planning.rules.sites import CIRCLE_M, Spot, thinned, widest_cover

pytestmark = pytest.mark.no_database


@pytest.fixture(scope="module")
def houses(shared_data: Path) -> list[House]:
    path = shared_data / "buildings_suzhou.geojson"
    if not path.is_file():
        pytest.skip(f"no real buildings at {path}")
    return real_houses(path)


def test_all_real_buildings_are_divided_and_what_is_not_in_range_says_why(houses: list[House]) -> None:
    plan = divide(houses, workers=2)
    assert len(plan.assignment) == len(houses) == 3076
    assert all(one.is_contiguous for one in plan.groups)
    assert all((one.doubt is None) == (30 <= one.households <= 80) for one in plan.groups)
    assert sum(one.doubt is not None and one.doubt is not Doubt.OUT_OF_REACH for one in plan.groups) == 0
    assert plan.in_range >= 0.95 * len(plan.groups)
    proven = [piece for piece in plan.pieces if piece.gap <= 0.05]
    assert len(proven) >= 0.8 * len(plan.pieces)
    assert plan.gap <= 0.05


def test_a_division_of_today_is_kept_where_it_is_good(houses: list[House]) -> None:
    estate = [one for one in houses if one.estate == 1]
    plan = divide(estate)
    again = divide([replace(one, team=plan.assignment[one.key]) for one in estate])
    assert again.score.changes == 0
    assert {frozenset(one.members) for one in again.groups} == {frozenset(one.members) for one in plan.groups}
    assert plan.verdict is Verdict.OPTIMAL


def test_three_stations_for_the_real_ground(houses: list[House]) -> None:
    demand = [Spot(one.key, one.lon, one.lat, one.households) for one in houses]
    found = widest_cover(demand, thinned(demand, CELL_M), [], 3, CIRCLE_M)
    assert found.gap <= 1e-6
    assert [one.gain for one in found.sites] == sorted((one.gain for one in found.sites), reverse=True)
    assert found.after.within == sum(one.gain for one in found.sites)
