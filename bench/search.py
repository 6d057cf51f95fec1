"""Search among 1,000,000 cases: how long the newest and the best matches take, what the index costs, seeded, invented words.

    python -m bench search                                    SQLite, in a throw-away directory
    python -m bench search --database postgres://U:P@HOST/DB  PostgreSQL, in an empty database
    python -m bench search --cases 50000 --data DIR           smaller, in a place that is kept and used again

Times are milliseconds from a person just read to the cases of one page, permission included: `wall` by the clock on the
wall, `cpu` what the process used of it (PostgreSQL's own work is in `wall` alone). `p95_from` and `p95_to` bound what chance
alone would make of the 200 searches. Each search is made twice; in the first round much comes from the disk.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

CASES, QUERIES, PAGE = 1_000_000, 200, 20
LIMITS = {"newest": 20.0, "best": 250.0}
"""Milliseconds, p95."""
ACTORS = ("dispatcher", "secretary", "worker", "unit")
"""The whole town, one of eight villages, one of 64 micro-grids, a unit with one case in twenty."""
SEED = 20261123


def run(
    cases: int = CASES, queries: int = QUERIES, data: str | None = None, database: str | None = None
) -> dict[str, Any]:
    """Figures as a dictionary. In a process of its own, because settings and database are chosen once for a process."""
    with tempfile.TemporaryDirectory(prefix="yemai-bench-") as room:
        place = Path(data or room)
        place.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("YEMAI_")}
        environment |= {"YEMAI_DATA": str(place), "DJANGO_SETTINGS_MODULE": "yemai.conf.settings"}
        environment |= {"YEMAI_STATEMENT_SECONDS": "0"} | ({"YEMAI_DATABASE": database} if database else {})
        command = [sys.executable, "-m", "bench.search", "--inside", f"--cases={cases}", f"--queries={queries}"]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def _inside(cases: int, queries: int) -> dict[str, Any]:
    import django

    django.setup()
    from bench.evidence import standing
    from bench.search_town import NOW, built
    from django.core.management import call_command
    from django.db import connection

    from yemai.base.search.models import Waiting

    call_command("migrate", verbosity=0)
    words = built(cases)
    found: dict[str, Any] = standing("search", options=[f"--cases={cases}", f"--queries={queries}"])
    found |= {"seed": SEED, "database": connection.vendor, "cases": cases, "load_average": os.getloadavg()}
    found["index"] = _index(cases)
    found["waiting"] = Waiting.objects.count()
    asked = _asked(words, cases, queries)
    found["limits_p95_ms"] = LIMITS
    orders = _orders()
    for name, ask in [*((f"{name}, first round", ask) for name, ask in orders.items()), *orders.items()]:
        times: dict[str, list[list[float]]] = {}
        for one in asked:
            *spent, one["hits"] = _timed(ask, one, NOW)
            for kind in ("all", one["kind"]):
                times.setdefault(kind, []).append(spent)
        found[name] = {kind: _percentiles(spent) for kind, spent in times.items()}
    found["found_nothing"] = sum(not one["hits"] for one in asked)
    found["load_average_after"] = os.getloadavg()
    found["report"] = _cost()
    return found


def _index(cases: int) -> dict[str, Any]:
    """Build it where it is not built yet, the way the worker does; its size."""
    from django.db import connection

    from yemai.base.search.index import TABLE, Asked, some, tidy
    from yemai.base.search.waiting import take_in, wait_for_all
    from yemai.modules.cases.indexing import entries
    from yemai.modules.cases.models import Case

    def size() -> int:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_total_relation_size(%s)", [TABLE])
            else:
                cursor.execute(f"SELECT sum(length(block)) FROM {TABLE}_data")  # noqa: S608 - our own name
            return int(cursor.fetchone()[0] or 0)

    seconds = None
    is_built = bool(some(Asked(["栋"]), 1))
    if not is_built:
        began = time.perf_counter()
        done = 0
        wait_for_all(Case.objects.all())
        while taken := take_in(entries):
            done += taken
            if done % 50_000 < taken:
                print(f"{done} of {cases} are in the index", file=sys.stderr)
        tidy()
        seconds = round(time.perf_counter() - began)
    return {"build_seconds": seconds, "megabytes": round(size() / 1e6), "bytes_per_case": round(size() / cases)}


def _asked(words: Any, cases: int, queries: int) -> list[dict[str, Any]]:
    """Searches of each kind in turn, by each person in turn."""
    import numpy as np

    from yemai.modules.cases.models import Case

    rng = np.random.default_rng(SEED)
    texts = Case.objects.values_list("text", flat=True)

    def text() -> str:
        return str(texts.get(pk=int(rng.integers(1, cases + 1))))

    def part(length: int) -> str:
        said = max(text().split("，"), key=len)
        at = int(rng.integers(0, max(1, len(said) - length)))
        return said[at : at + length]

    def word(low: int, high: int) -> str:
        return str(words.every[int(rng.integers(low, high))])

    kinds: dict[str, Callable[[], str]] = {
        "frequent word": lambda: word(0, 30),
        "usual word": lambda: word(200, 3_000),
        "rare word": lambda: word(10_000, 30_000),
        "two words": lambda: f"{word(0, 300)} {word(0, 300)}",
        "two words of one text": lambda: f"{part(2)} {part(3)}",
        "across token borders": lambda: part(5),
        "longer part": lambda: part(9),
        "one character": lambda: part(1),
        "number of a building": lambda: f"{int(rng.integers(1, 60))}栋2单元",
        "frequent word in a month": lambda: word(0, 30),
    }
    return [
        {
            "kind": kind,
            "words": make(),
            "who": ACTORS[(n // len(kinds)) % len(ACTORS)],
            "month": int(rng.integers(0, 30)) if kind.endswith("month") else None,
        }
        for n in range(queries)
        for kind, make in [list(kinds.items())[n % len(kinds)]]
    ]


def _orders() -> dict[str, Callable[..., Any]]:
    from yemai.modules.cases.queries.finding import best_found, newest_found

    return {"newest": newest_found, "best": best_found}


def _timed(ask: Callable[..., Any], one: dict[str, Any], now: Any) -> tuple[float, float, int]:
    from datetime import timedelta

    from django.utils import timezone

    from yemai.base.people.models import Person
    from yemai.modules.cases.queries.listing import Filter

    by = Filter()
    if one["month"] is not None:
        midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0)  # as the page's fields are read
        since = midnight - timedelta(days=30 * (one["month"] + 1))
        by = Filter(since=since, until=since + timedelta(days=30))
    person = Person.objects.get(username=one["who"])
    began, used = time.perf_counter(), time.process_time()
    found = ask(person, one["words"], by, now, size=PAGE)
    return (time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000, len(found.cases)


def _percentiles(spent: Sequence[Sequence[float]]) -> dict[str, float]:
    """Wall clock, and what this process itself used of it, which a busy machine changes less."""
    import numpy as np
    from bench.evidence import interval

    found: dict[str, float] = {}
    for name, times in zip(("wall", "cpu"), np.array(spent).T, strict=True):
        low, high = interval(lambda rows, of=times: float(np.quantile(of[rows], 0.95)), len(times))[1:]
        found |= {
            f"{name}_p50": round(float(np.median(times)), 1),
            f"{name}_p95": round(float(np.quantile(times, 0.95)), 1),
        }
        found |= {f"{name}_p95_from": round(low, 1), f"{name}_p95_to": round(high, 1)}
    return found


def _cost(times: int = 500) -> dict[str, float]:
    """What search adds to a report (one row that waits), and what the worker then does for it."""
    from bench.search_town import NOW

    from yemai.base.search import waiting
    from yemai.modules.cases.actions import Report, report
    from yemai.modules.cases.actors import Resident
    from yemai.modules.cases.indexing import entries

    spent = []
    inner: list[float] = []
    plain = waiting.wait

    def measured(*ids: int) -> None:
        began = time.perf_counter()
        plain(*ids)
        inner.append((time.perf_counter() - began) * 1000)

    from yemai.modules.cases import story

    story.wait = measured  # type: ignore[assignment]  # a stop-watch around it
    for n in range(times):
        began = time.perf_counter()
        report(
            Report(text=f"第{n}次上报：楼下路灯不亮，晚上看不清路，老人容易摔倒，请尽快来修"),
            actor=Resident(device_hash="b" * 64),
            now=NOW,
        )
        spent.append((time.perf_counter() - began) * 1000)
    began = time.perf_counter()
    taken = 0
    while some := waiting.take_in(entries):
        taken += some
    worker = (time.perf_counter() - began) * 1000 / max(taken, 1)
    return {
        "report_ms_p50": round(statistics.median(spent), 2),
        "of_it_search_ms_p50": round(statistics.median(inner), 3),
        "worker_ms_each": round(worker, 2),
    }


def main(arguments: Sequence[str]) -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench search", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--queries", type=int, default=QUERIES)
    parser.add_argument("--data", help="where the town lies; it is kept and used again")
    parser.add_argument("--database", help="postgres://USER:PASSWORD@HOST:PORT/NAME instead of SQLite")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    found = (
        _inside(options.cases, options.queries)
        if options.inside
        else run(options.cases, options.queries, options.data, options.database)
    )
    json.dump(found, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main(sys.argv[1:])
