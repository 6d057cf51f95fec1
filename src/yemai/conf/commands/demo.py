"""`yemai demo`: makes the tables and the invented town with its people and cases."""

import argparse
import os

from yemai.conf.commands import Commands, boot, declare
from yemai.conf.environment import Misconfigured


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    declare(
        commands,
        place,
        "demo",
        "make the tables and an invented town to try everything in",
        run,
        "Only into an empty place: it never mixes with a town of yours.",
    )


def run(options: argparse.Namespace) -> int:
    """Build the demo where there is nothing yet, and list its people."""
    os.environ["YEMAI_STATEMENT_SECONDS"] = "0"
    boot(activate=False)  # the town is Chinese whatever the operator reads
    from yemai.conf import demo, prepare, seeding, tables
    from yemai.conf.columns import columns

    if tables.state() is tables.Tables.BEHIND:
        raise Misconfigured("The tables are of an older version. Run `yemai backup DIRECTORY`, then `yemai migrate`.")
    tables.bring_up_to_date()
    if not seeding.has_town():
        demo.load()
    elif not prepare.is_demo():
        raise Misconfigured(
            "There is a town of yours here; the demo only goes into an empty place. Give another --data or --database."
        )
    print("\n".join(columns(prepare.demo_cast(), heads=prepare.CAST_HEADS)))
    print("\nNext: yemai up")
    return 0
