"""Rows as aligned text for a terminal, where a Chinese character is two columns wide."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any


def columns(rows: Sequence[Mapping[str, Any]], heads: Mapping[str, str]) -> list[str]:
    """One line for the heads and one for each row; `heads` maps each key of a row to its title, in order."""
    table = [list(heads.values()), *([str(row.get(key, "")) for key in heads] for row in rows)]
    widths = [max(_width(cell) for cell in column) for column in zip(*table, strict=True)]
    return [
        "  " + "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
