"""Scores: weights scaled up over what has data, small numbers drawn toward the town's, volume never earning alone."""

from datetime import date
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yemai.kernel.refusals import Refused
from yemai.modules.assessment.counting import bucket, counted, difference, local_day
from yemai.modules.assessment.facts import COLUMNS
from yemai.modules.assessment.indicators.registry import INDICATORS
from yemai.modules.assessment.periods import period_of, quarter_of
from yemai.modules.assessment.rules.bulk import score_table
from yemai.modules.assessment.rules.fairness import ranks, shrunk
from yemai.modules.assessment.rules.scoring import (
    COVERED_LEAST,
    GRADES,
    STARS,
    How,
    Item,
    check_items,
    grade_of,
    scored,
    stars_of,
)  # fmt: skip

HERE = ZoneInfo("Asia/Shanghai")
RATES = sorted(key for key, one in INDICATORS.items() if one.is_rate and one.scale == 1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-01@19", date(2025, 12, 19), date(2026, 1, 18)),
        ("2026-07-01..2026-07-15", date(2026, 7, 1), date(2026, 7, 15)),
    ],
)
def test_periods_are_whole_local_days(text: str, first: date, last: date) -> None:
    period = period_of(text, HERE)
    assert (period.first, period.last) == (first, last)
    assert period.end - period.start == ((last - first).days + 1) * 86400
    assert local_day(period.start, HERE) == (first - date(1970, 1, 1)).days == local_day(period.start - 1, HERE) + 1


@pytest.mark.parametrize("text", ["2026Q5", "2026-13", "2026W60", "2026-02@1", "2026-07-15..2026-07-01", "去年", ""])
def test_what_is_no_period_is_told_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="周期"):
        period_of(text, HERE)


def test_the_quarter_of_a_day() -> None:
    assert [quarter_of(date(2026, month, 28), HERE).name for month in (1, 3, 4, 9, 12)] == [
        "2026Q1", "2026Q1", "2026Q2", "2026Q3", "2026Q4",
    ]  # fmt: skip


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 1), st.floats(0, 200))
def test_a_rate_lies_between_its_own_and_the_towns(num: int, more: int, town: float, weight: float) -> None:
    rate = shrunk(num, num + more, town, weight)
    if num + more == 0:
        assert rate is None
        return
    assert rate is not None
    low, high = sorted((rate.raw, town))
    assert low - 1e-9 <= rate.value <= high + 1e-9
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_few_cases_are_drawn_further_than_many() -> None:
    few, many = shrunk(1, 1, 0.8, 20), shrunk(1000, 1000, 0.8, 20)
    assert few is not None and many is not None
    assert few.value == pytest.approx(17 / 21) and many.value == pytest.approx(1016 / 1020)
    assert few.high - few.low > many.high - many.low


weights = st.lists(st.integers(1, 60), min_size=1, max_size=6)


@given(weights, st.data())
def test_lines_without_data_leave_their_weight_to_the_others(some: list[int], data: st.DataObject) -> None:
    keys = data.draw(st.permutations(RATES))[: len(some)]
    items = [Item(key, weight, How.RATE) for key, weight in zip(keys, some, strict=True)]
    numbers = {key: data.draw(st.sampled_from([(0, 0), (1, 2), (3, 3), (0, 5)])) for key in keys}
    said = scored(items, numbers, dict.fromkeys(keys, 0.5), 10.0)
    told = [part for part in said.parts if part.points is not None]
    if sum(part.item.weight for part in told) < COVERED_LEAST:
        assert said.score is None
        return
    assert said.score is not None and said.low is not None and said.high is not None
    assert sum(part.weight for part in said.parts) == pytest.approx(100)
    assert 0 <= said.low <= said.score <= said.high <= 100
    assert said.score == pytest.approx(sum(part.earned for part in said.parts), abs=1e-3)


def test_volume_alone_earns_nothing() -> None:
    items = [Item("reported", 25, How.BAND, ((0, 0), (101, 100))), Item("filing_in_time", 75, How.RATE)]
    assert scored(items, {"reported": (5000, 0), "filing_in_time": (0, 0)}, {}, 20.0).score is None


def test_tenths_count_as_cases() -> None:
    said = scored([Item("satisfaction_a", 100, How.RATE)], {"satisfaction_a": (19, 20)}, {"satisfaction_a": 0.95}, 0.0)
    assert said.cases == 2 and said.score == pytest.approx(95)


def test_the_less_the_better() -> None:
    said = scored([Item("rework", 100, How.COMPLEMENT)], {"rework": (1, 10)}, {"rework": 0.1}, 0.0)
    assert said.score == pytest.approx(90)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=8))
def test_weights_add_to_a_hundred_or_are_refused(some: list[int]) -> None:
    items = [Item(key, weight, How.RATE) for key, weight in zip(RATES, some, strict=False)]
    if sum(one.weight for one in items) == 100:
        check_items(items)
    else:
        with pytest.raises(Refused, match="100"):
            check_items(items)


def test_equal_scores_share_a_place_and_few_cases_have_none() -> None:
    assert ranks({1: 90.0, 2: 95.0, 3: 90.0, 4: 99.0, 5: 80.0}, {1: 10, 2: 10, 3: 12, 4: 9, 5: 10}, 10) == {
        1: 2, 2: 1, 3: 2, 4: None, 5: 4,
    }  # fmt: skip


