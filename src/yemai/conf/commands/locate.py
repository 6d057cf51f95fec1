"""`yemai locate`: which node each row of a file lies in."""

import argparse
import os
import sys
from pathlib import Path

from yemai.conf.commands import Commands, boot, declare
from yemai.conf.environment import Misconfigured

MORE = """Writes the same rows with two columns more: node_code and flag (ok, edge, overlap, outside, no-point). On an edge or
in an overlap the lowest code is proposed, and a person should look. Example:

  yemai locate cases.csv --lon longitude --lat latitude --out located.csv"""


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(commands, place, "locate", "find the node that each point of a file lies in", run, MORE)
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--lon", required=True, metavar="COL", help="the column of longitudes (or eastings)")
    parser.add_argument("--lat", required=True, metavar="COL", help="the column of latitudes (or northings)")
    parser.add_argument("--out", required=True, metavar="OUT", type=Path)
    parser.add_argument(
        "--crs", default="WGS84", metavar="NAME", help="reference system of the points (default: WGS84)"
    )
    parser.add_argument(
        "--tier",
        default="",
        metavar="T",
        help="nodes of this tier (default: where cases settle, else the lowest drawn)",
    )


def run(options: argparse.Namespace) -> int:
    """Locate one file."""
    if not options.file.is_file():
        raise Misconfigured(f"There is no file {options.file}.")
    os.environ["YEMAI_STATEMENT_SECONDS"] = "0"
    boot()
    from yemai.conf import tables
    from yemai.gates.boundary_files.commands import locate_file

    if tables.state() is not tables.Tables.CURRENT:
        raise Misconfigured("There is no ground here yet. Run `yemai territory import FILE`, or `yemai migrate`.")
    counts = locate_file(
        options.file, options.out, lon=options.lon, lat=options.lat, crs=options.crs, tier=options.tier,
        say=lambda words: print(words, file=sys.stderr),
    )  # fmt: skip
    print(f"{options.out}: " + ", ".join(f"{count} {flag}" for flag, count in sorted(counts.items())))
    return 0
