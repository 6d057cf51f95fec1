"""Rows come into a sheet without harm: what lies below moves down with its merges, heights, rules and print settings."""

from collections.abc import Sequence
from copy import copy
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from openpyxl.worksheet.worksheet import Worksheet

from .rules.shifting import Growth, moved_formula, moved_reference


def grow(book: Workbook, sheet: Worksheet, growth: Growth, formulas: Sequence[int]) -> None:
    """Let rows come in at the end of the body, dressed as its first row; formulas of the whole book follow."""
    bottom, right = sheet.max_row, sheet.max_column
    _part_body(sheet, growth)
    if growth.by:
        _move_down(sheet, growth, bottom, right)
        _dress(sheet, growth, right)
        _follow_formulas(book, sheet, growth)
        _follow_names(book, sheet, growth)
        _follow_rules(sheet, growth)
        _follow_paper(sheet, growth)
    for column in formulas:
        _repeat(sheet, growth, column)


def _part_body(sheet: Worksheet, growth: Growth) -> None:
    """Merges over several rows of the body can't hold a value in each row: they are undone."""
    for box in list(sheet.merged_cells.ranges):
        if box.min_row >= growth.first and box.max_row <= growth.last and box.max_row > box.min_row:
            model = sheet.cell(box.min_row, box.min_col)
            sheet.unmerge_cells(box.coord)
            for row in range(box.min_row, box.max_row + 1):
                for column in range(box.min_col, box.max_col + 1):
                    _look_like(sheet.cell(row, column), model)


def _move_down(sheet: Worksheet, growth: Growth, bottom: int, right: int) -> None:
    """Cells, merges, heights and pictures below the body."""
    if bottom > growth.last:
        sheet.move_range(f"A{growth.last + 1}:{get_column_letter(right)}{bottom}", rows=growth.by)
    for box in list(sheet.merged_cells.ranges):
        if box.min_row > growth.last:
            box.shift(row_shift=growth.by)
    for row in sorted((row for row in sheet.row_dimensions if row > growth.last), reverse=True):
        moved = sheet.row_dimensions.pop(row)
        moved.index = row + growth.by
        sheet.row_dimensions[row + growth.by] = moved
    for line in sheet.iter_rows(min_row=growth.last + growth.by + 1):
        for cell in line:
            if isinstance(cell, Cell) and cell.hyperlink is not None:
                cell.hyperlink.ref = cell.coordinate
    pictures: list[Any] = [*getattr(sheet, "_images", []), *getattr(sheet, "_charts", [])]
    for picture in pictures:
        for end in (getattr(picture.anchor, "_from", None), getattr(picture.anchor, "to", None)):
            if end is not None and end.row + 1 > growth.last:
                end.row += growth.by


def _dress(sheet: Worksheet, growth: Growth, right: int) -> None:
    """New rows look like the body's first; where the form has none, like the header's last, without its weight."""
    has_body = growth.last >= growth.first
    model = growth.first if has_body else growth.first - 1
    beside = [box for box in list(sheet.merged_cells.ranges) if box.min_row == box.max_row == model and has_body]
    height = sheet.row_dimensions[model].height if has_body else None
    for row in range(growth.last + 1, growth.last + growth.by + 1):
        for column in range(1, right + 1):
            source = sheet.cell(model, column)
            target = sheet.cell(row, column)
            if isinstance(target, MergedCell):
                continue
            if has_body:
                _look_like(target, source)
            else:
                both: Any = source
                target.border, target.alignment = copy(both.border), copy(both.alignment)
        for box in beside:
            sheet.merge_cells(start_row=row, end_row=row, start_column=box.min_col, end_column=box.max_col)
        if height is not None:
            sheet.row_dimensions[row].height = height


def _look_like(target: Any, source: Any) -> None:
    """The whole look at once; the library has no public way."""
    target._style = copy(source._style)


def _follow_formulas(book: Workbook, sheet: Worksheet, growth: Growth) -> None:
    for one in book.worksheets:
        for line in one.iter_rows():
            for cell in line:
                if isinstance(cell, Cell) and cell.data_type == "f" and isinstance(cell.value, str):
                    cell.value = moved_formula(cell.value, growth, sheet=sheet.title, is_own=one is sheet)


def _follow_names(book: Workbook, sheet: Worksheet, growth: Growth) -> None:
    for holder in (book.defined_names, *(one.defined_names for one in book.worksheets)):
        for name in holder.values():
            text = str(name.attr_text or "")
            name.attr_text = moved_formula(f"={text}", growth, sheet=sheet.title, is_own=False)[1:]


def _range(text: str, sheet: Worksheet, growth: Growth) -> str:
    """Ranges parted by spaces; a single cell is a span of one, so that a rule for the one row holds for all."""
    spans = (one if ":" in one else f"{one}:{one}" for one in text.split())
    return " ".join(moved_reference(one, growth, sheet=sheet.title, is_own=True) for one in spans)


def _follow_rules(sheet: Worksheet, growth: Growth) -> None:
    """Colours by condition, drop-downs, filters, tables."""
    kept = sheet.conditional_formatting
    sheet.conditional_formatting = ConditionalFormattingList()
    for entry in kept:
        for rule in entry.rules:
            rule.formula = [
                moved_formula(f"={one}", growth, sheet=sheet.title, is_own=True)[1:] for one in rule.formula
            ]
            sheet.conditional_formatting.add(_range(str(entry.sqref), sheet, growth), rule)
    for allowed in sheet.data_validations.dataValidation:
        allowed.sqref = MultiCellRange(_range(str(allowed.sqref), sheet, growth))
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = _range(sheet.auto_filter.ref, sheet, growth)
    for table in sheet.tables.values():
        table.ref = _range(table.ref, sheet, growth)


def _follow_paper(sheet: Worksheet, growth: Growth) -> None:
    """The print area holds the new rows; page breaks below move."""
    if sheet.print_area:
        areas = [part.split("!")[-1].replace("$", "") for part in str(sheet.print_area).split(",")]
        sheet.print_area = [_area(one, sheet, growth) for one in areas]
    for stop in sheet.row_breaks.brk:
        stop.id = growth.row(stop.id)


def _area(text: str, sheet: Worksheet, growth: Growth) -> str:
    """One area; one that ends with a form that has no rows of its own grows too."""
    box = CellRange(_range(text, sheet, growth))
    if box.max_row == growth.last < growth.first:
        box.expand(down=growth.by)
    return str(box.coord)


def _repeat(sheet: Worksheet, growth: Growth, column: int) -> None:
    """The formula of the body's first row in all its rows."""
    model = sheet.cell(growth.first, column)
    if not isinstance(model.value, str) or not model.value.startswith("="):
        return
    for row in range(growth.first + 1, growth.last + growth.by + 1):
        target = sheet.cell(row, column)
        if isinstance(target, Cell):
            target.value = Translator(model.value, origin=model.coordinate).translate_formula(target.coordinate)
