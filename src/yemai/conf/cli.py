"""The `yemai` command: finds the subcommand, sets the place it works in, and turns what goes wrong into a sentence."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from yemai.conf.environment import Misconfigured
from yemai.kernel.refusals import Refused

COMMANDS = (
    "up",
    "worker",
    "migrate",
    "init",
    "demo",
    "createadmin",
    "import_",
    "territory",
    "locate",
    "triage",
    "index",
    "export",
    "assess",
    "publish",
    "backup",
    "restore",
    "check",
    "collect_static",
    "django",
)
OVERVIEW = """叶脉 Yemai: neighbourhood governance by micro-grids.

To try it:      yemai demo, then yemai up
To run a town:  yemai init, yemai createadmin, then yemai up
To look after:  yemai check, yemai backup DIRECTORY
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit code is 0 when done, 1 when it found or met a fault, 2 when it was asked wrongly."""
    options = parser().parse_args(arguments)
    enter(options)
    try:
        return int(options.run(options))
    except Misconfigured as error:
        print(f"yemai: {error}", file=sys.stderr)
        return 1
    except Refused as refused:
        print(f"yemai: {refused.text}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `yemai … | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """Every subcommand with its help; their modules import nothing heavy until they run."""
    place = place_options()
    top = argparse.ArgumentParser(
        prog="yemai", description=OVERVIEW, formatter_class=argparse.RawDescriptionHelpFormatter, parents=[place]
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"yemai.conf.commands.{name}").add_to(commands, place)
    return top


def place_options() -> argparse.ArgumentParser:
    """--data and --database, understood before and after the subcommand."""
    place = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = place.add_argument_group("where")
    group.add_argument(
        "--data", metavar="DIR", help="directory of database, files and keys (default: YEMAI_DATA, else .yemai here)"
    )
    group.add_argument(
        "--database",
        metavar="URL",
        help="postgres://USER:PASSWORD@HOST:PORT/NAME (default: YEMAI_DATABASE, else SQLite in DIR)",
    )
    return place


def enter(options: argparse.Namespace) -> None:
    """Hand the place on as environment variables, which child processes inherit."""
    if "data" in options:
        os.environ["YEMAI_DATA"] = options.data
    if "database" in options:
        os.environ["YEMAI_DATABASE"] = options.database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yemai.conf.settings")
    os.umask(0o027)  # what is written here is no business of the machine's other users


if __name__ == "__main__":
    sys.exit(main())