def test_grades_and_stars() -> None:
    assert [grade_of(score) for score in (90, 89.9, 75, 60, 40, 0)] == ["A", "B", "B", "C", "D", "E"]
    assert [stars_of(score, is_stopped=False) for score in (95, 94.9, 80, 70, 60, 59)] == [5, 4, 3, 2, 1, 0]
    assert [stars_of(score, is_stopped=True) for score in (99, 59)] == [1, 0]


def fact(**given: object) -> dict[str, object]:
    """A fact of nothing much."""
    empty: dict[str, object] = {
        one.name: None if one.is_nullable else {"int64": 0, "boolean": False, "string": ""}[one.type.value]
        for one in COLUMNS
    }
    return {
        **empty,
        "reported_at": 1_780_000_000,
        "node_1": 1,
        "node_2": 2,
        "stage": "handling",
        "is_open": True,
        **given,
    }


moments = st.none() | st.integers(1_780_000_000, 1_790_000_000)
facts = st.builds(
    fact, node_2=st.none() | st.integers(2, 4), lead_unit_id=st.none() | st.integers(1, 3), is_excluded=st.booleans(),
    is_open=st.booleans(), is_voided=st.booleans(), was_overdue=st.booleans(), is_suspended=st.booleans(),
    stage=st.sampled_from(["handling", "closed", "voided"]), outcome=st.sampled_from(["", "solved", "not_solved"]),
    rung=st.sampled_from(["microgrid", "centre"]), returns=st.integers(0, 3), is_valid_call=st.booleans(),
    score=st.integers(1, 5), scored_at=moments, closed_at=moments, disposed_at=moments, clock_due_at=moments,
    category_id=st.none() | st.integers(1, 3),
)  # fmt: skip


@given(st.lists(facts, min_size=2, max_size=6))
def test_counts_kept_by_differences_are_those_counted_at_the_end(some: list[dict[str, object]]) -> None:
    from collections import Counter

    kept: Counter[object] = Counter()
    for before, after in zip([None, *some], some, strict=False):
        kept.update(difference(before, after, HERE))
    assert {what: number for what, number in kept.items() if number} == dict(difference(None, some[-1], HERE))
    kept.update(difference(some[-1], None, HERE))
    assert not any(kept.values())


def test_what_is_left_out_counts_nowhere_and_days_fall_into_their_bucket() -> None:
    assert not counted(fact(is_excluded=True), HERE)
    assert [bucket(0, int(days * 86400)) for days in (0.5, 1, 2.9, 4, 30, 31, 400)] == [
        "0",
        "1",
        "2",
        "3",
        "15",
        "31",
        "31",
    ]


ITEMS = [
    Item("filed", 10, How.BAND, ((0, 100), (6, 40))),
    Item("closing", 40, How.RATE),
    Item("rework", 30, How.COMPLEMENT),
    Item("satisfaction_a", 20, How.RATE),
]
PAIRS = st.integers(0, 30).flatmap(lambda den: st.tuples(st.integers(0, den), st.just(den)))


@given(
    st.lists(st.tuples(st.integers(0, 12), PAIRS, PAIRS, PAIRS), min_size=1, max_size=12),
    st.dictionaries(st.sampled_from(["closing", "rework", "satisfaction_a"]), st.floats(0, 1)),
    st.sampled_from([0, 1, 20]),
)
def test_scores_over_columns_are_the_scores_one_by_one(
    rows: list[tuple[int, tuple[int, int], tuple[int, int], tuple[int, int]]], town: dict[str, float], prior: int
) -> None:
    numbers = [
        {"filed": (filed, 0), "closing": closing, "rework": rework, "satisfaction_a": (near[0] * 10, near[1] * 10)}
        for filed, closing, rework, near in rows
    ]
    counts = pa.Table.from_pylist(
        [
            {"subject_id": at}
            | {f"{key}_num": num for key, (num, _den) in one.items()}
            | {f"{key}_den": den for key, (_num, den) in one.items() if key != "filed"}
            for at, one in enumerate(numbers)
        ]
    )
    singly = [scored(ITEMS, one, town, float(prior)) for one in numbers]
    places = ranks({at: one.score for at, one in enumerate(singly) if one.score is not None}, {at: one.cases for at, one in enumerate(singly)}, 5)  # fmt: skip
    found = score_table(counts, ITEMS, town, prior=float(prior), minimum=5, bands=STARS).to_pylist()
    for at, (one, row) in enumerate(zip(singly, found, strict=True)):
        assert (row["score"] is None, row["cases"]) == (one.score is None, one.cases)
        if one.score is not None:
            assert (row["score"], row["low"], row["high"]) == pytest.approx((one.score, one.low, one.high), abs=2e-4)
            if not any(abs(row["score"] - start) < 1e-3 for start, _given in (*STARS, *GRADES)):
                assert (row["stars"], row["grade"]) == (stars_of(one.score, is_stopped=False), grade_of(one.score))
        assert (row["rank"] is None) == (places.get(at) is None)
    ranked = [row for row in found if row["rank"] is not None]
    for row in ranked:
        assert row["rank"] == 1 + sum(other["score"] > row["score"] for other in ranked)
