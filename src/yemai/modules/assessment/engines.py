"""Counting indicators with any engine that speaks Ibis: whole numbers, so that all engines answer alike to the last row."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.utils.translation import gettext as _

from yemai.kernel.refusals import Refused

from .facts import COLUMNS
from .indicators.counted import Counted
from .indicators.registry import INDICATORS, Indicator
from .models import CaseFact
from .periods import Period

SPARK = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.shuffle.partitions": "8",  # counted rows are few: a shuffle of hundreds of parts is all waiting
}


@dataclass(frozen=True)
class Measured:
    """What an engine counted: `rows` with `subject_id`, `<key>_num` and of rates `<key>_den` by subject, and `whole`,
    the sums over all facts, also of those without a subject."""

    rows: pa.Table
    whole: dict[str, int]


def schema() -> pa.Schema:
    """The facts as Arrow keeps them."""
    kinds = {"int64": pa.int64(), "boolean": pa.bool_(), "string": pa.string()}
    return pa.schema([pa.field(one.name, kinds[one.type.value], one.is_nullable) for one in COLUMNS])


def counts(facts: ir.Table, indicators: Iterable[Indicator], period: Period, column: str) -> ir.Table:
    """One row per subject, and one with an empty `subject_id` for the facts that have none: the sum of each condition under
    its name.

    Facts left out of assessment are not looked at, nor those that lie wholly before or after the period. Each condition
    is summed once, whatever the number of indicators that divide by it.
    """
    seen = facts.filter(facts.reported_at < period.end, facts.last_at >= period.start, ~facts.is_excluded)
    sums = {one.__name__: one(seen, period).cast("int32").sum() for one in _conditions(indicators)}
    return seen.group_by(subject_id=seen[column]).aggregate(**sums)


def measured(connection: Any, facts: ir.Table, keys: Sequence[str], period: Period, column: str) -> Measured:
    """`counts` carried out by a connection of Ibis; every number a whole one of 64 bits, the subjects in order,
    without those of whom nothing is counted.

    Raises KeyError for an indicator there is not.
    """
    wanted = [INDICATORS[key] for key in keys]
    found = connection.to_pyarrow(counts(facts, wanted, period, column))
    sums = {name: found[name].cast(pa.int64()).fill_null(0) for name in found.column_names if name != "subject_id"}
    columns = {"subject_id": found["subject_id"].cast(pa.int64())}
    for one in wanted:
        columns[f"{one.key}_num"] = sums[one.numerator.__name__]
        if one.denominator is not None:
            columns[f"{one.key}_den"] = sums[one.denominator.__name__]
    table = pa.table(columns)
    whole = {name: pc.sum(table[name]).as_py() or 0 for name in table.column_names if name != "subject_id"}
    happened = np.any([sums[name].to_numpy() for name in sums], axis=0) if sums else np.zeros(len(table), dtype=bool)
    rows = table.filter(pc.and_(pc.is_valid(table["subject_id"]), pa.array(happened)))
    return Measured(rows.sort_by("subject_id"), whole)


def duckdb_facts(source: pa.Table | Path) -> tuple[Any, ir.Table]:
    """A DuckDB of its own over facts in memory, or over a directory of Parquet files."""
    connection = ibis.duckdb.connect()
    if isinstance(source, pa.Table):
        connection.con.register("facts", source)
        return connection, connection.table("facts")
    return connection, connection.read_parquet(str(source / "[0-9]*.parquet"), table_name="facts")


@contextmanager
def opened(engine: str, kept: Path) -> Iterator[tuple[Any, ir.Table]]:
    """An engine by its name with the facts: `duckdb` and `spark://HOST:PORT` over the Parquet files in `kept`,
    `postgres` over the town's own database. Raises Refused in words: an engine there is not, or that does not answer.
    """
    if engine == "duckdb":
        connection, facts = duckdb_facts(kept)
        try:
            yield connection, facts
        finally:
            connection.disconnect()
    elif engine == "postgres":
        connection = _postgres()
        try:
            yield connection, connection.table(CaseFact._meta.db_table)
        finally:
            connection.disconnect()
    elif urlsplit(engine).scheme == "spark" and urlsplit(engine).port:
        session = _spark(engine)
        try:
            connection = ibis.pyspark.connect(session)
            yield connection, connection.read_parquet(str(kept.resolve()), table_name="facts")
        finally:
            session.stop()
    else:
        raise Refused(
            "no-engine", _("没有“%s”这个引擎。可写 duckdb、postgres 或 spark://主机:端口。") % engine, status=422
        )


def _postgres() -> Any:
    place = settings.DATABASES["default"]
    if "postgresql" not in place["ENGINE"]:
        raise Refused("no-engine", _("本镇的数据库是 SQLite，请用 duckdb。"), status=422)
    return ibis.postgres.connect(
        host=place["HOST"] or None,
        port=int(place["PORT"] or 5432),
        user=place["USER"] or None,
        password=place["PASSWORD"] or None,
        database=place["NAME"],
    )


def _spark(master: str) -> Any:
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise Refused("no-engine", _("没有安装 Spark：请先 pip install 'yemai[spark]'。"), status=422) from None
    builder = SparkSession.builder.master(master).appName("yemai assess")
    for name, value in SPARK.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError) as error:
        text = _("连不上 Spark（%(master)s）：%(why)s") % {"master": master, "why": error}
        raise Refused("no-engine", text, status=422) from error


def _conditions(indicators: Iterable[Indicator]) -> list[Counted]:
    """What is summed for them, each once."""
    both = ((one.numerator, one.denominator) for one in indicators)
    return list(dict.fromkeys(condition for pair in both for condition in pair if condition is not None))
