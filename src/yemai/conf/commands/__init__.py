"""One small module per subcommand of `yemai`: `add_to` declares its words, `run` does it and returns the exit code."""

import argparse
import os
from collections.abc import Callable
from typing import Any

Commands = Any  # argparse's own name for what add_subparsers returns is private


def declare(
    commands: Commands,
    place: argparse.ArgumentParser,
    name: str,
    words: str,
    run: Callable[[argparse.Namespace], int],
    more: str = "",
) -> argparse.ArgumentParser:
    """Add one subcommand: `words` is its line in the overview, `more` what its own --help says on top."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=words,
        description=f"{words[0].upper()}{words[1:]}.\n\n{more}".strip(),
        parents=[place],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def boot(*, activate: bool = True) -> None:
    """Wake Django for a command; what the rooms say comes in Chinese or English as the operator's LANG asks."""
    import django

    django.setup()
    if activate:
        from django.utils import translation

        spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
        translation.activate("zh-hans" if spoken.startswith("zh") else "en")
