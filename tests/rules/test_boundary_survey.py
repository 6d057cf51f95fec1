"""Surveying boundaries: each fault put into a clean tessellation is found, named and mended; nothing else is."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from yemai.gates.boundary_files.repairing import mend, mend_all
from yemai.gates.boundary_files.surveying import Ground, significant, survey
from yemai.gates.boundary_files.terms import REPAIRS, Doubt, Repair

SIDE = 0.01  # degrees; about a kilometre
WEST, SOUTH = 120.0, 31.0


def box(column: float, row: float, wide: float = 1, high: float = 1) -> shapely.Polygon:
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    return shapely.box(west, south, west + wide * SIDE, south + high * SIDE)


def ground(shapes: list[object], codes: list[str] | None = None, **more: object) -> Ground:
    held = np.empty(len(shapes), dtype=object)
    held[:] = shapes
    values = {"parents": [""] * len(shapes), "above": {}, **more}
    return Ground(codes or [f"{at:03d}" for at in range(len(shapes))], held, **values)  # type: ignore[arg-type]  # by name


def clean(columns: int = 3, rows: int = 3) -> list[object]:
    return [box(column, row) for row in range(rows) for column in range(columns)]


def kinds(surveyed: Ground) -> list[Doubt]:
    return [finding.doubt for finding in survey(surveyed)]


def test_a_clean_tessellation_has_no_fault() -> None:
    assert survey(ground(clean())) == []


def test_a_broad_overlap_is_one_and_a_thin_one_is_a_sliver() -> None:
    shapes = clean()
    shapes[4] = box(1, 1, 1.3, 1)
    (broad,) = survey(ground(shapes))
    assert (broad.doubt, broad.rows, broad.repair) == (Doubt.OVERLAP, (4, 5), Repair.CUT)
    assert broad.square_metres == pytest.approx(0.3 * 1112 * 953, rel=0.01)
    assert broad.lon is not None
    assert WEST + 2 * SIDE < broad.lon < WEST + 2.3 * SIDE
    shapes[4] = box(1, 1, 1.01, 1)
    (thin,) = survey(ground(shapes))
    assert thin.doubt == Doubt.SLIVER


def test_a_gap_goes_to_the_neighbour_with_the_longest_line() -> None:
    shapes = clean()
    shapes[4] = box(1, 1, 0.9, 1)
    (gap,) = survey(ground(shapes))
    assert (gap.doubt, gap.neighbours) == (Doubt.GAP, (1, 4, 5, 7))
    mended = mend(ground(shapes), gap)
    assert survey(mended) == []
    assert mended.shapes[4].symmetric_difference(box(1, 1)).area < 1e-12, "of two equally long lines the first row's"


def test_a_hole_of_one_alone_may_be_meant_and_is_filled_when_asked() -> None:
    ring = box(0, 0, 3, 3).difference(box(1, 1))
    (hole,) = survey(ground([ring]))
    assert (hole.doubt, hole.repair) == (Doubt.HOLE, Repair.FILL)
    assert mend(ground([ring]), hole).shapes[0].equals(box(0, 0, 3, 3))


def test_a_bow_tie_is_left_out_until_it_is_untangled() -> None:
    tie = shapely.Polygon([(120, 31), (120.01, 31.01), (120.01, 31), (120, 31.01)])
    (found,) = survey(ground([tie]))
    assert (found.doubt, found.bars) == (Doubt.CROSSING, True)
    assert (found.lon, found.lat) == pytest.approx((120.005, 31.005))
    mended = mend(ground([tie]), found)
    assert survey(mended) == []
    assert mended.shapes[0].area == pytest.approx(0.01 * 0.01 / 2)


def test_twice_the_same_and_twice_the_same_code() -> None:
    twice = survey(ground([box(0, 0), box(0, 0)], ["a", "b"]))
    assert [(one.doubt, one.rows) for one in twice] == [(Doubt.SAME_SHAPE, (0, 1))]
    assert mend(ground([box(0, 0), box(0, 0)], ["a", "b"]), twice[0]).dropped == {1}
    (same,) = survey(ground([box(0, 0), box(1, 0)], ["a", "a"]))
    assert (same.doubt, same.rows, same.bars) == (Doubt.SAME_CODE, (0, 1), True)


def test_what_sticks_out_of_its_parent_is_clipped() -> None:
    parents = {"parents": ["11", "11"], "above": {"11": box(0, 0, 2, 1)}}
    sticking = ground([box(0, 0), box(1, 0, 1.5, 1)], ["110", "111"], **parents)
    (out,) = survey(sticking)
    assert (out.doubt, out.rows) == (Doubt.OUTSIDE, (1,))
    assert mend(sticking, out).shapes[1].symmetric_difference(box(1, 0)).area < 1e-12


def test_codes_parents_and_shapes_that_are_not_there() -> None:
    shapes = [box(0, 0), None, shapely.Point(120, 31), shapely.box(400, 31, 401, 32), box(1, 0)]
    parents = ["320508001000", "320508001000", "320508001000", "99", "320508001000"]
    codes = ["320508001001", "", "320508001003", "320508001004", "330508001001"]
    found = survey(ground(shapes, codes, parents=parents, above={"320508001000": None}))
    assert [(one.doubt, one.rows) for one in found] == [
        (Doubt.NO_SHAPE, (1,)), (Doubt.NO_SHAPE, (2,)), (Doubt.OFF_EARTH, (3,)), (Doubt.NO_CODE, (1,)),
        (Doubt.ORPHAN, (3,)), (Doubt.PREFIX, (4,)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("320000000000", "32"), ("320500000000", "3205"), ("320508000000", "320508"), ("320508001000", "320508001"),
     ("320508001002", "320508001002"), ("110100", "1101"), ("110000", "11"), ("A10000", "A10000"), ("12", "12")],
)  # fmt: skip
def test_the_significant_part_of_a_region_code(code: str, prefix: str) -> None:
    assert significant(code) == prefix


def test_nothing_is_mended_that_was_not_asked_for() -> None:
    shapes = clean()
    shapes[4] = box(1, 1, 1.3, 0.9)
    both = set(kinds(ground(shapes)))
    assert both == {Doubt.OVERLAP, Doubt.GAP}
    after, mended, left = mend_all(ground(shapes), {Doubt.GAP})
    assert {finding.doubt for finding in mended} == {Doubt.GAP}
    assert Doubt.OVERLAP in {finding.doubt for finding in left}
    assert after.shapes[5].equals(shapes[5])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)),
        min_size=9,
        max_size=9,
    )
)
def test_mended_ground_has_no_two_owners_and_no_blank(pushed: list[tuple[float, float, float, float]]) -> None:
    shapes: list[object] = [
        box(at % 3 + left, at // 3 + low, 1 - left + right, 1 - low + high)
        for at, (left, low, right, high) in enumerate(pushed)
    ]
    before = ground(shapes)
    after, _mended, left = mend_all(before, frozenset(REPAIRS))
    assert [finding for finding in left if finding.doubt in REPAIRS] == []
    kept = [after.shapes[at] for at in range(9) if at not in after.dropped and after.shapes[at] is not None]
    whole, was = shapely.union_all(kept), shapely.union_all(list(before.shapes))
    assert was.difference(whole).area < 1e-9, "no ground is lost"
    assert sum(shape.area for shape in kept) == pytest.approx(whole.area, abs=1e-8), "nothing belongs to two"
