"""The cases of a period as rows that lead to nobody: coarse in time, place and kind, each like enough others."""

from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yemai.base.sheets import defused
from yemai.base.territory.models import Node
from yemai.modules.assessment.counting import BUCKETS, DAY
from yemai.modules.assessment.periods import Period
from yemai.modules.cases.models import Category
from yemai.modules.cases.terms import Source, Stage

from .anonymity import ANY, Whole, generalised

STEPS = ("category", "source", "major", "month", "community")
"""What a rare row gives up, the least missed first."""
READ = ("node_2", "category_id", "source", "stage", "outcome", "is_disposed", "was_overdue", "reported_at", "closed_at")
DAYS = ["0", *(f"{at}-{after - 1}" if after - at > 1 else str(at) for at, after in pairwise(BUCKETS)), f"{BUCKETS[-1]}+"]  # fmt: skip
SCHEMA = pa.schema(
    [
        ("month", pa.string()),
        ("community_code", pa.string()),
        ("community", pa.string()),
        ("major_code", pa.string()),
        ("major", pa.string()),
        ("category_code", pa.string()),
        ("category", pa.string()),
        ("source", pa.string()),
        ("status", pa.string()),
        ("outcome", pa.string()),
        ("days", pa.string()),
        ("disposed_in_time", pa.bool_()),
    ]
)


def rows_of(connection: Any, facts: ir.Table, period: Period, k: int, zone: ZoneInfo) -> pa.Table:
    """The cases reported in a period, as `SCHEMA`, in the order of their values: their own order would tell when each came.

    Every combination of month, community, class and source is borne by at least `k` rows; what is not told is empty. A
    class that is not put up in public (`Category.is_public`) is never told. Cases left out of assessment are not here.
    """
    seen = facts.filter(facts.reported_at >= period.start, facts.reported_at < period.end, ~facts.is_excluded)
    table = connection.to_pyarrow(seen.select(*READ))
    at = table["reported_at"].cast(pa.timestamp("s", tz=str(zone)))
    months = pc.add(pc.multiply(pc.year(at), 100), pc.month(at)).to_numpy()
    sources = [ANY, *Source.values]
    classes = _Classes(_numbers(table["category_id"]))
    told, is_fit = generalised(
        {
            "month": months.astype(np.int64),
            "community": _numbers(table["node_2"]),
            "major": classes.majors,
            "category": classes.told,
            "source": np.array([sources.index(word) for word in table["source"].to_pylist()], dtype=np.int64),
        },
        STEPS,
        k,
    )
    codes, names = _communities(told["community"])
    rows = pa.table(
        [
            _looked_up({month: f"{month // 100}-{month % 100:02d}" for month in set(months.tolist())}, told["month"]),
            _looked_up(codes, told["community"]),
            _looked_up(names, told["community"]),
            _looked_up(classes.major_codes, told["major"]),
            _looked_up(classes.major_names, told["major"]),
            _looked_up(classes.codes, told["category"]),
            _looked_up(classes.names, told["category"]),
            _looked_up(dict(enumerate(sources)), told["source"]),
            _status(table["stage"]),
            _filled(table["outcome"]),
            _days(table),
            pc.if_else(table["is_disposed"], pc.invert(table["was_overdue"]), None).combine_chunks(),
        ],
        schema=SCHEMA,
    )
    return rows.filter(pa.array(is_fit)).sort_by([(name, "ascending") for name in SCHEMA.names])


class _Classes:
    """The classes of the rows: small ones by their number, large ones (大类) by a place in a list; private ones untold."""

    def __init__(self, numbers: Whole) -> None:
        public = Category.objects.filter(is_public=True, pk__in=np.unique(numbers).tolist())
        rows = {row.pk: (row, f"{row.kind}{row.major}") for row in public}
        majors = sorted({code for _row, code in rows.values()})
        major_of = {pk: 1 + majors.index(code) for pk, (_row, code) in rows.items()}
        self.told = _mapped(numbers, {pk: pk for pk in rows})
        self.majors = _mapped(numbers, major_of)
        self.codes = {pk: f"{code}{row.minor}" for pk, (row, code) in rows.items()}
        self.names = {pk: defused(row.label) for pk, (row, _code) in rows.items()}
        self.major_codes = {1 + at: code for at, code in enumerate(majors)}
        self.major_names = {major_of[pk]: defused(row.major_label) for pk, (row, _code) in rows.items()}


def _communities(numbers: Whole) -> tuple[dict[int, str], dict[int, str]]:
    nodes = Node.objects.filter(pk__in=np.unique(numbers).tolist())
    return {one.pk: defused(one.code) for one in nodes}, {one.pk: defused(str(one.label)) for one in nodes}


def _numbers(column: pa.ChunkedArray) -> Whole:
    """Keys, `ANY` where there is none."""
    return column.cast(pa.int64()).fill_null(ANY).to_numpy()  # type: ignore[no-any-return]  # pyarrow has no types


def _mapped(numbers: Whole, to: dict[int, int]) -> Whole:
    values, at = np.unique(numbers, return_inverse=True)
    return np.array([to.get(int(value), ANY) for value in values], dtype=np.int64)[at]


def _looked_up(words: dict[int, Any], numbers: Whole) -> pa.Array:
    """The word of each number; none for what is not told."""
    values, at = np.unique(numbers, return_inverse=True)
    there = pa.array([words.get(int(value)) if value != ANY else None for value in values], pa.string())
    return there.take(pa.array(at))


def _status(stages: pa.ChunkedArray) -> pa.Array:
    """open, closed or voided: where exactly an open case stands is its own business."""
    is_over = pc.is_in(stages, pa.array([Stage.CLOSED, Stage.VOIDED]))
    return pc.if_else(is_over, stages, "open").combine_chunks()


def _filled(words: pa.ChunkedArray) -> pa.Array:
    """Empty words as none."""
    return pc.if_else(pc.equal(words, ""), None, words).combine_chunks()


def _days(table: pa.Table) -> pa.Array:
    """How many days a closed case took, as the cockpit's buckets."""
    is_closed = pc.and_(pc.equal(table["stage"], Stage.CLOSED), pc.is_valid(table["closed_at"]))
    took = pc.subtract(table["closed_at"].fill_null(0), table["reported_at"]).to_numpy()
    place: npt.NDArray[np.int64] = np.searchsorted(BUCKETS, took / DAY, side="right")
    return pc.if_else(is_closed.combine_chunks(), pa.array(DAYS).take(pa.array(place)), None)
