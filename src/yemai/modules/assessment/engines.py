"""Counting indicators with any engine that speaks Ibis: whole numbers, so that all engines answer alike to the last row."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from .facts import COLUMNS
from .indicators.registry import INDICATORS, Indicator
from .periods import Period

MOMENTS = ("reported_at", "filed_at", "dispatched_at", "due_at", "disposed_at", "closed_at", "scored_at")


def schema() -> pa.Schema:
    """The facts as Arrow keeps them."""
    kinds = {"int64": pa.int64(), "boolean": pa.bool_(), "string": pa.string()}
    return pa.schema([pa.field(one.name, kinds[one.type.value], one.is_nullable) for one in COLUMNS])


def counts(facts: ir.Table, indicators: Iterable[Indicator], period: Period, column: str) -> ir.Table:
    """One row per subject: `subject_id`, and of each indicator `<key>_num` and `<key>_den` (`_den` of rates alone).

    Facts left out of assessment are not looked at, nor those of which nothing happened in the period.
    """
    wanted = list(indicators)
    seen = facts.filter(facts[column].notnull(), ~facts.is_excluded, _touched(facts, period))
    sums: dict[str, ir.Value] = {}
    for one in wanted:
        sums[f"{one.key}_num"] = _sum(one.numerator(seen, period))
        if one.denominator is not None:
            sums[f"{one.key}_den"] = _sum(one.denominator(seen, period))
    return seen.group_by(subject_id=seen[column]).aggregate(**sums).order_by("subject_id")


def measured(connection: Any, facts: ir.Table, keys: Sequence[str], period: Period, column: str) -> pa.Table:
    """`counts` carried out by a connection of Ibis; every number a whole one of 64 bits.

    Raises KeyError for an indicator there is not.
    """
    asked = counts(facts, [INDICATORS[key] for key in keys], period, column)
    table = connection.to_pyarrow(asked)
    return table.cast(pa.schema([pa.field(name, pa.int64()) for name in table.column_names]))


def duckdb_facts(source: pa.Table | Path) -> tuple[Any, ir.Table]:
    """A DuckDB of its own over facts in memory, or over a directory of Parquet files."""
    connection = ibis.duckdb.connect()
    if isinstance(source, pa.Table):
        connection.con.register("facts", source)
        return connection, connection.table("facts")
    return connection, connection.read_parquet(str(source / "*.parquet"), table_name="facts")


def _touched(facts: ir.Table, period: Period) -> ir.BooleanValue:
    """Did anything of it happen in the period?"""
    found: ir.BooleanValue = ibis.literal(False)
    for name in MOMENTS:
        found = found | ((facts[name] >= period.start) & (facts[name] < period.end)).fill_null(False)
    return found


def _sum(column: ir.Column) -> ir.Value:
    return column.cast("int64").sum()
