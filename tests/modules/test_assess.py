"""A period assessed by any engine: equal to the last row, from files that follow the database month by month."""

import csv
import json
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection as database
from django.test import override_settings

from tests.spark_cluster import spark_cluster
from tests.world import World, build
from yemai.kernel.refusals import Refused
from yemai.modules.assessment.actions.facts import put_facts
from yemai.modules.assessment.actions.schemes import install_schemes
from yemai.modules.assessment.assessing import KEYS, assess
from yemai.modules.assessment.engines import duckdb_facts, measured, opened, schema
from yemai.modules.assessment.facts import COLUMNS, MOMENTS, Type
from yemai.modules.assessment.keeping import keep, kept_facts
from yemai.modules.assessment.models import CaseFact, StaleMonth
from yemai.modules.assessment.periods import period_of

HERE = ZoneInfo("Asia/Shanghai")
WORDS = {
    "kind": ["E", "C", "S", ""],
    "source": ["field", "resident", "call", "visit"],
    "stage": ["closed", "handling", "voided"],
    "rung": ["microgrid", "leader", "community", "town"],
    "outcome": ["solved", "partly_solved", "not_solved", ""],
}
Fact = dict[str, Any]


def moment(month: int, day: int, hour: int = 12) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=HERE).timestamp())


def facts(number: int, seed: int = 7) -> list[Fact]:
    """Facts with every value and every gap a column may have, over the second and third quarter of 2026."""
    dice = random.Random(seed)
    first, last = moment(4, 1, 0), moment(9, 30, 23)

    def value(name: str, kind: Type, nullable: bool) -> Any:
        if nullable and dice.random() < 0.3:
            return None
        if kind is Type.WORD:
            return dice.choice(WORDS[name])
        if kind is Type.TRUTH:
            return dice.random() < 0.5
        if name.endswith("_at"):
            return dice.randint(first, last)
        if name == "score":
            return dice.randint(1, 5)
        if name.endswith("_id") or name.startswith("node_"):
            return dice.randint(1, 12)
        return dice.choice([0, 0, 0, 1, 2])

    made = [{one.name: value(one.name, one.type, one.is_nullable) for one in COLUMNS} for _at in range(number)]
    for fact in made:
        moments = [fact[name] for name in MOMENTS if fact[name] is not None]
        fact["reported_at"], fact["last_at"] = min(moments), max(moments)
    return [fact | {"case_id": at} for at, fact in enumerate(made, 1)]


def table(made: list[Fact]) -> pa.Table:
    return pa.Table.from_pylist(made, schema=schema())


def by_hand(made: list[Fact], start: int, end: int) -> dict[int, tuple[int, int, int]]:
    """Of each tier-3 node: due, disposed of in time, and satisfied residents in tenths; counted without any engine."""
    found: dict[int, tuple[int, int, int]] = {}
    for fact in made:
        if fact["is_excluded"] or fact["node_3"] is None:
            continue
        due = fact["due_at"] is not None and start <= fact["due_at"] < end
        due = due and not fact["is_suspended"] and not fact["is_voided"]
        done = due and fact["disposed_at"] is not None and fact["disposed_at"] < end and not fact["was_overdue"]
        called = fact["scored_at"] is not None and start <= fact["scored_at"] < end and fact["is_valid_call"]
        tenths = {3: 9, 4: 10, 5: 10}.get(fact["score"], 0) if called else 0
        before = found.get(fact["node_3"], (0, 0, 0))
        found[fact["node_3"]] = (before[0] + due, before[1] + done, before[2] + tenths)
    return found


def all_of(engine: str, place: Path) -> dict[str, Any]:
    """What an engine says of every indicator for a tier, a kind of person, and a piece of ground that nobody has."""
    period = period_of("2026Q3", HERE)
    with opened(engine, place) as (connection, read):
        said = {
            column: measured(connection, read, KEYS, period, column) for column in ("node_3", "handler_id", "node_6")
        }
    return {column: (one.rows.to_pylist(), one.whole) for column, one in said.items()}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """3,000 facts in two files."""
    made = facts(3000)
    for name, part in (("202604", made[:1000]), ("202607", made[1000:])):
        pq.write_table(table(part), tmp_path / f"{name}.parquet")
    return tmp_path


@pytest.mark.no_database
def test_what_is_counted_is_what_a_hand_counts() -> None:
    made = facts(500)
    period = period_of("2026Q3", HERE)
    connection, read = duckdb_facts(table(made))
    rows = measured(connection, read, KEYS, period, "node_3").rows.to_pylist()
    names = ("disposal_den", "disposal_in_time_num", "satisfaction_a_num")
    assert {row["subject_id"]: tuple(row[name] for name in names) for row in rows} == by_hand(
        made, period.start, period.end
    )


