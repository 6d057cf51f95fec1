"""One small module per subcommand of `yemai`: `add_to` declares its words, `run` does it and returns the exit code."""

import argparse
from collections.abc import Callable
from typing import Any

Commands = Any  # argparse's own name for what add_subparsers returns is private


def declare(
    commands: Commands, place: argparse.ArgumentParser, name: str, words: str, run: Callable[[argparse.Namespace], int], more: str = ""
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
