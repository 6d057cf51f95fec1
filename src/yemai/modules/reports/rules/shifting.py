"""What a formula says after rows came in: references below move down, spans that held the last row hold the new ones."""

import re
from dataclasses import dataclass

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError

PLACE = r"\$?[A-Za-z]{1,3}\$?\d{1,7}"
ROW = r"\$?\d{1,7}"
REFERENCE = re.compile(
    rf"^(?P<sheet>(?:'(?:[^']|'')+'|[^'!]+)!)?(?P<first>{PLACE}|{ROW})(?::(?P<last>{PLACE}|{ROW}))?$"
)
NUMBER = re.compile(r"(\d+)$")


@dataclass(frozen=True)
class Growth:
    """`by` rows came in under the body that runs from `first` to `last` (`last` < `first`: there was none)."""

    first: int
    last: int
    by: int

    def row(self, number: int) -> int:
        """Where a row is now."""
        return number + self.by if number > self.last else number

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where a span of rows is now; one that ended with the body still does."""
        grown = last + self.by if self.first <= last == self.last else self.row(last)
        return self.row(first), grown


def moved_formula(formula: str, growth: Growth, *, sheet: str, is_own: bool) -> str:
    """A formula after the growth of `sheet`; `is_own`: it stands on that sheet, so bare references are meant too.

    What can't be read stays as it is.
    """
    try:
        tokens = Tokenizer(formula)
    except (TokenizerError, IndexError):
        return formula
    for token in tokens.items:
        if token.type == Token.OPERAND and token.subtype == Token.RANGE:
            token.value = moved_reference(token.value, growth, sheet=sheet, is_own=is_own)
    return "=" + "".join(token.value for token in tokens.items)


def moved_reference(text: str, growth: Growth, *, sheet: str, is_own: bool) -> str:
    """One reference after the growth: `C5`, `$C$5:$C$9`, `5:9`, `'表 1'!C5`."""
    found = REFERENCE.match(text)
    if found is None:
        return text
    named = (found["sheet"] or "").rstrip("!").strip("'").replace("''", "'")
    if (named or (sheet if is_own else "")) != sheet:
        return text
    first, last = found["first"], found["last"]
    if last is None:
        return text if first.isdigit() else f"{found['sheet'] or ''}{_at(first, growth.row(_row(first)))}"
    top, bottom = growth.span(_row(first), _row(last))
    return f"{found['sheet'] or ''}{_at(first, top)}:{_at(last, bottom)}"


def _row(place: str) -> int:
    found = NUMBER.search(place)
    assert found is not None  # noqa: S101 - the pattern of references ends in digits
    return int(found[1])


def _at(place: str, row: int) -> str:
    return NUMBER.sub(str(row), place)
