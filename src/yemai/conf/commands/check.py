"""`yemai check`: says what is wrong with a deployment and what to do about it."""

import argparse

from yemai.conf.commands import Commands, boot, declare


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(
        commands,
        place,
        "check",
        "say what is wrong with this deployment and what to do about it",
        run,
        "Ends with 1 when something is broken, with 0 when there are only warnings: fit for a timer.",
    )
    parser.add_argument(
        "--story", action="store_true", help="also prove that no case's record was altered (reads all of them)"
    )
    parser.add_argument("--quiet", action="store_true", help="print only what somebody should act on")


def run(options: argparse.Namespace) -> int:
    """Print the findings; settings that can't be read at all are said by the command line itself."""
    boot()
    from yemai.conf import inspection, tables

    errors = warnings = 0
    looks = [inspection.inspect()]
    if options.story and tables.state() is tables.Tables.CURRENT:
        looks.append(inspection.story())
    for look in looks:
        for finding in look:
            errors += finding.level is inspection.Level.ERROR
            warnings += finding.level is inspection.Level.WARNING
            if not (options.quiet and finding.level is inspection.Level.OK):
                print(finding, flush=True)
    if errors or warnings or not options.quiet:
        print(f"{errors} error(s), {warnings} warning(s).")
    return 1 if errors else 0
