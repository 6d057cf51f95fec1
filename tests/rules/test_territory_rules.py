"""The pure rules of the ground: paths, codes, sizes, dates."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yemai.base.territory import rules
from yemai.base.territory.terms import CodeSegment, NodeKind

IDS = st.lists(st.integers(1, 9_999_999), min_size=1, max_size=rules.MAX_DEPTH)
FEW = st.lists(st.integers(1, 3), min_size=1, max_size=4)
VILLAGE, TOWN = "320508101001", "320508101000"


def path_of(ids: list[int]) -> str:
    path = ""
    for one in ids:
        path = rules.child_path(path, one)
    return path


@given(IDS)
def test_a_path_and_its_ids_are_one_thing(ids: list[int]) -> None:
    assert rules.ids_of(path_of(ids)) == ids
    assert rules.lineage(path_of(ids)) == [path_of(ids[: end + 1]) for end in range(len(ids))]
    assert len(path_of(ids)) <= 120


@given(FEW, FEW)
def test_the_range_is_exactly_the_subtree(ids: list[int], top: list[int]) -> None:
    path, above = path_of(ids), path_of(top)
    low, high = rules.subtree(above)
    below = ids[: len(top)] == top
    assert (low <= path < high) == below == rules.is_within(path, above)


@given(st.lists(FEW, max_size=8), FEW)
def test_minimal_paths_cover_the_same_ground_without_repeating_it(trees: list[list[int]], probe: list[int]) -> None:
    paths = [path_of(ids) for ids in trees]
    kept = rules.minimal(paths)
    covered = any(rules.is_within(path_of(probe), path) for path in paths)
    assert covered == any(rules.is_within(path_of(probe), path) for path in kept)
    assert not any(one != other and rules.is_within(one, other) for one in kept for other in kept)


@given(st.lists(FEW, min_size=1, max_size=6))
def test_the_common_path_holds_all_and_nothing_lower_does(trees: list[list[int]]) -> None:
    paths = [path_of(ids) for ids in trees]
    held = rules.common(paths)
    assert all(rules.is_within(path, held) for path in paths)
    one_lower = paths[0][: len(held) + rules.STEP]
    assert one_lower == held or not all(rules.is_within(path, one_lower) for path in paths)


def test_nothing_has_no_common_path() -> None:
    assert rules.common([]) == ""


@pytest.mark.parametrize("node_id", [0, -1, 10_000_000])
def test_an_id_that_does_not_fit_is_refused(node_id: int) -> None:
    with pytest.raises(ValueError, match="digits"):
        rules.child_path("", node_id)


def test_a_path_deeper_than_its_column_is_refused() -> None:
    with pytest.raises(ValueError, match="tiers"):
        rules.child_path("0000001" * rules.MAX_DEPTH, 1)


@pytest.mark.parametrize(
    ("segment", "parent", "kind", "taken", "code"),
    [
        (CodeSegment.TOWN, "320508000000", NodeKind.GENERAL, [], "320508001000"),
        (CodeSegment.COMMUNITY, TOWN, NodeKind.GENERAL, [], "320508101001"),
        (CodeSegment.COMMUNITY, TOWN, NodeKind.GENERAL, [VILLAGE, "320508101204"], "320508101205"),
        (CodeSegment.GRID, VILLAGE, NodeKind.GENERAL, [], VILLAGE + "101000"),
        (CodeSegment.GRID, VILLAGE, NodeKind.DEDICATED, [VILLAGE + "101000"], VILLAGE + "201000"),
        (CodeSegment.GRID, VILLAGE + "101000", NodeKind.GENERAL, [VILLAGE + "101000"], VILLAGE + "102000"),
        (CodeSegment.MICRO, VILLAGE + "101000", NodeKind.GENERAL, [VILLAGE + "101000"], VILLAGE + "101001"),
        (CodeSegment.MICRO, VILLAGE + "101000", NodeKind.DEDICATED, [VILLAGE + "101007"], VILLAGE + "101008"),
        (CodeSegment.MICRO, VILLAGE, NodeKind.COURTYARD, [VILLAGE + "101001"], VILLAGE + "300001"),
        (CodeSegment.MICRO, VILLAGE, NodeKind.GENERAL, [VILLAGE + "100041", "JN-1", ""], VILLAGE + "100042"),
    ],
)
def test_the_next_code(segment: CodeSegment, parent: str, kind: NodeKind, taken: list[str], code: str) -> None:
    assert rules.next_code(segment, parent, kind, taken) == code
    assert rules.is_code(code)
    assert code.startswith(rules.code_prefix(segment, parent, kind))


@pytest.mark.parametrize(
    ("segment", "parent"),
    [
        (CodeSegment.COUNTY, ""),
        (CodeSegment.TOWN, TOWN),
        (CodeSegment.COMMUNITY, VILLAGE),
        (CodeSegment.COMMUNITY, VILLAGE + "101000"),
        (CodeSegment.GRID, VILLAGE + "101001"),
        (CodeSegment.MICRO, VILLAGE + "101001"),
        (CodeSegment.MICRO, ""),
    ],
)
def test_a_parent_without_room_is_refused(segment: CodeSegment, parent: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be numbered|12 digits"):
        rules.next_code(segment, parent, NodeKind.GENERAL, [])


def test_used_up_numbers_are_refused_not_wrapped() -> None:
    with pytest.raises(ValueError, match="no number left"):
        rules.next_code(CodeSegment.GRID, VILLAGE, NodeKind.GENERAL, [VILLAGE + "199000"])


@given(st.sets(st.integers(1, 998), max_size=30))
def test_a_code_once_given_never_returns(numbers: set[int]) -> None:
    taken = {f"{VILLAGE}100{number:03d}" for number in numbers}
    code = rules.next_code(CodeSegment.MICRO, VILLAGE, NodeKind.GENERAL, taken)
    assert code not in taken
    assert code > max(taken, default="")


@pytest.mark.parametrize(
    "code", ["", "32050810100", "3205081010011", "032050810100", "３２０５０８１０１００１", VILLAGE + "10100a"]
)
def test_what_is_no_code(code: str) -> None:
    assert not rules.is_code(code)


@pytest.mark.parametrize(
    ("code", "parent", "doubts"),
    [
        (VILLAGE, TOWN, []),
        (VILLAGE + "101001", VILLAGE + "101000", []),
        (VILLAGE + "102001", VILLAGE + "101000", [rules.CodeDoubt.NOT_BELOW_PARENT]),
        ("320509101001", TOWN, [rules.CodeDoubt.NOT_BELOW_PARENT]),
        ("320508101501", TOWN, [rules.CodeDoubt.RARE_SEGMENT]),
        ("320508101000", "320508000000", []),
        ("320508101000", "", []),
    ],
)
def test_codes_that_deserve_a_second_look(code: str, parent: str, doubts: list[rules.CodeDoubt]) -> None:
    assert rules.code_doubts(code, parent) == doubts


@pytest.mark.parametrize(
    ("households", "doubt"),
    [(0, None), (29, rules.SizeDoubt.TOO_FEW), (30, None), (80, None), (81, rules.SizeDoubt.TOO_MANY)],
)
def test_household_counts_outside_the_customary_range(households: int, doubt: rules.SizeDoubt | None) -> None:
    assert rules.household_doubt(households, 30, 80) == doubt
    assert rules.household_doubt(households, None, None) is None


def test_a_node_is_not_valid_any_more_on_the_day_it_ends() -> None:
    start, end = date(2025, 1, 1), date(2026, 1, 1)
    assert [rules.is_valid_on(day, start, end) for day in (date(2024, 12, 31), start, date(2025, 12, 31), end)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert rules.is_valid_on(start, None, None)


def test_days_on_which_a_change_may_take_effect() -> None:
    today, start = date(2026, 3, 4), date(2026, 1, 1)
    assert rules.change_date_doubt(today, today, [start]) is None
    assert rules.change_date_doubt(start, today, [start]) is None
    assert rules.change_date_doubt(date(2026, 3, 5), today, [start]) == rules.DateDoubt.FUTURE
    assert rules.change_date_doubt(date(2025, 12, 31), today, [start]) == rules.DateDoubt.BEFORE_START


def test_the_name_of_a_day() -> None:
    former = [
        rules.NamedSpan("一组", date(2020, 1, 1), date(2022, 1, 1)),
        rules.NamedSpan("大院", None, None),
        rules.NamedSpan("二组", date(2022, 1, 1), date(2024, 1, 1)),
    ]
    days = [date(2021, 6, 1), date(2022, 1, 1), date(2024, 1, 1)]
    assert [rules.name_on(day, "和园", former) for day in days] == ["一组", "二组", "和园"]
