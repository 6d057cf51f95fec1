"""What makes a table safe to give away: no rare row, no small cell, and none that a sum gives back. Numbers only.

Rare rows: k-anonymity by generalising (Samarati and Sweeney, 1998), the rows that need it alone. Small cells: primary and
complementary suppression as in the Handbook on Statistical Disclosure Control (Hundepool and others, 2012, chapter 4).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
ANY = 0
"""The value of a column that is not told."""


def generalised(
    columns: dict[str, Whole], steps: Sequence[str], k: int
) -> tuple[dict[str, Whole], npt.NDArray[np.bool_]]:
    """The columns so that every combination of their values is borne by at least `k` rows, and which rows are fit to be told.

    All columns are of one length, their values 1 and above, or `ANY`. Rows whose combination is too rare give up the
    columns named in `steps`, one after the other, until enough look alike; what is left after the last is not fit.
    """
    told = {name: values.copy() for name, values in columns.items()}
    waiting = np.arange(len(next(iter(told.values()))))
    for step in (None, *steps):
        if step is not None:
            told[step][waiting] = ANY
        waiting = waiting[_bearers({name: values[waiting] for name, values in told.items()}) < k]
        if not len(waiting):
            break
    is_fit = np.ones(len(next(iter(told.values()))), dtype=bool)
    is_fit[waiting] = False
    return told, is_fit


def hidden(cells: Whole, least: int) -> tuple[npt.NDArray[np.bool_], bool]:
    """Of counts that add up to a published total: which may not be told, and whether the total may not either.

    A count from 1 to `least` - 1 is never told. Where the others and the total would give it back (fewer than two are
    hidden, or those hidden sum up to less than `least`), the smallest of the others goes with it; where there is none
    left, the total. Nought is told: it speaks of nobody.
    """
    is_hidden = (cells > 0) & (cells < least)
    while is_hidden.any() and (is_hidden.sum() < 2 or cells[is_hidden].sum() < least):
        others = np.flatnonzero(~is_hidden & (cells > 0))
        if not len(others):
            return is_hidden, True
        is_hidden[others[cells[others].argmin()]] = True
    return is_hidden, False


def _bearers(columns: dict[str, Whole]) -> Whole:
    """Of each row how many have the same values."""
    group = np.zeros(len(next(iter(columns.values()))), dtype=np.int64)
    for values in columns.values():
        group = np.unique(group * (values.max(initial=0) + 1) + values, return_inverse=True)[1]
    return np.bincount(group)[group] if len(group) else group
