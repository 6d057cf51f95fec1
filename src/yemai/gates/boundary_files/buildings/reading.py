"""Tables of buildings as offices keep them: titles above the heading, headings of two lines, cells merged over rows."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook
from shapely.geometry.base import BaseGeometry

from yemai.base.sheets import cell_text, open_table
from yemai.kernel.refusals import Refused

from ..reading import SHAPES, SHEETS, read_rows
from .terms import HEADINGS

BOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
TOP = 20
"""Among so many lines the heading is looked for."""
DEEP = 3
"""So many lines a heading may have."""
_BEHIND = re.compile(r"[(\[【].*?[)\]】]$|[:*]+$")
Box = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Line:
    """A row of the file: its number as the file shows it, its cells by title, its shape."""

    number: int
    cells: dict[str, str]
    shape: BaseGeometry | None = None
    spread: frozenset[str] = frozenset()
    """Titles whose cell was merged downwards from a row above."""


@dataclass(frozen=True)
class Source:
    """What a file holds. `crs` is what it says of itself, "" for nothing; `meant` the fields its titles speak of."""

    titles: list[str]
    meant: dict[str, str]
    lines: list[Line]
    crs: str = ""
    sheet: str = ""
    unread: tuple[str, ...] = ()
    """Other sheets of the book."""


def plain(title: str) -> str:
    """A title as it is compared: 户 数（户） and *户数： are 户数, Lon is lon."""
    text = "".join(unicodedata.normalize("NFKC", title).split()).lower().lstrip("*")
    return _BEHIND.sub("", text) or text


_MEANT = {word: field for field, words in reversed(HEADINGS.items()) for word in words}
KNOWN = frozenset(_MEANT)


def guess(titles: Sequence[str]) -> dict[str, str]:
    """Field -> title, as far as the titles say; a title is used once, the plainest word for a field wins."""
    by_word: dict[str, str] = {}
    title: str | None
    for title in titles:
        by_word.setdefault(plain(title.rpartition("·")[2]), title)
    meant: dict[str, str] = {}
    for field, words in HEADINGS.items():
        free = (by_word[word] for word in words if word in by_word and by_word[word] not in meant.values())
        if (title := next(free, None)) is not None:
            meant[field] = title
    return meant


def read_buildings(
    path: Path, *, layer: str | None = None, columns: Mapping[str, str] | None = None, need_name: bool = True
) -> Source:
    """Read a sheet (`layer` names one of a book) or a layer of shapes; `columns`: field -> title, over what is guessed.

    A field given as "" is left out. Raises Refused `unreadable`, `no-such-layer`, `no-such-column`, and `missing-column`
    where no column is the building's name (not with `need_name` False: a person will choose).
    """
    bare = Path(path.stem) if path.suffix.lower() == ".gz" else path
    asked = {field: title for field, title in (columns or {}).items() if title}
    if bare.suffix.lower() in BOOKS:
        source = _from_book(path, layer, asked)
    elif bare.suffix.lower() in SHEETS:
        table = open_table(path, KNOWN)
        source = _from_rows([(number, cells) for number, cells in replace(table, heading_row=0).rows()], {}, asked)
    elif bare.suffix.lower() in SHAPES:
        source = _from_shapes(path, layer)
    else:
        text = _("不认识这种文件。楼栋请使用 .xlsx、.csv，或 GeoJSON、打包成 .zip 的 shapefile、GeoPackage。")
        raise Refused("unreadable", text, status=422)
    return _with_columns(source, columns or {}, need_name=need_name)


def _with_columns(source: Source, columns: Mapping[str, str], *, need_name: bool) -> Source:
    by_word = {plain(title): title for title in reversed(source.titles)}
    given: dict[str, str] = {}
    for field, title in columns.items():
        found = title if title in source.titles else by_word.get(plain(title), "")
        if title and not found:
            what = {"name": title, "there": "、".join(source.titles) or "-"}
            raise Refused("no-such-column", _("文件里没有“%(name)s”这一列。有的是：%(there)s。") % what, status=422)
        given[field] = found
    guessed = {field: title for field, title in source.meant.items() if title not in given.values()}
    meant = {field: title for field, title in {**guessed, **given}.items() if title}
    if need_name and "name" not in meant:
        text = _("没有找到写楼栋名称（或楼号、幢号）的一列，请指明是哪一列。文件里有：%(there)s。")
        raise Refused("missing-column", text % {"there": "、".join(source.titles) or "-"}, status=422)
    telling = [
        line
        for line in source.lines
        if line.shape is not None or any(line.cells.get(title) for title in meant.values())
    ]  # who filled it in, and when, stands in columns that mean nothing
    return replace(source, meant=meant, lines=telling if meant else source.lines)


def _from_shapes(path: Path, layer: str | None) -> Source:
    rows = read_rows(path, layer=layer)
    names = list(rows.fields)
    lines = [
        Line(at + 1, dict(zip(names, cells, strict=True)), shape)
        for at, (shape, *cells) in enumerate(zip(rows.shapes, *rows.fields.values(), strict=True))
    ]
    return Source(names, guess(names), lines, crs=rows.crs)


def _from_book(path: Path, layer: str | None, asked: Mapping[str, str]) -> Source:
    """The sheet named, else the first whose heading names a building's name, else the first."""
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            names = list(book.sheet_names)
            if layer and layer not in names:
                what = {"name": layer, "there": "、".join(names)}
                raise Refused(
                    "no-such-layer", _("文件里没有“%(name)s”这个工作表。有的是：%(there)s。") % what, status=422
                )
            found: Source | None = None
            for name in [layer] if layer else names:
                source = replace(_from_sheet(book.get_sheet_by_name(name), asked), sheet=name)
                if found is None or ("name" in source.meant and "name" not in found.meant):
                    found = source
    except (CalamineError, OSError, IndexError) as broken:
        text = _("这个表格文件打不开，可能损坏或加了密码，请重新保存再导入。")
        raise Refused("unreadable", text, status=422) from broken
    if found is None or not found.titles:
        raise Refused("unreadable", _("文件是空的。"), status=422)
    return replace(found, unread=tuple(name for name in names if name != found.sheet))


