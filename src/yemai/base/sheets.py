"""Tables as people have them: CSV in any of China's encodings (also .gz), .xlsx with its heading somewhere near the top."""

import csv
import gzip
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, TextIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from python_calamine import CalamineError, CalamineWorkbook

from yemai.kernel.refusals import Refused

ENCODINGS = ("utf-8-sig", "gb18030", "utf-16")
DELIMITERS = (",", "\t", ";")
ONE_COLUMN = "\x1f"
"""Parts nothing: a file of one column may have any separator in its words."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEADING_ROWS = 10
CELL_MAX = 40_000
WRITTEN_MAX = 32_000
"""Characters of a cell that spreadsheets still open."""
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Table:
    """A file's heading and where its rows are read from."""

    path: Path
    headings: list[str]
    heading_row: int
    encoding: str = ""
    delimiter: str = ","

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Row numbers as the file shows them (1 is the first line) and cells as text, without the mark of `defused`."""
        source = _csv_rows(self.path, self.encoding, self.delimiter) if self.encoding else _sheet_rows(self.path)
        for number, cells in enumerate(source, start=1):
            if number > self.heading_row and any(cell.strip() for cell in cells):
                yield number, [_undone(cell)[:CELL_MAX] for cell in cells]


def open_table(path: Path, known: Collection[str] = ()) -> Table:
    """Find encoding, separator and heading (the row that names most of the `known` columns, in lower case).

    Raises Refused `unreadable` saying what to do.
    """
    suffix = _suffix(path)
    if suffix in (".xlsx", ".xlsm", ".xls", ".ods"):
        return _with_heading(path, list(_first(_sheet_rows(path))), "", "", known)
    if suffix not in (".csv", ".txt", ".tsv"):
        raise Refused("unreadable", _("只能导入 .csv 或 .xlsx 文件。"), status=422)
    encoding = _encoding_of(path)
    delimiter = _delimiter_of(path, encoding, known)
    return _with_heading(path, list(_first(_csv_rows(path, encoding, delimiter))), encoding, delimiter, known)


def _suffix(path: Path) -> str:
    """The kind of file, whether or not it is packed."""
    return Path(path.stem if path.suffix.lower() == ".gz" else path.name).suffix.lower()


def _text(path: Path, encoding: str) -> TextIO:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def _first(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, cells in enumerate(rows):
        if number >= HEADING_ROWS:
            return
        yield cells


def _encoding_of(path: Path) -> str:
    """The first encoding that reads the whole file without a doubt."""
    for encoding in ENCODINGS:
        try:
            with _text(path, encoding) as file:
                while file.read(1 << 20):
                    pass
        except UnicodeError:
            continue
        except (OSError, EOFError) as broken:
            text = _("这个文件打不开，可能没有传完整，请重新保存再导入。")
            raise Refused("unreadable", text, status=422) from broken
        return encoding
    raise Refused("unreadable", _("文件编码认不出来，请另存为 UTF-8 的 CSV 或 .xlsx 再导入。"), status=422)


def _delimiter_of(path: Path, encoding: str, known: Collection[str]) -> str:
    """The separator that makes the best heading; what stands in the words below it has no say."""
    scores = {}
    for delimiter in DELIMITERS:
        top = list(_first(_csv_rows(path, encoding, delimiter)))
        at, named = _heading_in(top, known)
        scores[delimiter] = (named, len(top[at]) if at is not None else 0)
    best = max(DELIMITERS, key=lambda one: scores[one])
    return best if scores[best][1] > 1 else ONE_COLUMN


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(10_000_000)
    with _text(path, encoding) as file:
        yield from csv.reader((line.replace("\0", "") for line in file), delimiter=delimiter)


def _sheet_rows(path: Path) -> Iterator[list[str]]:
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, OSError, IndexError) as broken:
        raise Refused(
            "unreadable", _("这个表格文件打不开，可能损坏或加了密码，请重新保存再导入。"), status=422
        ) from broken
    for cells in sheet.iter_rows():
        yield [cell_text(cell) for cell in cells]


def cell_text(value: object) -> str:
    """A spreadsheet's cell as people read it: whole numbers without a point, moments as ISO."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def _heading_in(top: list[list[str]], known: Collection[str]) -> tuple[int | None, int]:
    """Where among the first rows the heading is (None: nowhere), and how many known columns it names."""
    best, score = None, 0
    for at, cells in enumerate(top):
        found = sum(_names(cell, known) for cell in cells)
        if found > score or (best is None and any(cell.strip() for cell in cells)):
            best, score = at, found
    return best, score


def _names(cell: str, known: Collection[str]) -> bool:
    return cell.strip().lower() in known


def _with_heading(path: Path, top: list[list[str]], encoding: str, delimiter: str, known: Collection[str]) -> Table:
    """The heading is the row among the first ten that names most known columns, else the first that has cells.

    Merged cells make headings of two lines: what the line above or below says of a column is taken where it is known.
    """
    at, _score = _heading_in(top, known)
    if at is None:
        raise Refused("unreadable", _("文件是空的。"), status=422)
    above = top[at - 1] if at else []
    below = top[at + 1] if at + 1 < len(top) else []
    filled = [cell for cell in below if cell.strip()]
    is_two = bool(filled) and all(_names(cell, known) for cell in filled)
    headings = list(top[at]) + [""] * (len(below) - len(top[at]) if is_two else 0)
    for column, cell in enumerate(below if is_two else ()):
        headings[column] = cell if cell.strip() else headings[column]
    for column, cell in enumerate(above[: len(headings)]):
        if not headings[column].strip() and _names(cell, known):
            headings[column] = cell
    return Table(path, [heading.strip() for heading in headings], at + 1 + is_two, encoding, delimiter)


def csv_text(rows: list[list[str]]) -> str:
    """Rows as CSV that a spreadsheet opens as what they are: a BOM, and no cell that starts a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    csv.writer(out).writerows([[defused(cell) for cell in row] for row in rows])
    return out.getvalue()


def write_table(target: Path | IO[bytes], title: str, heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> int:
    """Write a table as .xlsx, line by line, its heading bold and fixed; returns the number of lines."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    top = []
    for head in heads:
        cell = WriteOnlyCell(sheet, value=head)
        cell.font = Font(bold=True)
        top.append(cell)
    sheet.append(top)
    count = 0
    for line in lines:
        sheet.append([written(cell) for cell in line])
        count += 1
    book.save(target)
    return count


def written(cell: Any) -> Any:
    """A cell as a workbook takes it: numbers as they are, words without what no workbook may hold and no formula."""
    if cell is None or isinstance(cell, bool | int | float):
        return cell
    return defused(ILLEGAL.sub("", str(cell))[:WRITTEN_MAX])


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) and not cell.lstrip("+-").replace(".", "").isdigit() else cell


def _undone(cell: str) -> str:
    """What was defused, read back: a file that came back is mended and sent again, its words must stay the same."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
