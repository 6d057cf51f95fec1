"""Sites of stations: what is within a walk, and the best additional sites against trying every choice."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yemai.modules.planning.rules.ground import metres
from yemai.modules.planning.rules.sites import (
    CIRCLE_M,
    Spot,
    service,
    shortest_walk,
    thinned,
    widest_cover,
)

pytestmark = pytest.mark.no_database

WEST, SOUTH = 120.6, 31.3


def spot(key: int, east_m: float, north_m: float, households: int = 0) -> Spot:
    return Spot(key, WEST + east_m / 95_100, SOUTH + north_m / 111_320, households)


places = st.tuples(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 60))


def spots(rows: list[tuple[int, int, int]]) -> list[Spot]:
    return [spot(key, *row) for key, row in enumerate(rows)]


def away(demand: list[Spot], sites: list[Spot]) -> np.ndarray:
    points = metres([(one.lon, one.lat) for one in [*demand, *sites]])
    return np.hypot(*(points[: len(demand), None] - points[None, len(demand) :]).transpose(2, 0, 1))


def test_who_is_within_a_walk_and_who_is_left_out() -> None:
    demand = [spot(1, 0, 0, 10), spot(2, 490, 0, 20), spot(3, 510, 0, 30)]
    found = service(demand, [spot(9, 0, 0)], 500)
    assert (found.households, found.within, found.left_out) == (60, 30, (3,))
    assert found.share == 0.5
    assert service(demand, [spot(9, 0, 0)], CIRCLE_M).left_out == ()


def test_without_a_station_nobody_is_served_and_no_mean_is_made_up() -> None:
    found = service([spot(1, 0, 0, 10)], [])
    assert (found.within, found.mean_m) == (0, None)
    assert service([], [spot(9, 0, 0)]).share is None


def test_sites_come_in_the_order_of_what_they_add_and_never_more_than_help() -> None:
    demand = [spot(1, 0, 0, 10), spot(2, 3000, 0, 30)]
    found = widest_cover(demand, demand, [], 5)
    assert [(one.key, one.gain) for one in found.sites] == [(2, 30.0), (1, 10.0)]
    assert found.gap == 0 and found.after.share == 1


def test_households_with_a_station_near_do_not_count_again() -> None:
    demand = [spot(1, 0, 0, 50), spot(2, 3000, 0, 10)]
    found = widest_cover(demand, demand, [spot(9, 0, 0)], 1)
    assert [one.key for one in found.sites] == [2]
    assert found.before.within == 50


@settings(max_examples=40, deadline=None)
@given(st.lists(places, min_size=2, max_size=12), st.lists(places, max_size=2), st.integers(1, 3))
def test_widest_cover_is_the_best_of_all_choices(
    rows: list[tuple[int, int, int]], stations: list[tuple[int, int, int]], count: int
) -> None:
    demand, existing = spots(rows), spots(stations)
    found = widest_cover(demand, demand, existing, count)
    near = away(demand, [*existing, *demand]) <= 500
    weight = np.array([one.households for one in demand])
    best = max(
        int(weight[near[:, [*range(len(existing)), *(len(existing) + one for one in chosen)]].any(axis=1)].sum())
        for chosen in combinations(range(len(demand)), min(count, len(demand)))
    )
    assert found.after.within == best
    assert found.bound == pytest.approx(best)


@settings(max_examples=40, deadline=None)
@given(st.lists(places, min_size=2, max_size=12), st.lists(places, max_size=2), st.integers(1, 3))
def test_shortest_walk_is_never_beyond_its_gap(
    rows: list[tuple[int, int, int]], stations: list[tuple[int, int, int]], count: int
) -> None:
    demand, existing = spots(rows), spots(stations)
    found = shortest_walk(demand, demand, existing, count)
    metres_to = away(demand, [*existing, *demand])
    weight = np.array([one.households for one in demand])
    best = min(
        float(weight @ metres_to[:, [*range(len(existing)), *(len(existing) + one for one in chosen)]].min(axis=1))
        for chosen in combinations(range(len(demand)), min(count, len(demand)))
    )
    assert found.bound <= best + 1e-3
    assert best - 1e-3 <= found.value <= best * 1.25 + 1e-3


def test_a_median_needs_something_to_walk_to() -> None:
    with pytest.raises(ValueError, match="no station"):
        shortest_walk([spot(1, 0, 0, 1)], [], [], 2)


def test_thinning_keeps_one_candidate_of_a_square() -> None:
    kept = thinned([spot(1, 10, 10), spot(2, 11, 11), spot(3, 900, 900)], 100)
    assert 3 in {one.key for one in kept} and len(kept) == 2