def _from_sheet(sheet: CalamineSheet, asked: Mapping[str, str]) -> Source:
    rows = [(number, [cell_text(cell) for cell in cells]) for number, cells in enumerate(sheet.iter_rows(), start=1)]
    first = sheet.start[1] if sheet.start else 0  # rows are counted from the sheet's edge, columns from the first used
    boxes = sorted(sheet.merged_cell_ranges or [])
    spread: dict[tuple[int, int], bool] = {}
    for (top, left), (bottom, right) in boxes:
        _fill(rows, (top, left - first), (bottom, right - first), spread)
    return _from_rows(rows, spread, asked)


def _fill(
    rows: list[tuple[int, list[str]]], begin: tuple[int, int], end: tuple[int, int], spread: dict[tuple[int, int], bool]
) -> None:
    """Write a merged cell's words into all it covers; `spread`: (row, column) -> whether it came from above alone."""
    (top, left), (bottom, right) = begin, end
    if top >= len(rows) or not 0 <= left < len(rows[top][1]):
        return
    words = rows[top][1][left]
    for at in range(top, min(bottom + 1, len(rows))):
        for column in range(left, min(right + 1, len(rows[at][1]))):
            if (at, column) != (top, left):
                rows[at][1][column] = words
                spread[at, column] = column == left


def _from_rows(
    rows: list[tuple[int, list[str]]], spread: Mapping[tuple[int, int], bool], asked: Mapping[str, str]
) -> Source:
    """Heading and lines of a table. A cell merged sideways below the heading says nothing of the columns it covers."""
    known = KNOWN | {plain(title) for title in asked.values()}
    last, above = _heading(rows, known)
    if last < 0:
        return Source([], {}, [])
    titles = _titles([rows[at][1] for at in above], known)
    lines = []
    for at in range(last + 1, len(rows)):
        number, cells = rows[at]
        told = {
            title: cells[column].strip()
            for column, title in titles.items()
            if column < len(cells) and spread.get((at, column), True)
        }
        if any(told.values()) and [told.get(title, "") for title in titles.values()] != list(titles.values()):
            from_above = frozenset(title for column, title in titles.items() if spread.get((at, column), False))
            lines.append(Line(number, told, spread=from_above))
    names = list(titles.values())
    return Source(names, guess(names), lines)


def _heading(rows: list[tuple[int, list[str]]], known: frozenset[str]) -> tuple[int, list[int]]:
    """The last line of the heading and the lines it is made of, top down; (-1, []) for a table without one."""
    top = [[plain(cell) for cell in cells] for _number, cells in rows[:TOP]]
    scores = [len({cell for cell in cells if cell in known}) for cells in top]
    if max(scores, default=0) == 0:
        wide = [at for at, cells in enumerate(top) if len({cell for cell in cells if cell}) > 1]
        single = [at for at, cells in enumerate(top) if any(cells)]
        at = next(iter(wide or single), -1)
        return at, [at] if at >= 0 else []
    best = max(range(len(top)), key=lambda at: (scores[at], at))
    last = best
    while last + 1 < len(top) and scores[last + 1] and all(cell in known for cell in top[last + 1] if cell):
        last += 1  # the second line of merged headings, where a copy as CSV has lost what was merged
    first = best
    while first > 0 and best - first < DEEP - 1 and len({cell for cell in top[first - 1] if cell}) > 1:
        first -= 1
    return last, list(range(first, last + 1))


def _titles(lines: list[list[str]], known: frozenset[str]) -> dict[int, str]:
    """Column -> title: the lowest words that mean something, else the lowest; the group in front where two are alike."""
    titles: dict[int, str] = {}
    for column in range(max(map(len, lines))):
        words = [cells[column].strip().replace("\n", "") for cells in lines if column < len(cells)]
        words = list(dict.fromkeys(word for word in words if word))
        if not words:
            continue
        title = next((word for word in reversed(words) if plain(word) in known), words[-1])
        if title in titles.values():
            title = f"{words[0]}·{title}" if words[0] != title else title
        while title in titles.values():
            title = f"{title}'"
        titles[column] = title
    return titles
