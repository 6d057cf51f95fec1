"""`yemai import cases`: takes residents' messages from sheets."""

import argparse
import os
from pathlib import Path

from yemai.conf.commands import Commands, boot, declare
from yemai.conf.environment import Misconfigured

MORE = """The mapping of columns is guessed by their headings or given with --map, and kept for files with the same
headings. Rows that can't be taken are written beside the file with the reason; sending a file again adds
nothing, and an import that was cut off goes on where it stopped. Example:

  yemai import cases 12345.xlsx --map text=诉求内容 --map place=地址 --map reported_at=受理时间"""


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(commands, place, "import", "take in residents' messages from .csv or .xlsx files", run, MORE)
    parser.add_argument("what", choices=["cases"])
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument(
        "--map", action="append", default=[], metavar="FIELD=HEADING", help="which column is which; may be repeated"
    )
    parser.add_argument(
        "--crs",
        default="WGS84",
        help="reference system of the coordinates: WGS84, GCJ02, BD09, CGCS2000 (default: WGS84)",
    )


def run(options: argparse.Namespace) -> int:
    """Import file after file; 1 when a row was refused."""
    mapping = dict(pair(word) for word in options.map)
    for path in options.files:
        if not path.is_file():
            raise Misconfigured(f"There is no file {path}.")
    os.environ["YEMAI_STATEMENT_SECONDS"] = "0"
    boot()
    from yemai.gates.case_files.commands import import_cases, run_of

    refused = 0
    for path in options.files:
        before = run_of(path)
        result, rest = import_cases(path, mapping=mapping, crs=options.crs)
        if before is not None and (before.mapping, before.crs) != (result.mapping, result.crs):
            before = None  # another mapping: every row was judged anew, and counted anew
        new, there, turned = (
            getattr(result, name) - getattr(before, name, 0) for name in ("created", "repeated", "refused")
        )
        if before is not None and result.pk == before.pk and not (new or there or turned):
            print(f"{path}: taken in before; nothing was added.")
        else:
            print(f"{path}: {new} new, {there} already there, {turned} refused.")
        if rest is not None:
            print(f"  The refused rows with their reasons: {rest}")
        refused += result.refused
    return 1 if refused else 0


def pair(word: str) -> tuple[str, str]:
    """`FIELD=HEADING` taken apart."""
    field, sign, heading = word.partition("=")
    if not sign:
        raise Misconfigured(f"--map {word!r}: write FIELD=HEADING, such as text=诉求内容")
    return field.strip(), heading.strip()
