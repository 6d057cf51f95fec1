"""The cockpit of a city, asked over HTTP by one and by eight at once: 10,000,000 cases beside 100,000.

    python -m bench cockpit [--cases N ...] [--database URL] [--data DIR]

Served as `yemai up` serves it, two processes; the clients share its cores. Pages asked for: the whole, villages, micro-grids,
units and the wall's board, one after the other. Then facts change, and the counts that followed are compared to counts made anew.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.serving import Ask, asked_at_once, environment_of, percentiles, served

CASES = (100_000, 10_000_000)
AIMS = {1: 50.0, 8: 150.0}
"""Milliseconds, p95, by clients at once."""
ASKED = 400
"""Pages each time."""
VILLAGES, GRIDS, UNITS = 100, 100, 50
"""Micro-grids in each village: 10,000 in all."""


def run(sizes: Sequence[int] = CASES, data: str | None = None, database: str | None = None) -> dict[str, Any]:
    """Figures of each size."""
    return {f"{cases} cases": of_size(cases, data, database) for cases in sizes}


def of_size(cases: int, data: str | None, database: str | None) -> dict[str, Any]:
    """Figures of one size, in processes of their own."""
    with tempfile.TemporaryDirectory(prefix="yemai-bench-") as room:
        place = Path(data or room) / str(cases)
        place.mkdir(parents=True, exist_ok=True)
        environment = environment_of(str(place), f"{database}_{cases}" if database else "")

        def step(what: str) -> Any:
            command = [sys.executable, "-m", "bench.cockpit", "--inside", what, "--cases", str(cases)]
            return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603 - ourselves

        started = time.perf_counter()
        cookie = step("build")
        found: dict[str, Any] = {"cases": cases, "built in, s": round(time.perf_counter() - started)}
        with served(environment) as port:
            ask = _asking(cookie)
            asked_at_once(port, 1, 60, ask)  # what is loaded at the first time is loaded
            for clients in AIMS:
                found[f"{clients} at once, ms"] = percentiles(asked_at_once(port, clients, ASKED, ask)[0])
        return found | step("recount")


def _asking(cookie: str) -> Ask:
    """One page after the other, as somebody signed in."""

    def ask(connection: HTTPConnection, at: int) -> None:
        path, more = _page(at)
        connection.request("GET", path, headers={"Cookie": cookie, "Accept-Language": "zh-CN"} | more)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or len(body) < 1000:
            raise SystemExit(f"{path}: {answer.status}")

    return ask


def _page(at: int) -> tuple[str, dict[str, str]]:
    """Each kind in turn, each time another piece of ground."""
    turn = at // 5
    kinds = (
        ("/cockpit/?node=1", {}),
        (f"/cockpit/?node={2 + turn % VILLAGES}", {}),
        (f"/cockpit/?node={2 + VILLAGES + turn * 97 % (VILLAGES * GRIDS)}", {}),
        (f"/cockpit/units/{1 + turn % UNITS}/", {}),
        ("/cockpit/wall/?node=1", {"HX-Request": "true"}),
    )
    return kinds[at % 5]


def _build(cases: int) -> str:
    """Tables, static files, the city; answers the cookie of somebody signed in."""
    from yemai.conf import static_files, tables

    with contextlib.redirect_stdout(sys.stderr):
        tables.bring_up_to_date()
        static_files.gather()
    from bench.cockpit_town import built
    from django.test import Client

    from yemai.base.people.models import Person

    built(cases)
    client = Client()
    client.force_login(
        Person.objects.get(username="secretary"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def _inside(what: str, cases: int) -> Any:
    import django

    django.setup()
    if what == "build":
        return _build(cases)
    from bench.cockpit_town import recounted

    return recounted()


def main(arguments: Sequence[str]) -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench cockpit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, action="append")
    parser.add_argument("--data", help="where the cities lie; they are kept and used again")
    parser.add_argument(
        "--database", help="postgres://USER:PASSWORD@HOST:PORT/NAME instead of SQLite: NAME_100000 and so on"
    )
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    for cases in options.cases or CASES:
        found = _inside(options.inside, cases) if options.inside else of_size(cases, options.data, options.database)
        print(json.dumps(found, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
