"""`yemai collect-static`: gathers pages' styles, scripts and fonts; `yemai up` does it by itself."""

import argparse

from yemai.conf.commands import Commands, declare


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    declare(
        commands,
        place,
        "collect-static",
        "gather the static files into the data directory (only needed where another server than `yemai up` serves)",
        run,
    )


def run(options: argparse.Namespace) -> int:
    """Gather them when they have changed."""
    import django

    django.setup()
    from yemai.conf.static_files import gather

    print("Gathered." if gather() else "Nothing has changed.")
    return 0
