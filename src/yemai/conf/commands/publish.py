"""`yemai publish`: a period's cases and indicators as open data."""

import argparse
from pathlib import Path

from yemai.conf.commands import Commands, boot, declare

MORE = """Examples:

  yemai publish --period 2026Q3 --out open-data
  yemai publish --period 2026-09 --k 10 --out open-data

Writes cases and indicators as Parquet and CSV, dictionary.csv and datapackage.json. Nothing in them leads to a person: rows
are coarse enough that at least K cases look alike, counts below K are left out, and so is what would give them back.
Publish a stretch of time in one way only (all by quarter, or all by month), or subtracting may give small counts back."""


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(
        commands, place, "publish", "write a period's anonymous cases and indicators as open data", run, MORE
    )
    parser.add_argument("--period", required=True, metavar="P")
    parser.add_argument("--k", type=int, default=5, metavar="K", help="how many cases must look alike; 5 or more")
    parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="a directory that is not there or empty")


def run(options: argparse.Namespace) -> int:
    """Take in what changed, make it coarse, write."""
    boot()
    from django.utils import timezone

    from yemai.flows.case_facts.jobs import take_changed
    from yemai.gates.open_data.publishing import publish

    while take_changed(timezone.now()):
        pass
    for name, number in publish(options.period, options.out, k=options.k, say=print).items():
        print(f"{name}: {number} rows")
    return 0
