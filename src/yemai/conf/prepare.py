"""What has to stand before `yemai up` serves: tables, a town, static files; made by a process that ends."""

import os
import sys
from typing import TYPE_CHECKING

from yemai.conf.environment import Misconfigured
from yemai.kernel.refusals import Refused

if TYPE_CHECKING:
    from yemai.conf.demo import CastRow

CAST_HEADS = {"name": "Name", "username": "User name", "password": "Password", "duty": "What they do"}


def main(flags: list[str]) -> int:
    """Prepare; 1 with a sentence when the operator has to act first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yemai.conf.settings")
    os.environ["YEMAI_STATEMENT_SECONDS"] = "0"  # building tables may take longer than a page may
    try:
        prepare(migrate="migrate" in flags, demo="demo" in flags)
    except (Misconfigured, Refused) as error:
        print(f"yemai up: {error}", *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def is_prepared() -> bool:
    """Does everything stand already? Asked at every start, so it only looks."""
    from yemai.conf import seeding, static_files, tables

    return tables.state() is tables.Tables.CURRENT and seeding.has_town() and static_files.are_gathered()


def prepare(*, migrate: bool, demo: bool) -> None:
    """Bring tables, town and static files to where they can be served. Raises Misconfigured with what to do instead."""
    import django

    django.setup()
    from yemai.conf import seeding, static_files, tables

    found = tables.state()
    if found is tables.Tables.NEW and not demo:
        raise Misconfigured(
            "The database is empty. Run `yemai init` for your own town, or `yemai demo` for an invented one to try."
        )
    if found is tables.Tables.BEHIND and not (migrate or demo):
        behind = len(tables.pending())
        raise Misconfigured(
            f"The database lacks {behind} change(s) of this version. "
            "Run `yemai backup DIRECTORY`, then `yemai migrate` (or `yemai up --migrate`)."
        )
    if found is not tables.Tables.CURRENT:
        print("Making the tables …", flush=True)
        tables.bring_up_to_date()
    if not seeding.has_town():
        if not demo:
            raise Misconfigured(
                "There is no town yet. Run `yemai init` for your own, or `yemai demo` for an invented one to try."
            )
        print("Building the demo town …", flush=True)
        from yemai.conf import demo as invented

        invented.load()
    static_files.gather()


def is_demo() -> bool:
    """Is the town the invented one?"""
    from yemai.base.parameters.queries import parameter

    return bool(parameter("demo_town"))


def demo_cast() -> "list[CastRow]":
    """The demo people with their passwords; none in a real town, which then does not load the demo at all."""
    if not is_demo():
        return []
    from yemai.conf import demo

    return demo.cast()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
