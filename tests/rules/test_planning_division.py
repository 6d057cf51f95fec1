"""Dividing ground: every building once, in range, contiguous; nothing broken silently; never dearer than any division."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yemai.modules.planning.rules.costs import EVEN_SCALE
from yemai.modules.planning.rules.division import Doubt, House, Plan, Sizes, Verdict, Weights, divide
from yemai.modules.planning.rules.ground import connected_parts, is_connected, metres, neighbours

pytestmark = pytest.mark.no_database

STEP = 0.0005
"""About 50 m."""
WEST, SOUTH = 120.6, 31.3


def street(households: Sequence[int], *, gap_after: int | None = None, **more: object) -> list[House]:
    """Buildings in one line from west to east, 48 m apart; `gap_after` leaves 480 m after that many."""
    return [
        House(key, WEST + STEP * (key + (10 if gap_after is not None and key >= gap_after else 0)), SOUTH, one)
        for key, one in enumerate(households)
    ]


def block(households: Sequence[int], wide: int, teams: Sequence[str | None] = ()) -> list[House]:
    """Buildings on a lattice `wide` across, slightly askew so that no four lie on a circle."""
    return [
        House(
            key,
            WEST + STEP * (key % wide) + 0.00003 * (key // wide),
            SOUTH + STEP * (key // wide) + 0.00001 * (key % wide),
            one,
            team=teams[key] if teams else None,
        )
        for key, one in enumerate(households)
    ]


def loads(plan: Plan) -> list[int]:
    return sorted(one.households for one in plan.groups)


# --- what always holds ---------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 95), min_size=1, max_size=16),
    st.integers(1, 4),
    st.lists(st.sampled_from(["a", "b", None]), min_size=16, max_size=16),
)
def test_every_building_once_contiguous_and_outside_the_range_only_with_a_reason(
    households: list[int], wide: int, teams: list[str | None]
) -> None:
    houses = block(households, wide, teams[: len(households)])
    plan = divide(houses)
    assert sorted(key for group in plan.groups for key in group.members) == list(range(len(houses)))
    assert plan.assignment == {key: group.number for group in plan.groups for key in group.members}
    near = neighbours([one for one in houses if one.households <= 80])
    place = {one.key: at for at, one in enumerate(one for one in houses if one.households <= 80)}
    for group in plan.groups:
        assert group.households == sum(houses[key].households for key in group.members)
        assert (group.doubt is None) == (30 <= group.households <= 80)
        if group.doubt is Doubt.ALONE:
            assert len(group.members) == 1 and group.households > 80
        else:
            assert group.households <= 80
            assert group.is_contiguous and is_connected([place[key] for key in group.members], near)
    kept = [group.keeps for group in plan.groups if group.keeps is not None]
    assert len(kept) == len(set(kept))
    assert plan.bound <= sum(piece.cost for piece in plan.pieces) + 1e-6


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=4, max_size=20))
def test_the_same_houses_give_the_same_plan(households: list[int]) -> None:
    first, second = divide(block(households, 4)), divide(block(households, 4))
    assert replace(first, seconds=0) == replace(second, seconds=0)


# --- the least cost, by trying everything -----------------------------------------------------------------------------


def partitions(places: list[int]) -> Iterator[list[list[int]]]:
    if not places:
        yield []
        return
    first, rest = places[0], places[1:]
    for smaller in partitions(rest):
        for at in range(len(smaller)):
            yield [*smaller[:at], [first, *smaller[at]], *smaller[at + 1 :]]
        yield [[first], *smaller]


def cheapest(houses: list[House], sizes: Sizes, weights: Weights) -> float | None:
    """The least score over all lawful contiguous divisions; None without one. Written apart from the solver."""
    near, points = neighbours(houses), metres([(one.lon, one.lat) for one in houses])
    away = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    even = sizes.even(sum(one.households for one in houses))
    best = None
    for division in partitions(list(range(len(houses)))):
        totals = [sum(houses[at].households for at in group) for group in division]
        if any(not sizes.least <= total <= sizes.most for total in totals):
            continue
        if not all(is_connected(group, near) for group in division):
            continue
        cost = _labelled(division, houses, away, weights, frozenset())
        cost += weights.balance * sum((total - even) ** 2 for total in totals) / EVEN_SCALE
        best = cost if best is None else min(best, cost)
    return best


def _labelled(
    division: list[list[int]], houses: list[House], away: np.ndarray, weights: Weights, used: frozenset[object]
) -> float:
    """Walk and changes when each group takes its best centre, keeping that building's team or none, each team once."""
    if not division:
        return 0.0
    group, rest = division[0], division[1:]
    costs = []
    for centre in group:
        walk = weights.walk * sum(max(1, houses[at].households) * away[centre, at] for at in group)
        for keeps in {None, houses[centre].team} - used:
            changed = sum(max(1, houses[at].households) for at in group if houses[at].team not in (None, keeps))
            taken = used if keeps is None else used | {keeps}
            costs.append(walk + weights.changes * changed + _labelled(rest, houses, away, weights, taken))
    return min(costs)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(3, 60), min_size=3, max_size=7),
    st.integers(2, 3),
    st.lists(st.sampled_from(["a", "b", None]), min_size=7, max_size=7),
)
def test_no_division_is_cheaper_than_the_one_found(households: list[int], wide: int, teams: list[str | None]) -> None:
    houses = block(households, wide, teams[: len(households)])
    if len(connected_parts(range(len(houses)), neighbours(houses))) > 1 or sum(households) < 30:
        return
    weights = Weights()
    expected = cheapest(houses, Sizes(), weights)
    plan = divide(houses, weights=weights)
    if expected is None:
        assert any(one.doubt in (Doubt.NO_OTHER_WAY, Doubt.NONE_FOUND) for one in plan.groups)
        return
    assert plan.score.too_small == 0
    assert plan.bound <= expected + 1e-6
    assert expected - 1e-6 <= plan.score.total <= expected / (1 - plan.gap) + 1e-6


