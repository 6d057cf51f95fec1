"""The sender's workbook: opened with care, read as words and merges, and filled in its own layout."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from yemai.base.sheets import cell_text
from yemai.base.sheets import written as cell_written
from yemai.kernel.refusals import Refused

from .growing import grow
from .rules.layouts import Box, Sheet, Span
from .rules.shifting import Growth
from .terms import BYTES_MAX, COLUMNS_MAX, PARTS_MAX, UNPACKED_MAX

READ_ROWS = 400
"""Rows of a sheet that are looked at; a form's own rows are few."""


def opened(content: bytes) -> Workbook:
    """A workbook from an upload. Raises Refused, in a sentence, for what is too big, locked, broken or no .xlsx."""
    _judge(content)
    try:
        book = load_workbook(io.BytesIO(content), keep_links=False)
    except Exception as broken:  # the library raises whatever a spoilt file makes it stumble over
        raise Refused(
            "unreadable", _("这个表格打不开，可能已损坏。请用 Excel 或 WPS 重新另存为 .xlsx 再上传。"), status=422
        ) from broken
    if not book.worksheets:
        raise Refused("unreadable", _("这个文件里没有工作表。"), status=422)
    return book


def _judge(content: bytes) -> None:
    if len(content) > BYTES_MAX:
        most = BYTES_MAX // 1024 // 1024
        raise Refused("too-big", _("文件超过 %(most)d MB。请删去图片和多余的行再上传。") % {"most": most}, status=413)
    wrong = _("只能上传 .xlsx 文件。旧的 .xls 或带密码的文件，请打开后另存为不带密码的 .xlsx 再上传。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if "xl/workbook.xml" not in packed.namelist():
                raise Refused("not-xlsx", wrong, status=415)
            if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
                raise Refused("macros", _("这个表格带有宏，不能使用。请另存为普通的 .xlsx 再上传。"), status=422)
            if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
                raise Refused(
                    "too-big", _("这个表格展开后太大。请删去空白行列、图片和多余的工作表再上传。"), status=413
                )
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in packed.read(part)[:2000].upper():
                    raise Refused("unreadable", _("这个表格里有不允许的内容，不能使用。"), status=422)
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, ValueError, NotImplementedError) as broken:
        raise Refused("not-xlsx", wrong, status=415) from broken


def sheet_of(book: Workbook, name: str) -> Worksheet:
    """A worksheet by its name, the first for another name."""
    return next((one for one in book.worksheets if one.title == name), book.worksheets[0])


def read(sheet: Worksheet) -> Sheet:
    """A sheet as words and merges. Raises Refused where it is wider than a form can be."""
    cells = {}
    for line in sheet.iter_rows(max_row=min(sheet.max_row, READ_ROWS)):
        for cell in line:
            if cell.value is not None and str(cell.value).strip():
                cells[(int(cell.row or 0), int(cell.column))] = cell_text(cell.value)
    if not cells:
        raise Refused("empty", _("这个工作表是空的。请上传带有表头的表格。"), status=422)
    boxes = [Box(one.min_row, one.min_col, one.max_row, one.max_col) for one in sheet.merged_cells.ranges]
    last = max(column for _row, column in cells)
    if last > COLUMNS_MAX:
        raise Refused("too-wide", _("表格超过 %(most)d 列，请拆成几张表。") % {"most": COLUMNS_MAX}, status=422)
    wide = [box.right for box in boxes if (box.top, box.left) in cells and box.right <= COLUMNS_MAX]
    rows = min(sheet.max_row, READ_ROWS)
    return Sheet(cells, boxes, rows, max([last, *wide]))


def has_formula(sheet: Sheet, span: Span, column: int) -> bool:
    """Whether the first row of the body computes this column."""
    return span.body_last > span.header_last and sheet.cells.get((span.header_last + 1, column), "").startswith("=")


@dataclass(frozen=True)
class Place:
    """A filled column: its number, whether it is a share and said in hundreds, whether a total line may add it up."""

    column: int
    is_rate: bool = False
    in_hundreds: bool = False
    is_summed: bool = False


def filled(
    book: Workbook, name: str, span: Span, places: Sequence[Place], lines: Sequence[Mapping[int, Any]], *, formulas: Sequence[int]
) -> Workbook:  # fmt: skip
    """Put lines (values by column) into a sheet's body; rows come in where there are more lines than rows.

    Merges, styles, heights, print area, validations and formulas below follow; columns in `formulas` repeat the one of
    the body's first row. Rows that were there and are not needed stay, empty.
    """
    sheet = sheet_of(book, name)
    growth = Growth(span.header_last + 1, span.body_last, max(0, len(lines) - (span.body_last - span.header_last)))
    grow(book, sheet, growth, formulas)
    for at in range(span.header_last + 1, max(span.body_last, span.header_last + len(lines)) + 1):
        line = lines[at - growth.first] if at - growth.first < len(lines) else None
        for place in places:
            cell = sheet.cell(at, place.column)
            if not isinstance(cell, MergedCell):
                _write(cell, None if line is None else line.get(place.column), place)
        for column in formulas if line is None else ():
            sheet.cell(at, column).value = None
    _add_up(sheet, growth, places, len(lines))
    return book


def _write(cell: Any, value: Any, place: Place) -> None:
    if isinstance(value, str):
        cell.value = cell_written(value)
        return
    if place.is_rate and value is not None:
        value = round(value * 100, 1) if place.in_hundreds else round(value, 4)
        if not place.in_hundreds and cell.number_format == "General":
            cell.number_format = "0.0%"
    cell.value = value


def _add_up(sheet: Worksheet, growth: Growth, places: Sequence[Place], count: int) -> None:
    """A total line right under the body that leaves a sum empty gets it."""
    row = max(growth.last + growth.by, growth.first + count - 1) + 1
    words = [str(sheet.cell(row, column).value or "") for column in (1, 2, 3)]
    if not any(re.match(r"(合|总)\s*计", word.strip()) for word in words) or row <= growth.first:
        return
    for place in places:
        cell = sheet.cell(row, place.column)
        if place.is_summed and not isinstance(cell, MergedCell) and cell.value in (None, ""):
            letter = cell.column_letter
            cell.value = f"=SUM({letter}{growth.first}:{letter}{row - 1})"


def add_origins(book: Workbook, heads: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
    """A second sheet that says of each cell where it comes from."""
    title = _("数据来源")
    while title in book.sheetnames:
        title += "_"
    sheet = book.create_sheet(title)
    sheet.append([*heads])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFG", (10, 24, 24, 24, 30, 14, 20), strict=True):
        sheet.column_dimensions[letter].width = width
    for line in lines:
        sheet.append([cell_written(one) for one in line])


def written(book: Workbook) -> bytes:
    """The workbook as a file; what it was computed to be before is computed anew when it is opened."""
    if book.calculation is not None:
        book.calculation.fullCalcOnLoad = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
