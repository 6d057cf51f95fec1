"""`yemai django …`: Django's own commands (shell, makemigrations, dbshell …) on this deployment."""

import argparse

from yemai.conf.commands import Commands, declare


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand; it takes whatever Django takes."""
    parser = declare(commands, place, "django", "run one of Django's own commands, such as `yemai django shell`", run)
    parser.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="…", help="the command and its options; `help` lists them"
    )


def run(options: argparse.Namespace) -> int:
    """Hand over to Django."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["yemai django", *options.words])
    return 0
