"""`yemai assess`: a period counted and scored for everybody, into files, with the engine that fits the size."""

import argparse
from pathlib import Path

from yemai.conf.commands import Commands, boot, declare

MORE = """Examples:

  yemai assess --period 2026Q3 --out assessed
  yemai assess --period 2026-09@19 --engine postgres --out assessed
  yemai assess --period 2026Q3 --engine spark://10.0.0.5:7077 --out assessed

A period is a quarter (2026Q3), a month (2026-09), a week (2026W36), the 19th to the 18th (2026-09@19), or any days
(2026-07-01..2026-07-15). For Spark the data directory must lie where its workers can read it, too.
Stars of people take effect on the pages alone, after review and appeal; these files are for those who count."""


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(commands, place, "assess", "count a period's indicators, scores and stars into files", run, MORE)
    parser.add_argument("--period", required=True, metavar="P")
    parser.add_argument("--engine", default="duckdb", metavar="E", help="duckdb, postgres or spark://HOST:PORT")
    parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="a directory that is not there or empty")


def run(options: argparse.Namespace) -> int:
    """Take in what changed, count, write."""
    boot()
    from django.utils import timezone

    from yemai.flows.case_facts.jobs import take_changed
    from yemai.modules.assessment.assessing import assess

    while take_changed(timezone.now()):
        pass
    files = assess(options.period, options.engine, options.out, say=print)
    print(f"{options.out}: {len(files)} files.")
    return 0
