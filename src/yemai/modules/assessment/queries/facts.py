"""Facts read from the database for an engine that lives in this process."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from ..engines import schema
from ..facts import COLUMNS
from ..models import CaseFact, LeftOut

NAMES = [column.name for column in COLUMNS]
AT_ONCE = 10_000


def facts_on(column: str, number: int, *, say: Callable[[int, int], None] = lambda _done, _total: None) -> pa.Table:
    """The facts whose `column` holds `number` (a piece of ground, a person, a unit) as an Arrow table, read some at a time;
    without those an upheld appeal took out, whether or not the facts say so yet."""
    rows = CaseFact.objects.filter(**{column: number}).exclude(pk__in=LeftOut.objects.values("case_id")).order_by("pk")
    total, parts = rows.count(), []
    kept: list[tuple[Any, ...]] = []
    for at, row in enumerate(rows.values_list(*NAMES).iterator(chunk_size=AT_ONCE), 1):
        kept.append(row)
        if len(kept) == AT_ONCE:
            parts.append(_batch(kept))
            kept = []
            say(at, total)
    return pa.Table.from_batches([*parts, _batch(kept)], schema=schema())


def _batch(rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else [()] * len(NAMES)
    kinds = schema()
    return pa.record_batch([pa.array(column, kinds.field(at).type) for at, column in enumerate(columns)], schema=kinds)
