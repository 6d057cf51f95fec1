"""The scores of many subjects at once, over columns: what `scoring.scored` and `fairness.ranks` say, for a province."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from ..indicators.registry import INDICATORS
from .fairness import SURE
from .scoring import COVERED_LEAST, GRADES, WHOLE, How, Item

Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]


def score_table(
    counts: pa.Table,
    items: Sequence[Item],
    town: Mapping[str, float],
    *,
    prior: float,
    minimum: int,
    bands: Sequence[tuple[float, int]],
) -> pa.Table:
    """`subject_id, score, low, high, cases, rank, grade, stars`, a row per row of `counts` (as `engines.counts` gives them).

    `town` and `prior` as in `scored`, `minimum` as in `ranks`, `bands` as in `stars_of`. Without a score the score, its
    interval, the rank, the grade and the stars are empty.
    """
    size = counts.num_rows
    score, covered, spread, cases = (np.zeros(size) for _ in range(4))
    has_rate = np.zeros(size, dtype=bool)
    for item in items:
        num = _column(counts, f"{item.indicator}_num")
        if item.how == How.BAND:
            starts, points = (np.array(one, dtype=float) for one in zip(*item.bands, strict=True))
            score += item.weight * points[np.searchsorted(starts, num, side="right") - 1]
            covered += item.weight
            continue
        mean = town.get(item.indicator)
        if mean is None:
            continue
        scale = INDICATORS[item.indicator].scale
        num, den = num / scale, _column(counts, f"{item.indicator}_den") / scale
        known = den > 0
        value, half = _shrunk(num, den, mean, prior)
        points = WHOLE * (1 - value if item.how == How.COMPLEMENT else value)
        score += np.where(known, item.weight * points, 0.0)
        spread += np.where(known, (item.weight * half) ** 2, 0.0)
        covered += np.where(known, item.weight, 0)
        cases = np.maximum(cases, np.where(known, den, 0.0))
        has_rate |= known
    is_scored = has_rate & (covered >= COVERED_LEAST)
    whole = np.where(covered > 0, covered, 1.0)
    score, spread = score / whole, WHOLE * np.sqrt(spread) / whole
    low, high = np.round(np.maximum(score - spread, 0.0), 4), np.round(np.minimum(score + spread, 100.0), 4)
    score = np.round(score, 4)
    return pa.table(
        {
            "subject_id": counts["subject_id"],
            "score": pa.array(score, mask=~is_scored),
            "low": pa.array(low, mask=~is_scored),
            "high": pa.array(high, mask=~is_scored),
            "cases": pa.array(cases.astype(np.int64)),
            "rank": _ranks(score, is_scored & (cases.astype(np.int64) >= minimum)),
            "grade": pa.array(_banded(score, GRADES), mask=~is_scored),
            "stars": pa.array(_banded(score, bands).astype(np.int64), mask=~is_scored),
        }
    )


def _column(counts: pa.Table, name: str) -> Numbers:
    return counts[name].fill_null(0).to_numpy().astype(np.float64)  # type: ignore[no-any-return]  # Arrow has no types


def _shrunk(num: Numbers, den: Numbers, town: float, prior: float) -> tuple[Numbers, Numbers]:
    """The rates as `fairness.shrunk` draws them toward the town's, and half the width of their intervals."""
    whole = np.maximum(den + prior, 1e-9)  # a prior of nought and nothing to divide by: not looked at
    value = (num + prior * town) / whole
    reach = SURE * np.sqrt(np.maximum(value * (1 - value), 0.0) / (whole + 1))
    return value, (np.minimum(value + reach, 1.0) - np.maximum(value - reach, 0.0)) / 2


def _ranks(score: Numbers, is_ranked: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.Array:
    """Places from the best down; equal scores share one."""
    ordered = np.sort(score[is_ranked])
    places = len(ordered) - np.searchsorted(ordered, score, side="right") + 1
    return pa.array(places.astype(np.int64), mask=~is_ranked)


def _banded(score: Numbers, bands: Sequence[tuple[float, int | str]]) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    """What the highest band that a score reaches gives."""
    starts, given = zip(*sorted(bands), strict=True)
    at = np.searchsorted(np.array(starts, dtype=float), score, side="right") - 1
    return np.array(given)[np.maximum(at, 0)]
