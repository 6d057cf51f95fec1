"""Rates over few cases, told fairly: drawn toward the town's own rate, and never without how sure they are.

The prior is stated with every result: a subject starts with `weight` imagined cases at the town's rate (a beta prior of
mean p0, as in empirical Bayes; Gelman et al., Bayesian Data Analysis, 3rd ed., 2.4 and 5.1). Only +, -, *, / and a square
root are used, so that every engine gives the same number to the last digit.
"""

from dataclasses import dataclass
from math import sqrt

SURE = 1.96
"""Of a hundred such intervals ninety-five hold the rate, by the normal approximation of the posterior."""


@dataclass(frozen=True)
class Rate:
    """A rate of `num` in `den`, as it is (`raw`) and drawn toward the town's (`value`), with its interval; 0 to 1."""

    num: float
    den: float
    raw: float
    value: float
    low: float
    high: float


def shrunk(num: float, den: float, town: float, weight: float) -> Rate | None:
    """The rate of `num` in `den` against the town's rate `town`; None where there is nothing to divide by (无数据).

    Raises ValueError for a numerator outside 0 to `den`, a town's rate outside 0 to 1 or a negative weight.
    """
    if not 0 <= num <= den or not 0 <= town <= 1 or weight < 0:
        raise ValueError(f"no rate: {num} of {den}, town {town}, weight {weight}")
    if den == 0:
        return None
    whole = den + weight
    value = (num + weight * town) / whole
    reach = SURE * sqrt(value * (1 - value) / (whole + 1))
    return Rate(num, den, num / den, value, max(value - reach, 0.0), min(value + reach, 1.0))


def ranks(scores: dict[int, float], cases: dict[int, int], minimum: int) -> dict[int, int | None]:
    """The place of each subject, the best first; equal scores share a place, and nobody under `minimum` cases has one."""
    ranked = sorted((subject for subject in scores if cases.get(subject, 0) >= minimum), key=lambda one: -scores[one])
    places: dict[int, int | None] = dict.fromkeys(scores)
    for at, subject in enumerate(ranked):
        tie = at > 0 and scores[subject] == scores[ranked[at - 1]]
        places[subject] = places[ranked[at - 1]] if tie else at + 1
    return places
