"""`yemai territory import`: boundaries, codes and buildings from other people's files."""

import argparse
import os
import sys
from pathlib import Path

from yemai.conf.commands import Commands, boot, declare
from yemai.conf.environment import Misconfigured

MORE = """Takes GeoJSON, zipped shapefile, GeoPackage, KML, .csv and .xlsx, in any of China's reference systems. What is wrong
with the boundaries is listed; nothing is mended unless --repair says so. Where there is no town yet, one is founded
and named after the file. Examples:

  yemai territory import villages.zip --tier village --name-field NAME --code-field CODE --crs "CGCS2000 / 3-degree zone 40"
  yemai territory import grids.geojson --tier micro-grid --name-field name --code-field code --crs GCJ02 --check
  yemai territory import grids.geojson --tier micro-grid --name-field name --code-field code --repair sliver --repair gap
  yemai territory import codes.csv.gz --ladder regions --tier-field level --code-field code --parent-field parent

Buildings come from .xlsx and .csv as offices keep them (titles above, headings of two lines, merged cells) or from layers of
footprints. Columns are known by their headings (小区 楼栋 地址 户数 层数 单元 经度 纬度 微网格); --column says otherwise. A row with a
doubt is listed and not written, unless --repair takes the remedy named in the list. What stands is brought up to date.

  yemai territory import buildings.xlsx --buildings --crs GCJ02 --check
  yemai territory import buildings.xlsx --buildings --crs GCJ02 --column name=房号 --column floors= --repair edge --findings todo.csv"""
EXAMPLES = 5


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(commands, place, "territory", "take in boundaries and codes from files", run, MORE)
    parser.add_argument("what", choices=["import"])
    parser.add_argument("file", metavar="FILE", type=Path)
    of = parser.add_mutually_exclusive_group(required=True)
    of.add_argument(
        "--tier", default="", metavar="T", help="the tier of all rows: its key, label or number (1 is the top)"
    )
    of.add_argument("--tier-field", default="", metavar="T", help="the column that names each row's tier")
    of.add_argument("--buildings", action="store_true", help="the file holds buildings, not boundaries")
    parser.add_argument(
        "--column", action="append", default=[], metavar="FIELD=HEADING",
        help="which column of a file of buildings holds what: estate, name, code, address, households, floors, units, "
        "lon, lat, grid_code, grid_name, community; an empty HEADING leaves the field out",
    )  # fmt: skip
    parser.add_argument("--name-field", default="", metavar="F", help="the column of names (default: the codes)")
    parser.add_argument("--code-field", default="", metavar="C", help="the column of codes (default: 1, 2, 3 …)")
    parser.add_argument("--parent-field", default="", metavar="P", help="the column of the parents' codes")
    parser.add_argument("--parent", default="", metavar="CODE", help="one parent for all (default: by place)")
    parser.add_argument(
        "--crs", default="", metavar="NAME", help="reference system (default: what the file says of itself)"
    )
    parser.add_argument(
        "--ladder", default="leaf-veins", metavar="KEY",
        help="the ladder of a new place (default: leaf-veins; `regions` for a register of the five levels)",
    )  # fmt: skip
    parser.add_argument(
        "--layer", metavar="NAME", help="which layer or sheet of a file that has several (default: the first that fits)"
    )
    parser.add_argument(
        "--repair", action="append", default=[], metavar="KIND", help="mend this kind of finding, or `all`"
    )
    parser.add_argument("--check", action="store_true", help="look only; write nothing")
    parser.add_argument("--findings", type=Path, metavar="OUT", help="write every finding to a .geojson or .csv file")


