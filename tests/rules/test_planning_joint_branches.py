"""Joint branches: three full members in each, at most five units, the fewest, and a reason for every unit."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yemai.modules.planning.rules.ground import Floats, connected_parts, is_connected, metres
from yemai.modules.planning.rules.joint_branches import BRANCH_M, Reason, Unit, _apart, _near, propose

pytestmark = pytest.mark.no_database

WEST, SOUTH = 120.6, 31.3


def unit(key: int, east_m: float, members: int, north_m: float = 0) -> Unit:
    return Unit(key, WEST + east_m / 95_100, SOUTH + north_m / 111_320, members)


def test_three_members_have_their_own_branch() -> None:
    found = propose([unit(1, 0, 3)])
    assert [(one.units, one.reason) for one in found.branches] == [((1,), Reason.OWN)]


def test_neighbours_in_need_join_and_stay_compact() -> None:
    found = propose([unit(1, 0, 2), unit(2, 100, 1), unit(3, 700, 1), unit(4, 800, 2)])
    assert [one.units for one in found.branches] == [(1, 2), (3, 4)]
    assert {one.full_members for one in found.branches} == {3}
    assert found.is_proven


def test_the_last_one_in_need_goes_with_a_neighbour_that_has_a_branch() -> None:
    found = propose([unit(1, 0, 2), unit(2, 100, 9)])
    assert [(one.units, one.full_members) for one in found.branches] == [((1, 2), 11)]
    assert found.reasons == {1: Reason.ATTACHED, 2: Reason.OWN}


def test_one_out_of_reach_is_left_to_the_level_above_and_says_so() -> None:
    found = propose([unit(1, 0, 2), unit(2, 5000, 9)])
    assert found.reasons[1] is Reason.TOO_FAR


def test_a_unit_without_members_is_not_forgotten() -> None:
    found = propose([unit(1, 0, 0), unit(2, 100, 2), unit(3, 200, 1)])
    assert [one.units for one in found.branches] == [(1, 2, 3)]


def _partitions(places: list[int]) -> Iterator[list[list[int]]]:
    if not places:
        yield []
        return
    for smaller in _partitions(places[1:]):
        for at in range(len(smaller)):
            yield [*smaller[:at], [places[0], *smaller[at]], *smaller[at + 1 :]]
        yield [[places[0]], *smaller]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 800), st.integers(0, 4)), min_size=1, max_size=7))
def test_every_unit_once_and_no_better_choice_exists(rows: list[tuple[int, int, int]]) -> None:
    units = [unit(key, east, members, north) for key, (east, north, members) in enumerate(rows)]
    found = propose(units)
    assert sorted(key for one in found.branches for key in one.units) == list(range(len(units)))
    points = metres([(one.lon, one.lat) for one in units])
    near = _near(points, 800.0)
    for one in found.branches:
        if one.reason is Reason.JOINT:
            assert one.full_members >= 3 and len(one.units) <= 5 and is_connected(one.units, near)
    joint = [one for one in found.branches if one.reason is Reason.JOINT]
    mine = (sum(len(one.units) for one in joint), -sum(BRANCH_M + one.diameter_m for one in joint))
    assert mine[0] == _best(units, near, points)[0]
    assert mine[1] == pytest.approx(_best(units, near, points)[1], abs=0.5)
    assert found.is_proven


def _best(units: list[Unit], near: list[set[int]], points: Floats) -> tuple[int, float]:
    small = [place for place, one in enumerate(units) if one.full_members < 3]
    joined, cost = 0, 0.0
    for part in connected_parts(small, near):
        options = []
        for division in _partitions(part):
            good = [
                group
                for group in division
                if 2 <= len(group) <= 5
                and sum(units[at].full_members for at in group) >= 3
                and is_connected(group, near)
            ]
            if all(len(group) == 1 or group in good for group in division):
                options.append((sum(map(len, good)), -sum(BRANCH_M + _apart(points, group) for group in good)))
        best = max(options)
        joined, cost = joined + best[0], cost + best[1]
    return joined, cost