@pytest.mark.no_database
def test_a_spark_of_two_workers_says_the_same_to_the_last_row(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with spark_cluster(monkeypatch) as address:
        by_spark = all_of(address, files)
    by_duckdb = all_of("duckdb", files)
    assert len(by_duckdb["node_3"][0]) == 12
    assert by_spark == by_duckdb


@pytest.mark.skipif(database.vendor != "postgresql", reason="the town keeps SQLite here")
@pytest.mark.django_db(transaction=True)
def test_postgresql_says_the_same_to_the_last_row(files: Path) -> None:
    CaseFact.objects.bulk_create([CaseFact(**fact) for fact in facts(3000)])
    assert all_of("postgres", files) == all_of("duckdb", files)


@pytest.mark.skipif(database.vendor == "postgresql", reason="the town keeps PostgreSQL here")
def test_an_engine_that_is_not_there_is_named(files: Path) -> None:
    for engine, words in (("postgres", "SQLite"), ("hadoop", "hadoop"), ("spark://nowhere", "spark://nowhere")):
        with pytest.raises(Refused, match=words), opened(engine, files):
            pass


# --- the files ---


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    with override_settings(DATA_DIR=tmp_path / "data"):
        yield tmp_path / "data"


def kept_ids() -> dict[str, list[int]]:
    found = {path.stem: pq.read_table(path)["case_id"].to_pylist() for path in kept_facts().glob("[0-9]*.parquet")}
    return {name: ids for name, ids in found.items() if ids}


@pytest.mark.django_db
def test_only_the_months_that_changed_are_written_anew(data: Path) -> None:
    june, july = (fact | {"is_voided": False} for fact in facts(2))
    june, july = june | {"reported_at": moment(6, 30, 23)}, july | {"reported_at": moment(7, 1, 0)}
    put_facts([1, 2], [june, july])
    assert keep() == 2
    assert kept_ids() == {"202606": [1], "202607": [2]}
    before = {path.name: path.stat().st_ino for path in kept_facts().glob("2*.parquet")}
    assert keep() == 0
    put_facts([2], [july | {"is_voided": True}])
    assert keep() == 1
    after = {path.name: path.stat().st_ino for path in kept_facts().glob("2*.parquet")}
    assert (before["202606.parquet"] == after["202606.parquet"], before["202607.parquet"] == after["202607.parquet"]) == (True, False)  # fmt: skip
    assert not StaleMonth.objects.exists()
    put_facts([1], [])
    keep()
    assert kept_ids() == {"202607": [2]}
    put_facts([2], [july | {"reported_at": moment(6, 1)}])
    keep()
    assert kept_ids() == {"202606": [2]}


@pytest.mark.django_db
def test_files_of_another_make_are_written_anew(data: Path) -> None:
    put_facts([1, 2], [fact | {"reported_at": moment(4 + 3 * at, 1)} for at, fact in enumerate(facts(2))])
    keep()
    (kept_facts() / "_columns").write_text("case_id: int64")
    keep()
    assert kept_ids() == {"202604": [1], "202607": [2]}
    assert keep() == 0


# --- yemai assess ---


@pytest.fixture
def world(now: datetime, db: None) -> World:
    world = build(now)
    install_schemes(now=now)
    return world


def test_a_period_is_assessed_into_files(world: World, data: Path, tmp_path: Path) -> None:
    ground = [grid.pk for grid in world.grids[:2]]
    made = [fact | {"node_1": world.town.pk, "node_3": ground[at % 2], "is_excluded": False} for at, fact in enumerate(facts(200))]  # fmt: skip
    put_facts([fact["case_id"] for fact in made], made)
    out = tmp_path / "out"
    files = assess("2026Q3", "duckdb", out)
    whole = json.loads((out / "whole.json").read_text())
    assert whole["schemes"]["area_3"] == "微网格 v1"
    grids = pq.read_table(out / "area_3.parquet").to_pylist()
    assert [row["subject_id"] for row in grids] == sorted(ground)
    assert sum(row["filed_num"] for row in grids) == whole["sums"]["filed_num"] > 0
    assert sorted(row["rank"] for row in grids) == [1, 2]
    with (out / "area_3.csv").open(encoding="utf-8-sig") as file:
        read = list(csv.DictReader(file))
    assert [row["名称"] for row in read] == [str(node.label) for node in sorted(world.grids[:2], key=lambda one: one.pk)]  # fmt: skip
    assert float(read[0]["按期处置率（%）"]) == round(100 * grids[0]["disposal_in_time_num"] / grids[0]["disposal_in_time_den"], 2)  # fmt: skip
    assert "名称" not in (out / "worker.csv").read_text(encoding="utf-8-sig")
    assert {path.name for path in files} == {path.name for path in out.iterdir()}


def test_nothing_is_written_over_and_nothing_half(world: World, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(Refused, match="已有内容"):
        assess("2026Q3", "duckdb", out)
    with pytest.raises(Refused, match="周期"):
        assess("third quarter", "duckdb", tmp_path / "new")
    with pytest.raises(Refused, match="hadoop"):
        assess("2026Q3", "hadoop", tmp_path / "new")
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert not (tmp_path / "new").exists()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_town_without_a_case_is_assessed_too(world: World, data: Path, tmp_path: Path) -> None:
    assess("2026Q3", "duckdb", tmp_path / "out")
    assert pq.read_table(tmp_path / "out" / "area_1.parquet").num_rows == 0


def test_what_was_counted_is_counted_again_only_when_a_fact_of_its_time_changed(
    world: World, data: Path, tmp_path: Path
) -> None:
    made = [fact | {"node_1": world.town.pk} for fact in facts(60)]
    put_facts([fact["case_id"] for fact in made], made)

    def town(period: str, name: str) -> dict[str, Any]:
        assess(period, "duckdb", tmp_path / name)
        kept = kept_facts() / "_counted" / f"{period}-node_1.parquet"
        (row,) = pq.read_table(tmp_path / name / "area_1.parquet").to_pylist()
        return {"row": row, "file": kept.stat().st_ino}

    first = town("2026Q2", "first")
    assert town("2026Q2", "second") == first
    later = next(fact for fact in made if fact["reported_at"] >= moment(7, 1, 0))
    put_facts([later["case_id"]], [later | {"is_excluded": not later["is_excluded"]}])
    assert town("2026Q2", "third") == first
    earlier = next(fact for fact in made if fact["reported_at"] < moment(7, 1, 0) and not fact["is_excluded"])
    put_facts([earlier["case_id"]], [earlier | {"is_excluded": True}])
    fourth = town("2026Q2", "fourth")
    assert fourth["file"] != first["file"]
    assert fourth["row"]["reported_num"] == first["row"]["reported_num"] - 1
