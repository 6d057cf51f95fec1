"""Tables as people have them: CSV in any of China's encodings (also .gz), .xlsx with its heading somewhere near the top."""

import csv
import gzip
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from yemai.kernel.refusals import Refused

ENCODINGS = ("utf-8-sig", "gb18030", "utf-16")
HEADING_ROWS = 10
CELL_MAX = 40_000


@dataclass(frozen=True)
class Table:
    """A file's heading and where its rows are read from."""

    path: Path
    headings: list[str]
    heading_row: int
    encoding: str = ""
    delimiter: str = ","

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Row numbers as the file shows them (1 is the first line) and cells as text."""
        source = _csv_rows(self.path, self.encoding, self.delimiter) if self.encoding else _sheet_rows(self.path)
        for number, cells in enumerate(source, start=1):
            if number > self.heading_row and any(cell.strip() for cell in cells):
                yield number, [cell[:CELL_MAX] for cell in cells]


def open_table(path: Path, known: Collection[str] = ()) -> Table:
    """Find encoding, separator and heading (the row that names most of the `known` columns, in lower case).

    Raises Refused `unreadable` saying what to do.
    """
    suffix = _suffix(path)
    if suffix in (".xlsx", ".xlsm", ".xls", ".ods"):
        return _with_heading(path, list(_first(_sheet_rows(path))), "", ",", known)
    if suffix not in (".csv", ".txt", ".tsv"):
        raise Refused("unreadable", _("只能导入 .csv 或 .xlsx 文件。"), status=422)
    encoding = _encoding_of(path)
    with _text(path, encoding) as file:
        sample = file.read(20_000)
    try:
        delimiter = csv.Sniffer().sniff(sample, delimiters=",\t;").delimiter
    except csv.Error:
        delimiter = "\t" if suffix == ".tsv" else ","
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
        yield [_cell(cell) for cell in cells]


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def _with_heading(path: Path, top: list[list[str]], encoding: str, delimiter: str, known: Collection[str]) -> Table:
    """The heading is the row among the first ten that names most known columns, else the first that has cells."""
    best, score = None, 0
    for number, cells in enumerate(top, start=1):
        found = sum(cell.strip().lower() in known for cell in cells)
        if found > score or (best is None and any(cell.strip() for cell in cells)):
            best, score = number, found
    if best is None:
        raise Refused("unreadable", _("文件是空的。"), status=422)
    return Table(path, [cell.strip() for cell in top[best - 1]], best, encoding, delimiter)


def csv_text(rows: list[list[str]]) -> str:
    """Rows as CSV that a spreadsheet opens as what they are: a BOM, and no cell that starts a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    csv.writer(out).writerows([[defused(cell) for cell in row] for row in rows])
    return out.getvalue()


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return (
        f"'{cell}"
        if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not cell.lstrip("+-").replace(".", "").isdigit()
        else cell
    )
