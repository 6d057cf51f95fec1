"""`yemai export cases`: writes every case to a sheet."""

import argparse
from pathlib import Path

from yemai.conf.commands import Commands, boot, declare
from yemai.conf.environment import Misconfigured


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(
        commands, place, "export", "write all cases to an .xlsx file", run, "Example: yemai export cases cases.xlsx"
    )
    parser.add_argument("what", choices=["cases"])
    parser.add_argument("file", metavar="FILE", type=Path)


def run(options: argparse.Namespace) -> int:
    """Write the sheet; never over another file."""
    if options.file.exists():
        raise Misconfigured(f"{options.file} exists already; nothing was written over it.")
    if not options.file.resolve().parent.is_dir():
        raise Misconfigured(f"There is no directory {options.file.resolve().parent}.")
    boot()
    from yemai.gates.case_files.commands import export_cases

    print(f"{options.file}: {export_cases(options.file)} cases.")
    return 0