# --- one rule after the other -----------------------------------------------------------------------------------------


def test_a_street_of_equal_buildings_falls_into_even_runs() -> None:
    plan = divide(street([10] * 11), weights=Weights(walk=0.0))
    assert loads(plan) == [50, 60]
    assert plan.verdict is Verdict.OPTIMAL
    assert plan.in_range == 2


def test_a_long_street_is_rather_divided_once_more_than_walked() -> None:
    assert loads(divide(street([10] * 11))) == [30, 40, 40]


def test_a_building_above_the_range_stands_alone_and_says_so() -> None:
    plan = divide(street([40, 120, 40]))
    assert [(one.members, one.doubt) for one in plan.groups if one.doubt] == [((1,), Doubt.ALONE)]


def test_ground_out_of_reach_is_one_group_and_says_so() -> None:
    plan = divide(street([40, 12, 9, 8], gap_after=2))
    assert {one.members: one.doubt for one in plan.groups} == {(0, 1): None, (2, 3): Doubt.OUT_OF_REACH}


def test_where_no_division_keeps_the_range_the_fewest_break_it_and_it_is_said_to_be_proven() -> None:
    plan = divide(street([75, 10, 75]))
    doubts = [(one.households, one.doubt) for one in plan.groups if one.doubt]
    assert doubts == [(10, Doubt.NO_OTHER_WAY)]
    assert plan.score.too_small == 1


def test_nothing_crosses_an_estate_boundary() -> None:
    houses = [replace(one, estate="east" if one.key > 2 else "west") for one in street([20] * 6)]
    plan = divide(houses)
    assert sorted(one.members for one in plan.groups) == [(0, 1, 2), (3, 4, 5)]
    assert {one.estate for one in plan.groups} == {"east", "west"}


def test_teams_of_today_stay_where_they_are_when_changes_weigh_more_than_evenness() -> None:
    teams = ["a"] * 4 + ["b"] * 7
    houses = [replace(one, team=teams[one.key]) for one in street([10] * 11)]
    plan = divide(houses, weights=Weights(walk=0.0, changes=10.0))
    assert sorted(one.households for one in plan.groups) == [40, 70]
    assert {one.keeps for one in plan.groups} == {"a", "b"}
    assert plan.score.changes == 0
    indifferent = divide(houses, weights=Weights(walk=0.0, changes=0.0))
    assert loads(indifferent) == [50, 60]


def test_households_and_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        divide([House(1, WEST, SOUTH, 3), House(1, WEST, SOUTH, 4)])
    with pytest.raises(ValueError, match="below 0"):
        divide([House(1, WEST, SOUTH, -3)])
    with pytest.raises(ValueError, match="out of order"):
        Sizes(80, 30)


def test_nothing_to_divide_is_no_plan_at_all() -> None:
    plan = divide([])
    assert not plan.groups and plan.gap == 0


def test_ground_with_too_many_buildings_is_cut_and_says_so() -> None:
    plan = divide(block([6] * 80, 10))
    assert plan.is_cut and len(plan.pieces) == 2
    assert plan.in_range == len(plan.groups)


def test_two_processes_find_what_one_finds() -> None:
    houses = block([9] * 16, 4) + [
        replace(one, key=100 + one.key, lon=one.lon + 0.02) for one in block([7, 20, 5] * 5, 3)
    ]
    one, two = divide(houses), divide(houses, workers=2)
    assert replace(one, seconds=0) == replace(two, seconds=0)
