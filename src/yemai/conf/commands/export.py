"""`yemai export`: every case as a sheet, the ground as a GeoPackage or GeoJSON."""

import argparse
from datetime import date
from pathlib import Path

from yemai.conf.commands import Commands, boot, declare
from yemai.conf.environment import Misconfigured

MORE = """Examples:

  yemai export cases cases.xlsx
  yemai export ground town.gpkg
  yemai export ground town.gpkg --crs "CGCS2000 / 3-degree zone 40" --on 2026-01-01
  yemai export ground buildings.geojson --layer buildings"""


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(commands, place, "export", "write all cases, or the ground, to a file", run, MORE)
    parser.add_argument("what", choices=["cases", "ground"])
    parser.add_argument("file", metavar="FILE", type=Path)
    ground = parser.add_argument_group("ground")
    ground.add_argument("--layer", action="append", default=[], choices=["nodes", "buildings"], help="only this layer")
    ground.add_argument("--tier", default="", metavar="T", help="nodes of this tier only: its key, label or number")
    ground.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="nodes as they were on this day")
    ground.add_argument("--crs", default="", metavar="NAME", help="reference system (default: WGS84)")


def run(options: argparse.Namespace) -> int:
    """Write the file; never over another one."""
    if options.file.exists():
        raise Misconfigured(f"{options.file} exists already; nothing was written over it.")
    if not options.file.resolve().parent.is_dir():
        raise Misconfigured(f"There is no directory {options.file.resolve().parent}.")
    boot()
    if options.what == "ground":
        from yemai.gates.boundary_files.commands import export_ground

        counts = export_ground(options.file, options.layer, tier=options.tier, on=options.on, crs=options.crs)
        print(f"{options.file}: " + ", ".join(f"{count} {layer}" for layer, count in counts.items()) + ".")
        return 0
    from yemai.gates.case_files.commands import export_cases

    print(f"{options.file}: {export_cases(options.file)} cases.")
    return 0
