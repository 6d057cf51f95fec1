"""Where in a sheet the heading ends, the rows go and the footer begins; proposed here, decided by a person."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TOTAL = re.compile(r"^(合\s*计|总\s*计|小\s*计|共\s*计|汇\s*总)")
FOOT = re.compile(
    r"^(注|备注|说明|填表说明|填报说明|填表人|填报人|制表|制表人|审核|审核人|经办人|单位负责人|负责人|分管领导|联系人|联系电话|填报日期|填报单位|填表日期|报送)\s*[:：（(]"
)
COUNTING = re.compile(r"^(\d{1,3}|[甲乙丙丁戊])$")
TOP = 20


@dataclass(frozen=True)
class Box:
    """Merged cells: first and last row and column."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """A sheet as its words and merges: `cells` by (row, column), both from 1."""

    cells: Mapping[tuple[int, int], str]
    boxes: Sequence[Box]
    rows: int
    columns: int

    def root(self, row: int, column: int) -> tuple[int, int]:
        """The cell whose words stand here: the first of the merge."""
        for box in self.boxes:
            if box.top <= row <= box.bottom and box.left <= column <= box.right:
                return box.top, box.left
        return row, column

    def at(self, row: int, column: int) -> str:
        """The words that are read at a place."""
        return self.cells.get(self.root(row, column), "").strip()

    def roots(self, row: int) -> list[tuple[int, int]]:
        """The cells with words of one row, merges counted once and where they reach into it."""
        found = dict.fromkeys(self.root(row, column) for column in range(1, self.columns + 1))
        return [place for place in found if self.cells.get(place, "").strip()]


@dataclass(frozen=True)
class Span:
    """Rows from 1: the header, and the body below it (empty where `body_last` is `header_last`)."""

    header_first: int
    header_last: int
    body_last: int


def proposed_span(sheet: Sheet) -> Span:
    """The header is the row of most words, with what its merges hold together; the body runs to the first foot line."""
    counts = Counter({row: len(_heads(sheet, row)) for row in range(1, min(sheet.rows, TOP) + 1)})
    best = min((row for row in counts if counts[row] == max(counts.values())), default=1)
    first, last = _grown(sheet, best)
    while last < sheet.rows and (_is_counting(sheet, last + 1) or _is_total(sheet, last + 1)):
        last += 1
    body = last
    while body < sheet.rows and not _is_foot(sheet, body + 1):
        body += 1
    return Span(first, last, body)


def headings(sheet: Sheet, span: Span) -> list[list[str]]:
    """The words of each column from the header's first row down, each merge once."""
    found = []
    for column in range(1, sheet.columns + 1):
        roots = dict.fromkeys(sheet.root(row, column) for row in range(span.header_first, span.header_last + 1))
        words = [sheet.cells.get(place, "").strip() for place in roots]
        found.append([word for word in words if word and not COUNTING.match(word) and not TOTAL.match(word)])
    return found


def _heads(sheet: Sheet, row: int) -> list[tuple[int, int]]:
    """Cells of a row that may be headings: words, no numbers, nothing that ends in a colon."""
    found = []
    for place in sheet.roots(row):
        text = sheet.cells[place].strip()
        if not re.search(r"[:：]", text) and not re.fullmatch(r"[\d.,%\-/]+", text) and not text.startswith("="):
            found.append(place)
    return found


def _grown(sheet: Sheet, best: int) -> tuple[int, int]:
    """The header's rows around its fullest: as far as merges reach, and the groups above or parts below."""
    first = last = best
    for box in sheet.boxes:
        if box.top <= best <= box.bottom and not _is_whole(sheet, box):
            first, last = min(first, box.top), max(last, box.bottom)
    groups = [box for box in sheet.boxes if box.right > box.left and not _is_whole(sheet, box)]
    if any(box.bottom == last and box.top >= first for box in groups) and last < sheet.rows and _heads(sheet, last + 1):
        last += 1
    above = [box for box in groups if box.bottom == first - 1 and (box.top, box.left) in _heads(sheet, first - 1)]
    if above:
        first = min(box.top for box in above)
    return first, last


def _is_whole(sheet: Sheet, box: Box) -> bool:
    """Does it span the whole sheet, as titles do?"""
    return box.left == 1 and box.right >= sheet.columns


def _is_counting(sheet: Sheet, row: int) -> bool:
    """A line that numbers the columns: 甲 乙 1 2 3."""
    words = [sheet.cells[place].strip() for place in sheet.roots(row)]
    numbers = [int(word) for word in words if word.isdigit()]
    stepping = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
    return len(words) > 2 and all(COUNTING.match(word) for word in words) and stepping


def _is_total(sheet: Sheet, row: int) -> bool:
    return any(TOTAL.match(sheet.cells[place].strip()) for place in sheet.roots(row)[:3])


def _is_foot(sheet: Sheet, row: int) -> bool:
    words = [sheet.cells[place].strip() for place in sheet.roots(row)]
    return any(TOTAL.match(word) or FOOT.match(word) for word in words)
