"""The facts as Parquet files, one a month of report, for the engines that do not read the database.

A file is written anew when a fact of its month changed; the others stay. What is read is always a whole file.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import Max, Min
from django.utils import timezone

from .engines import Measured, counts, measured, schema
from .facts import LEVELS
from .indicators.registry import INDICATORS
from .models import CaseFact, StaleMonth
from .periods import Period, month_of
from .queries.facts import batches

GROUND = [f"node_{n}" for n in range(1, LEVELS + 1)]
"""Rows lie by their ground: an engine that counts by it meets a piece of ground once, and not all over the file."""
Say = Callable[[int, int], None]


def kept_facts() -> Path:
    """Where they lie."""
    return Path(settings.DATA_DIR) / "facts"


def keep(*, say: Say = lambda _done, _total: None) -> int:
    """Write the files of the months that changed, or all where there are none yet or they are of another make; how many."""
    place = kept_facts()
    place.mkdir(parents=True, exist_ok=True)
    with (place / "_lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two who write one month the later reader must be the later writer
        return _keep(place, say)


def _keep(place: Path, say: Say) -> int:
    make = place / "_columns"  # engines pass over names that begin with an underscore
    columns = schema().to_string()
    stale = dict(StaleMonth.objects.values_list("month", "changes"))
    is_whole = not make.exists() or make.read_text("utf-8") != columns
    months = _all_months(place) if is_whole else sorted(stale)
    for done, month in enumerate(months, 1):
        _write(place / f"{month}.parquet", month)
        StaleMonth.objects.filter(month=month, changes=stale.get(month, 0)).delete()
        say(done, len(months))
    if not list(place.glob("*.parquet")):  # nothing to count is counted, too
        pq.write_table(schema().empty_table(), place / "000000.parquet")
    make.write_text(columns, "utf-8")
    return len(months)


def measured_from_kept(connection: Any, facts: ir.Table, keys: Sequence[str], period: Period, column: str) -> Measured:
    """As `engines.measured`, from what was counted the last time where neither a file that the period may touch nor a
    definition has changed since; what is counted now is kept for the next time."""
    place = kept_facts() / "_counted"
    path = place / f"{period.name}-{column}.parquet"
    mark = _mark(counts(facts, [INDICATORS[key] for key in keys], period, column), period)
    if path.exists():
        table = pq.read_table(path)
        said = table.schema.metadata
        if said[b"mark"] == mark:
            return Measured(table.replace_schema_metadata(None), json.loads(said[b"whole"]))
    found = measured(connection, facts, keys, period, column)
    place.mkdir(exist_ok=True)
    growing = path.with_name(f"_{os.getpid()}-{path.name}")
    pq.write_table(found.rows.replace_schema_metadata({"mark": mark, "whole": json.dumps(found.whole)}), growing)
    growing.replace(path)
    return found


def _mark(asked: ir.Table, period: Period) -> bytes:
    """What the counts of a period depend on: the question itself, and the files of the months until its end."""
    last = month_of(period.end - 1, timezone.get_default_timezone())
    files = sorted(path for path in kept_facts().glob("[0-9]*.parquet") if int(path.stem) <= last)
    states = [(path.name, path.stat().st_ino, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(f"{ibis.to_sql(asked, dialect='duckdb')}{states}".encode()).hexdigest().encode()


def _all_months(place: Path) -> list[int]:
    """Every month from the first report to the last, and whatever lies there from before."""
    zone = timezone.get_default_timezone()
    ends = CaseFact.objects.aggregate(first=Min("reported_at"), last=Max("reported_at"))
    there = {int(path.stem) for path in place.glob("*.parquet") if path.stem != "000000"}
    if ends["first"] is None:
        return sorted(there)
    first, last = month_of(ends["first"], zone), month_of(ends["last"], zone)
    spans = range(first // 100 * 12 + first % 100 - 1, last // 100 * 12 + last % 100)
    return sorted(there | {at // 12 * 100 + at % 12 + 1 for at in spans})


def _write(path: Path, month: int) -> None:
    """One file, beside the old one until it is whole; none where the month has no facts."""
    zone = timezone.get_default_timezone()
    first = date(month // 100, month % 100, 1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    start, end = (int(datetime.combine(day, time(), zone).timestamp()) for day in (first, after))
    rows = CaseFact.objects.filter(reported_at__gte=start, reported_at__lt=end).order_by(*GROUND, "pk")
    growing, number = path.with_name(f"_{path.name}"), 0
    with pq.ParquetWriter(growing, schema(), compression="zstd") as writer:
        for part in batches(rows):
            writer.write_table(pa.Table.from_batches([part]))
            number += part.num_rows
    if number:
        growing.replace(path)
    else:
        growing.unlink()
        path.unlink(missing_ok=True)