def run(options: argparse.Namespace) -> int:
    """Import one file; 1 when a row was left out."""
    if not options.file.is_file():
        raise Misconfigured(f"There is no file {options.file}.")
    if options.buildings:
        return _run_buildings(options)
    os.environ["YEMAI_STATEMENT_SECONDS"] = "0"
    boot()
    from yemai.conf import seeding, tables
    from yemai.gates.boundary_files.commands import Wanted, import_boundaries, write_findings
    from yemai.gates.boundary_files.surveying import said
    from yemai.gates.boundary_files.terms import Doubt

    if tables.state() is tables.Tables.BEHIND:
        raise Misconfigured("The tables are of an older version. Run `yemai backup DIRECTORY`, then `yemai migrate`.")
    unknown = set(options.repair) - {"all", *Doubt.values}
    if unknown:
        raise Misconfigured(f"--repair {' '.join(sorted(unknown))}: write one of {', '.join(Doubt.values)} or all.")
    tables.bring_up_to_date()
    if not seeding.has_town() and options.tier_field:
        seeding.install_shipped(options.ladder)  # the file brings the top itself
    elif not seeding.has_town():
        town = seeding.found_town(options.ladder, name=options.file.name[:80], name_en="", code="990100100000")
        print(f"There was no town yet; founded {town.name} ({town.code}) on the ladder {options.ladder}.")
    wanted = Wanted(
        tier=options.tier, tier_field=options.tier_field, name_field=options.name_field, code_field=options.code_field,
        parent_field=options.parent_field, parent=options.parent, crs=options.crs, layer=options.layer,
        repair=frozenset(Doubt) if "all" in options.repair else frozenset(Doubt(kind) for kind in options.repair),
        only_check=options.check,
    )  # fmt: skip
    outcome = import_boundaries(options.file, wanted, say=lambda words: print(words, file=sys.stderr))
    for doubt in Doubt:
        found = [finding for finding in outcome.findings if finding.doubt == doubt]
        if found:
            mended = sum(finding.doubt == doubt for finding in outcome.mended)
            print(f"{doubt.value}: {len(found)}" + (f", {mended} mended" if mended else ""))
            for finding in found[:EXAMPLES]:
                print(f"  {said(finding, outcome.names)}")
            if len(found) > EXAMPLES:
                print(
                    f"  … and {len(found) - EXAMPLES} more"
                    + ("" if options.findings else "; --findings FILE lists all")
                )
    if options.findings:
        write_findings(outcome, options.findings)
        print(f"Every finding: {options.findings}")
    if outcome.laid is None:
        print("Nothing was written.")
        return 1 if outcome.left_out else 0
    print(
        f"{outcome.laid.created} laid, {outcome.laid.drawn} drawn that stood without a boundary, "
        f"{outcome.laid.same} already there, {len(outcome.left_out) + len(outcome.laid.refused)} left out."
    )
    for at, finding in outcome.left_out[:EXAMPLES]:
        print(f"  left out: {outcome.names[at]} ({finding.doubt.label})")
    for draft, why in outcome.laid.refused[:EXAMPLES]:
        print(f"  left out: {draft.name} ({why})")
    return 1 if outcome.left_out or outcome.laid.refused else 0


def _run_buildings(options: argparse.Namespace) -> int:
    os.environ["YEMAI_STATEMENT_SECONDS"] = "0"
    boot()
    from yemai.conf import seeding, tables
    from yemai.gates.boundary_files.buildings.terms import ADVICE, FIELDS, REMEDIES, Doubt
    from yemai.gates.boundary_files.commands import (
        WantedBuildings,
        import_buildings,
        said_of_building,
        write_building_findings,
    )

    if tables.state() is tables.Tables.BEHIND:
        raise Misconfigured("The tables are of an older version. Run `yemai backup DIRECTORY`, then `yemai migrate`.")
    columns = dict(word.partition("=")[::2] for word in options.column)
    if unknown := set(columns) - set(FIELDS):
        raise Misconfigured(f"--column {' '.join(sorted(unknown))}: write one of {', '.join(FIELDS)}, = and a heading.")
    remedies = [doubt.value for doubt in REMEDIES]
    if unknown := set(options.repair) - {"all", *remedies}:
        raise Misconfigured(f"--repair {' '.join(sorted(unknown))}: write one of {', '.join(remedies)} or all.")
    tables.bring_up_to_date()
    if not seeding.has_town():
        raise Misconfigured(
            "There is no ground yet for buildings to stand on. Run `yemai init`, or import micro-grids first."
        )
    looked, housed = import_buildings(
        options.file, WantedBuildings(options.crs, options.layer or "", columns),
        frozenset(remedies) if "all" in options.repair else frozenset(options.repair), only_check=options.check,
        say=lambda words: print(words, file=sys.stderr),
    )  # fmt: skip
    for doubt in Doubt:
        found = [finding for finding in looked.judged.findings if finding.doubt == doubt]
        if not found:
            continue
        taken = sum(finding in looked.judged.accepted for finding in found)
        print(f"{doubt.value}: {len(found)}" + (f", {taken} taken" if taken else "") + f" · {doubt.label}")
        for finding in found[:EXAMPLES]:
            print(f"  {said_of_building(finding)}")
        if len(found) > EXAMPLES:
            print(f"  … and {len(found) - EXAMPLES} more" + ("" if options.findings else "; --findings FILE lists all"))
        print(f"  → {ADVICE[doubt]}" + (f" (--repair {doubt.value}: {REMEDIES[doubt]})" if doubt in REMEDIES else ""))
    if options.findings:
        write_building_findings(looked, options.findings)
        print(f"Every finding: {options.findings}")
    left = len(looked.judged.rows) - len(looked.judged.sound)
    if housed is None:
        print(f"{len(looked.judged.sound)} could be written ({looked.new} new), {left} could not. Nothing was written.")
    else:
        print(
            f"{housed.created} buildings added, {housed.changed} brought up to date, {housed.same} already so, {left} left out; "
            f"{housed.estates} estates and {housed.entrances} units added."
        )
    return 1 if left else 0
