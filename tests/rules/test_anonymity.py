"""No rare row and no small cell, whatever the numbers are, and nothing that a sum gives back."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yemai.gates.open_data.anonymity import ANY, generalised, hidden

STEPS = ("kind", "month", "place")
ROWS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=80)


def columns(rows: list[tuple[int, int, int]]) -> dict[str, np.ndarray]:
    return {name: np.array(values, dtype=np.int64) for name, values in zip(("month", "place", "kind"), zip(*rows, strict=True), strict=True)}  # fmt: skip


@given(ROWS, st.integers(2, 6))
def test_whoever_is_told_of_looks_like_enough_others(rows: list[tuple[int, int, int]], k: int) -> None:
    asked = columns(rows)
    told, is_fit = generalised(asked, STEPS, k)
    alike = Counter(zip(*(told[name][is_fit].tolist() for name in asked), strict=True))
    assert all(number >= k for number in alike.values())
    assert (~is_fit).sum() < k  # only fewer than k in all are ever left out
    for name in asked:  # nothing is changed into something else
        assert ((told[name] == asked[name]) | (told[name] == ANY)).all()


@given(ROWS, st.integers(2, 6))
def test_who_is_common_gives_nothing_up(rows: list[tuple[int, int, int]], k: int) -> None:
    asked = columns(rows)
    told, _is_fit = generalised(asked, STEPS, k)
    common = Counter(rows)
    for at, row in enumerate(rows):
        if common[row] >= k:
            assert tuple(int(told[name][at]) for name in asked) == row


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(2, 10))
def test_a_small_cell_is_neither_told_nor_given_back(cells: list[int], least: int) -> None:
    counts = np.array(cells, dtype=np.int64)
    is_hidden, is_total_hidden = hidden(counts, least)
    assert not ((counts > 0) & (counts < least) & ~is_hidden).any()
    assert not is_hidden[counts == 0].any()
    if is_hidden.any() and not is_total_hidden:  # what a reader gets by subtracting is a sum of several, and not small
        assert is_hidden.sum() >= 2 and counts.sum() - counts[~is_hidden].sum() >= least
    if not ((counts > 0) & (counts < least)).any():
        assert not is_hidden.any() and not is_total_hidden


def test_one_small_cell_takes_the_next_smallest_with_it() -> None:
    is_hidden, is_total_hidden = hidden(np.array([40, 3, 12, 0, 9]), 5)
    assert (is_hidden.tolist(), is_total_hidden) == ([False, True, False, False, True], False)
    assert hidden(np.array([0, 3, 0]), 5)[1] is True  # with nobody beside it the total tells it
