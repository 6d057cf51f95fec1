"""Facts read from the database for an engine that lives in this process, or for the files that are kept of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
from django.db.models import QuerySet

from ..engines import schema
from ..facts import COLUMNS
from ..models import CaseFact, LeftOut
from ..periods import Period

NAMES = [column.name for column in COLUMNS]
AT_ONCE = 10_000


def facts_on(
    column: str, number: int, period: Period, *, say: Callable[[int, int], None] = lambda _done, _total: None
) -> pa.Table:
    """The facts whose `column` holds `number` (a piece of ground, a person, a unit) and that a period may touch, as an Arrow
    table, read some at a time; without those an upheld appeal took out, whether or not the facts say so yet."""
    rows = CaseFact.objects.filter(reported_at__lt=period.end, last_at__gte=period.start, **{column: number})
    rows = rows.exclude(pk__in=LeftOut.objects.values("case_id")).order_by("pk")
    total, parts = rows.count(), []
    for part in batches(rows):
        parts.append(part)
        say(min(len(parts) * AT_ONCE, total), total)
    return pa.Table.from_batches(parts, schema=schema())


def batches(rows: QuerySet[CaseFact]) -> Iterator[pa.RecordBatch]:
    """Facts as Arrow, `AT_ONCE` of them at a time."""
    kept: list[tuple[Any, ...]] = []
    for row in rows.values_list(*NAMES).iterator(chunk_size=AT_ONCE):
        kept.append(row)
        if len(kept) == AT_ONCE:
            yield _batch(kept)
            kept = []
    if kept:
        yield _batch(kept)


def _batch(rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    kinds = schema()
    columns = enumerate(zip(*rows, strict=True))
    return pa.record_batch([pa.array(column, kinds.field(at).type) for at, column in columns], schema=kinds)
