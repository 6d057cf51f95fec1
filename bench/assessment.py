"""A quarter of 10,000,000 cases on 100,000 micro-grids: every indicator, stars and ranks, by each engine.

    python -m bench assessment [--cases N] [--engine duckdb|spark ...] [--rows FILE]

Beside each stands the bare scan: the same engine reading the same columns and adding each up. Facts are made by DuckDB
with fixed arithmetic, no chance in it. Each engine runs in a process of its own; time by the wall, memory at its peak.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.serving import environment_of

CASES, GRIDS = 10_000_000, 100_000
START, DAYS = 1782835200, 92  # 2026-07-01 in Shanghai, a quarter
PERIOD = "2026Q3"
HOUR = 3600


def make(place: Path, cases: int, grids: int) -> None:
    """Write the facts of a quarter, a file a month, the rows by their ground: as `keeping` keeps them."""
    import duckdb

    from yemai.modules.assessment.facts import COLUMNS, Type

    def mixed(salt: int, most: int) -> str:
        return f"(hash(i * 31 + {salt}) % {most})::BIGINT"

    reported = f"({START} + {mixed(1, DAYS * 24 * HOUR)})"
    said = {
        "case_id": "i",
        **{f"node_{n}": f"{mixed(2, grids)} // {10 ** max(5 - n, 0)} + 1" for n in range(1, 6)},
        "node_6": "NULL",
        "category_id": mixed(3, 264),
        "kind": "'E'",
        "source": f"['field', 'resident', 'call'][1 + {mixed(4, 3)}]",
        "is_public": f"{mixed(4, 3)} > 0",
        "is_excluded": f"{mixed(5, 100)} = 0",
        "stage": "'closed'",
        "rung": f"['microgrid', 'leader', 'community', 'town'][1 + {mixed(6, 4)}]",
        "outcome": f"['solved', 'solved', 'partly_solved', 'not_solved'][1 + {mixed(7, 4)}]",
        "is_open": f"{mixed(8, 10)} = 0",
        "is_suspended": f"{mixed(9, 100)} = 0",
        "is_filed": f"{mixed(10, 10)} > 0",
        "is_voided": f"{mixed(11, 50)} = 0",
        "is_disposed": "true",
        "was_overdue": f"{mixed(12, 8)} = 0",
        "reported_at": reported,
        "filed_at": f"CASE WHEN {mixed(10, 10)} > 0 THEN {reported} + {mixed(13, HOUR)} END",
        "dispatched_at": f"CASE WHEN {mixed(14, 3)} = 0 THEN {reported} + {mixed(13, 2 * HOUR)} END",
        "due_at": f"{reported} + {24 * HOUR} + {mixed(15, 48 * HOUR)}",
        "clock_due_at": "NULL",
        "disposed_at": f"CASE WHEN {mixed(8, 10)} > 0 THEN {reported} + {mixed(16, 96 * HOUR)} END",
        "closed_at": f"CASE WHEN {mixed(8, 10)} > 0 THEN {reported} + {mixed(16, 96 * HOUR)} + {HOUR} END",
        "scored_at": f"CASE WHEN {mixed(17, 3)} = 0 THEN {reported} + {mixed(16, 120 * HOUR)} + {HOUR} END",
        "disposal_minutes": mixed(16, 96 * 60),
        "is_valid_call": f"{mixed(17, 3)} = 0",
        "was_asked": f"{mixed(17, 3)} = 0",
        "was_contacted": f"{mixed(18, 20)} > 0",
        "score": f"CASE WHEN {mixed(17, 3)} = 0 THEN 1 + {mixed(19, 5)} END",
    }
    moments = ("filed_at", "dispatched_at", "due_at", "disposed_at", "closed_at", "scored_at")
    said["last_at"] = f"greatest({reported}, {', '.join(said[name] for name in moments)})"
    words = []
    for at, one in enumerate(COLUMNS):
        if one.name in said:
            value = said[one.name]
        elif one.name.endswith("_id"):
            value = mixed(100 + at, 500) + " + 1"
        elif one.type is Type.TRUTH:
            value = f"CASE WHEN {mixed(100 + at, 4)} > 0 THEN {mixed(200 + at, 10)} > 0 END"
        else:
            value = f"CASE WHEN {mixed(100 + at, 12)} = 0 THEN 1 ELSE 0 END"
        kind = {"int64": "BIGINT", "boolean": "BOOLEAN", "string": "VARCHAR"}[one.type.value]
        words.append(f"CAST({value} AS {kind}) AS {one.name}")
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    for month in range(3):
        path = place / f"2026{7 + month:02d}.parquet"
        span = f"FROM range({cases * month // 3}, {cases * (month + 1) // 3}) AS r(i)"
        connection.execute(
            f"COPY (SELECT {', '.join(words)} {span} ORDER BY node_5, case_id) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
        )


def run(cases: int = CASES, engines: Sequence[str] = ("duckdb",), facts: Path | None = None) -> dict[str, Any]:
    """Figures of each engine, each in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="yemai-bench-") as room:
        place = facts or Path(room) / "facts"
        if not place.exists():
            place.mkdir(parents=True)
            make(place, cases, min(GRIDS, cases // 100))
        found = {}
        for engine in engines:
            asked = [sys.executable, "-m", "bench", "assessment", "--within", engine, "--facts", str(place)]
            environment = environment_of(room)
            found[engine] = json.loads(subprocess.check_output(asked, env=environment).splitlines()[-1])  # noqa: S603 - ourselves
    return {"cases": cases, "micro-grids": GRIDS, **found}


def one_engine(engine: str, place: Path) -> dict[str, Any]:
    """One engine in this process: the bare scan, then all of it twice (the second is the warm one)."""
    import django

    django.setup()
    from zoneinfo import ZoneInfo

    from django.conf import settings

    from yemai.modules.assessment.assessing import KEYS
    from yemai.modules.assessment.engines import measured, opened
    from yemai.modules.assessment.keeping import measured_from_kept
    from yemai.modules.assessment.periods import period_of
    from yemai.modules.assessment.rules.bulk import score_table
    from yemai.modules.assessment.rules.scoring import STARS, How, Item

    period = period_of(PERIOD, ZoneInfo("Asia/Shanghai"))
    items = [
        Item("public_report", 10, How.COMPLEMENT),
        Item("closing_in_time", 30, How.RATE),
        Item("disposal_in_time", 20, How.RATE),
        Item("settled_near", 20, How.RATE),
        Item("satisfaction_a", 20, How.RATE),
    ]
    found: dict[str, Any] = {}
    with opened(engine, place) as (connection, facts):
        used = [name for name in facts.columns if facts[name].type().is_numeric() or facts[name].type().is_boolean()]
        used += ["source", "outcome", "rung"]
        bare = facts.aggregate(
            **{
                name: facts[name].length().sum() if facts[name].type().is_string() else facts[name].cast("int64").sum()
                for name in used
                if not name.startswith("node_") or name == "node_5"
            }
        )
        for turn in ("first", "warm"):
            start = time.perf_counter()
            connection.to_pyarrow(bare)
            found[f"bare scan, {turn}, s"] = round(time.perf_counter() - start, 2)
        for turn in ("first", "warm"):
            start = time.perf_counter()
            got = measured(connection, facts, KEYS, period, "node_5")
            found[f"all indicators, {turn}, s"] = round(time.perf_counter() - start, 2)
        settings.DATA_DIR = place.parent
        if place.name == "facts":
            for turn in ("kept", "from what is kept"):
                start = time.perf_counter()
                measured_from_kept(connection, facts, KEYS, period, "node_5")
                found[f"all indicators, {turn}, s"] = round(time.perf_counter() - start, 2)
        start = time.perf_counter()
        town = {
            item.indicator: got.whole[f"{item.indicator}_num"] / got.whole[f"{item.indicator}_den"] for item in items
        }
        scores = score_table(got.rows, items, town, prior=20, minimum=10, bands=STARS)
        found["scores, stars, ranks, s"] = round(time.perf_counter() - start, 2)
    found["micro-grids"] = scores.num_rows
    found["sum of all"] = sum(got.whole.values())
    found["peak memory, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found["ratio to bare scan, warm"] = round(
        (found["all indicators, warm, s"] + found["scores, stars, ranks, s"]) / found["bare scan, warm, s"], 2
    )
    return found


def main(options: Sequence[str]) -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench assessment", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--engine", action="append", default=[])
    parser.add_argument("--facts", type=Path)
    parser.add_argument("--within", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args(options)
    if chosen.within:
        print(json.dumps(one_engine(chosen.within, chosen.facts)))
        return
    found = run(chosen.cases, chosen.engine or ["duckdb"], chosen.facts)
    print(json.dumps(found, ensure_ascii=False, indent=1))


__all__ = ["main", "run"]
