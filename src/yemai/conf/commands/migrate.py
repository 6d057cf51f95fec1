"""`yemai migrate`: brings the tables of an older version, or of none, up to this one."""

import argparse
import os

from yemai.conf.commands import Commands, declare


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(
        commands,
        place,
        "migrate",
        "bring the database's tables up to this version",
        run,
        "Back up first. Running it twice does nothing the second time.",
    )
    parser.add_argument("--plan", action="store_true", help="only say what would be done")


def run(options: argparse.Namespace) -> int:
    """Apply what is pending and name it."""
    os.environ["YEMAI_STATEMENT_SECONDS"] = "0"  # changing a table may take longer than a page may
    import django

    django.setup()
    from yemai.conf import tables

    tables.state()  # says in words when the database can't be reached
    names = tables.pending()
    for name in names:
        print(("would apply " if options.plan else "applying ") + name, flush=True)
    if not names:
        print("The tables are those of this version.")
    elif not options.plan:
        tables.bring_up_to_date()
        print(f"Done: {len(names)} change(s).")
    return 0
