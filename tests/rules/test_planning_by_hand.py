"""Judging a division somebody made, the ground that goes with each group, and time shared out among pieces."""

from time import monotonic

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.test_planning_division import SOUTH, STEP, WEST, block, street
from yemai.modules.planning.rules.areas import areas, colours
from yemai.modules.planning.rules.division import Doubt, House, divide
from yemai.modules.planning.rules.judging import HandMade, judge

pytestmark = pytest.mark.no_database

TOWNS = st.lists(st.integers(0, 60), min_size=4, max_size=18)
TEAMS = st.lists(st.sampled_from(["a", "b", None]), min_size=18, max_size=18)


@settings(max_examples=30, deadline=None)
@given(TOWNS, st.integers(2, 4), TEAMS)
def test_the_solver_s_plan_judged_as_if_made_by_hand_has_the_solver_s_score(
    households: list[int], wide: int, teams: list[str | None]
) -> None:
    houses = block(households, wide, teams[: len(households)])
    plan = divide(houses)
    known = judge(houses, [HandMade(one.members, one) for one in plan.groups])
    assert known.score.total == pytest.approx(plan.score.total)
    assert known.score.too_small == plan.score.too_small
    afresh = judge(houses, [HandMade(one.members) for one in plan.groups])
    assert [(one.members, one.households, one.is_contiguous) for one in afresh.groups] == [
        (one.members, one.households, one.is_contiguous) for one in plan.groups
    ]
    kept = [one.keeps for one in afresh.groups if one.keeps is not None]
    assert len(kept) == len(set(kept))
    doubted = [one.doubt is not None for one in plan.groups]
    assert [one.doubt is not None for one in afresh.groups] == doubted


@settings(max_examples=30, deadline=None)
@given(TOWNS, st.randoms(use_true_random=False))
def test_no_division_by_hand_within_the_rules_beats_the_bound(households: list[int], chance: object) -> None:
    houses = block(households, 4)
    plan = divide(houses)
    marks = [chance.randrange(3) for _ in houses]  # type: ignore[attr-defined]  # a Random
    groups = [[one.key for one, mark in zip(houses, marks, strict=True) if mark == number] for number in range(3)]
    made = judge(houses, [HandMade(tuple(own)) for own in groups if own])
    if all(one.is_contiguous and one.doubt in (None, Doubt.ALONE, Doubt.OUT_OF_REACH) for one in made.groups):
        assert made.score.total >= plan.bound - 1e-6


def test_what_a_hand_breaks_is_said() -> None:
    houses = street([20, 20, 20, 20, 20, 20])
    made = judge(houses, [HandMade((0, 5)), HandMade((1, 2, 3, 4))])
    assert [(one.households, one.is_contiguous, one.doubt) for one in made.groups] == [
        (40, False, None),
        (80, True, None),
    ]
    made = judge(houses, [HandMade((0,)), HandMade((1, 2, 3, 4, 5))])
    assert [one.doubt for one in made.groups] == [Doubt.BELOW, Doubt.ABOVE]
    assert made.score.too_small == 1


@pytest.mark.parametrize("groups", [[(0, 1)], [(0, 1, 2), (2,)], []])
def test_every_building_is_in_one_group(groups: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="not every building"):
        judge(street([20, 20, 20]), [HandMade(one) for one in groups])


def squares(count: int, wide: int) -> list[House]:
    """Buildings with walls, on a lattice."""
    half = STEP / 5
    return [
        House(one.key, one.lon, one.lat, 10, shape=shapely.box(one.lon - half, one.lat - half, one.lon + half, one.lat + half))
        for one in block([10] * count, wide)
    ]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=24), st.integers(1, 5), st.booleans())
def test_the_ground_is_shared_out_without_gap_or_overlap(marks: list[int], wide: int, with_walls: bool) -> None:
    houses = squares(len(marks), wide) if with_walls else block([10] * len(marks), wide)
    groups = [[at for at, mark in enumerate(marks) if mark == number] for number in sorted(set(marks))]
    ground = shapely.box(WEST - 2 * STEP, SOUTH - 2 * STEP, WEST + 8 * STEP, SOUTH + 26 * STEP)
    shapes = areas(houses, groups, ground)
    assert all(one.is_valid and one.geom_type in ("Polygon", "MultiPolygon") for one in shapes)
    assert sum(one.area for one in shapes) == pytest.approx(ground.area, rel=1e-9)
    assert shapely.union_all(shapes).area == pytest.approx(ground.area, rel=1e-9)
    for group, shape in zip(groups, shapes, strict=True):
        assert all(shape.intersects(shapely.Point(houses[at].lon, houses[at].lat)) for at in group)


def test_neighbours_differ_in_colour() -> None:
    houses = squares(30, 6)
    shapes = areas(houses, [[at] for at in range(30)])
    chosen = colours(shapes)
    for one in range(30):
        for other in range(one):
            if shapes[one].intersection(shapes[other]).length > 0:
                assert chosen[one] != chosen[other]


def test_no_ground_is_no_area() -> None:
    assert areas([], []) == []
    assert colours([]) == []


def test_a_limit_of_time_is_kept_and_every_piece_still_divided_by_the_rules() -> None:
    houses = [
        House(one.key + 100 * town, one.lon + 0.05 * town, one.lat, one.households)
        for town in range(6)
        for one in block([7, 20, 5, 31, 12, 9] * 10, 8)
    ]
    told: list[tuple[int, int]] = []
    began = monotonic()
    plan = divide(houses, seconds=1.0, told=lambda done, total: told.append((done, total)))
    assert monotonic() - began < 30
    assert sorted(plan.assignment) == sorted(one.key for one in houses)
    assert all(one.is_contiguous and one.households <= 80 for one in plan.groups)
    assert all((one.doubt is None) == (one.households >= 30) for one in plan.groups)
    assert told == [(number, len(plan.pieces)) for number in range(1, len(plan.pieces) + 1)]
