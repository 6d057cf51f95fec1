"""From a form to its rows, and from rows to the sender's workbook, each cell with where it comes from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.columns.registry import COLUMNS, ROWS, Asking, Column, Of, Row, Shape
from yemai.kernel.refusals import Refused

from .models import Answer, FilledRow, Filling, Layout
from .rules.headings import is_number_heading, plain, proposed, question_key
from .terms import ROWS_MAX, How, Wanted
from .workbooks import Place, add_origins, filled, opened, written


def asking_of(filling: Filling, now: datetime) -> Asking:
    """Who a filling asks for: its maker, for the whole days of its time."""
    zone = timezone.get_current_timezone()
    since = datetime.combine(filling.first_on, time(), zone)
    return Asking(filling.made_by, now, since, datetime.combine(filling.last_on + timedelta(days=1), time(), zone))


def known_of(layout: Layout) -> dict[int, Column]:
    """The known columns of a layout by number; one that is no longer registered is left out."""
    chosen = {at: COLUMNS.get(str(one.get("key"))) for at, one in layout.columns(How.KNOWN).items()}
    return {at: column for at, column in chosen.items() if column is not None}


def of_rows(layout: Layout) -> Of:
    """What the rows of a layout are about. Raises Refused for a kind that is gone."""
    kind = ROWS.get(layout.rows)
    if kind is None:
        raise Refused("no-rows", _("请先选择每一行是什么。"), status=422)
    return kind.of


def found_rows(layout: Layout, path: str, asking: Asking) -> list[Row]:
    """The rows of a report. Raises Refused for more than one workbook should hold."""
    rows = ROWS[layout.rows].find(asking, path, layout.choice)
    if len(rows) > ROWS_MAX:
        text = _("一共有 %(count)d 行，超过 %(most)d 行。请缩小范围，分几份填报。")
        raise Refused("too-many-rows", text % {"count": len(rows), "most": ROWS_MAX}, status=422)
    return rows


def read_columns(
    layout: Layout, rows: Sequence[Row], asking: Asking, told: Callable[[int, int], None]
) -> tuple[list[dict[str, Any]], dict[str, set[int]]]:
    """The cells of each row as JSON keeps them, and whose record was read by personal columns."""
    keys = [row.key for row in rows]
    known = known_of(layout)
    cells: list[dict[str, Any]] = [{} for _row in rows]
    looked: dict[str, set[int]] = {}
    for done, (at, column) in enumerate(known.items()):
        values = column.read(keys, asking)
        for line, key in zip(cells, keys, strict=True):
            line[str(at)] = kept(values.get(key))
        if column.whom is not None:
            looked[column.key] = set(column.whom(keys, asking).values())
        told(done + 1, len(known))
    return cells, looked


def kept(value: Any) -> Any:
    """A value as JSON keeps it; moments are days to a report."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, int | float | str) else str(value)


# --- cells ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CellOf:
    """A cell as a page shows it."""

    column: int
    value: Any
    shown: str
    origin: str
    who: str = ""
    at: str = ""
    until: str = ""
    is_gap: bool = False
    """A gap that nobody has answered yet, or whose answer is too old."""
    is_answer: bool = False
    old: str = ""
    """What was answered before it became too old."""


class Gaps:
    """What is remembered for the gaps of some rows: one question to the database."""

    def __init__(self, layout: Layout, rows: Sequence[FilledRow], on: date) -> None:
        self.on = on
        self.keys = {at: question_key(str(one.get("text", ""))) for at, one in layout.columns(How.GAP).items()}
        self.found: dict[tuple[str, int], Answer] = {}
        if self.keys and rows:
            remembered = Answer.objects.filter(
                question__of=of_rows(layout), question__key__in=set(self.keys.values()), is_latest=True
            ).filter(subject__in=[row.subject for row in rows])
            for one in remembered.select_related("question", "answered_by"):
                self.found[(one.question.key, one.subject)] = one

    def of(self, column: int, subject: int) -> Answer | None:
        """The newest answer for a cell, however old."""
        return self.found.get((self.keys.get(column, ""), subject))

    def holds(self, answer: Answer | None) -> bool:
        """Is it still taken for true?"""
        return answer is not None and answer.valid_until >= self.on


def cells_of(layout: Layout, row: FilledRow, gaps: Gaps) -> list[CellOf]:
    """The cells of one row in the order of the sheet."""
    return [_cell(layout, at, row, gaps) for at in range(1, len(layout.headings) + 1)]


def _cell(layout: Layout, at: int, row: FilledRow, gaps: Gaps) -> CellOf:
    mapping = layout.of(at)
    how = How(mapping.get("how", How.EMPTY))
    if how == How.KNOWN:
        column = COLUMNS.get(str(mapping.get("key")))
        value = row.cells.get(str(at))
        origin = _("系统：%(column)s") % {"column": column.label if column else mapping.get("key")}
        return CellOf(at, value, said(value, column.shape if column else Shape.TEXT), origin)
    if how == How.NUMBERED:
        return CellOf(at, row.number, str(row.number), _("序号"))
    if how == How.CONSTANT:
        text = str(mapping.get("text", ""))
        return CellOf(at, text, text, _("固定内容"))
    if how == How.GAP:
        return _gap(mapping, at, row, gaps)
    return CellOf(at, None, "", _("表内公式") if how == How.FORMULA else "")


def _gap(mapping: Mapping[str, Any], at: int, row: FilledRow, gaps: Gaps) -> CellOf:
    is_number = mapping.get("wanted") == Wanted.NUMBER
    frozen = row.origins.get(str(at))
    if frozen is not None:
        value = row.cells.get(str(at))
        return CellOf(
            at, value, said(value), _("有人回答"), frozen["who"], frozen["at"], frozen["until"], is_answer=True
        )
    answer = gaps.of(at, row.subject)
    if answer is None or not gaps.holds(answer):
        return CellOf(at, None, "", _("待回答"), is_gap=True, old=answer.value if answer else "")
    value = _figure(answer.value) if is_number else answer.value
    when = timezone.localtime(answer.answered_at).strftime("%Y-%m-%d")
    return CellOf(
        at, value, answer.value, _("有人回答"), answer.answered_by.label, when, answer.valid_until.isoformat(), is_answer=True
    )  # fmt: skip


def _figure(text: str) -> int | float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def said(value: Any, shape: Shape = Shape.TEXT) -> str:
    """A value as the page says it."""
    if value is None:
        return _("无数据") if shape == Shape.RATE else ""
    return f"{value:.1%}" if shape == Shape.RATE and isinstance(value, float | int) else str(value)


# --- the workbook --------------------------------------------------------------------------------------------------


def workbook(filling: Filling, rows: Sequence[FilledRow], gaps: Gaps) -> bytes:
    """The sender's workbook with the rows in it, and the sheet that says where each cell comes from."""
    layout = filling.layout
    known = known_of(layout)
    hundreds = {at: "%" in plain("".join(words)) for at, words in enumerate(layout.headings, start=1)}
    places = [_place(layout, at, known.get(at), hundreds) for at in _written(layout)]
    lines, origins = [], []
    for row in rows:
        cells = cells_of(layout, row, gaps)
        lines.append({cell.column: _entered(cell, known.get(cell.column)) for cell in cells})
        origins += [_origin(layout, row, cell) for cell in cells if cell.origin]
    formulas = [*layout.columns(How.FORMULA)]
    book = filled(opened(bytes(layout.file)), layout.sheet, layout.span, places, lines, formulas=formulas)
    heads = [_("单元格"), _("行"), _("栏"), _("内容"), _("来源"), _("回答人"), _("回答时间与有效期")]
    add_origins(book, heads, origins)
    return written(book)


def _written(layout: Layout) -> list[int]:
    """Columns in which something is written; what stands in samples of others is the sender's and goes too, but formulas."""
    return [at for at in range(1, len(layout.headings) + 1) if layout.of(at).get("how") != How.FORMULA]


def _place(layout: Layout, at: int, column: Column | None, hundreds: Mapping[int, bool]) -> Place:
    is_rate = column is not None and column.shape == Shape.RATE
    is_summed = column is not None and column.shape == Shape.NUMBER
    mapping = layout.of(at)
    is_summed = is_summed or (mapping.get("how") == How.GAP and mapping.get("wanted") == Wanted.NUMBER)
    return Place(at, is_rate, hundreds.get(at, False), is_summed)


def _entered(cell: CellOf, column: Column | None) -> Any:
    """What is written: a rate without anything to divide by says so."""
    is_nothing = cell.value is None and column is not None and column.shape == Shape.RATE
    return _("无数据") if is_nothing else cell.value


def _origin(layout: Layout, row: FilledRow, cell: CellOf) -> list[Any]:
    place = f"{get_column_letter(cell.column)}{layout.header_last + row.number}"
    words = " / ".join(layout.headings[cell.column - 1])
    until = _("%(at)s，有效至 %(until)s") % {"at": cell.at, "until": cell.until} if cell.at else ""
    return [place, row.label, words, cell.shown, cell.origin, cell.who, until]


# --- proposals -----------------------------------------------------------------------------------------------------


def proposed_mapping(
    headings: Sequence[Sequence[str]], of: Of, formulas: set[int], columns: Sequence[Column]
) -> dict[str, dict[str, Any]]:
    """What fills each column, by its words: what is known, else a question; notes stay empty."""
    found: dict[str, dict[str, Any]] = {}
    for at, words in enumerate(headings, start=1):
        if at in formulas:
            found[str(at)] = {"how": How.FORMULA.value}
        elif not words:
            found[str(at)] = {"how": How.EMPTY.value}
        elif is_number_heading(words):
            found[str(at)] = {"how": How.NUMBERED.value}
        else:
            found[str(at)] = _guess(words, columns)
    return found


def _guess(words: Sequence[str], columns: Sequence[Column]) -> dict[str, Any]:
    column = proposed(words, columns)
    if column is not None:
        return {"how": How.KNOWN.value, "key": column.key}
    last = plain(words[-1])
    if last in {"备注", "签字", "签名", "盖章", "说明"}:
        return {"how": How.EMPTY.value}
    is_number = last.endswith(("数", "量", "次", "人", "户", "数量", "面积", "金额")) or "（人）" in words[-1]
    wanted = Wanted.NUMBER if is_number else Wanted.TEXT
    return {"how": How.GAP.value, "text": words[-1].strip(), "wanted": wanted.value}


def columns_for(layout_rows: str, actor: Any, path: str, purpose: str) -> list[Column]:
    """The columns a designer may choose: those they may read on this ground; personal ones where the purpose is said."""
    kind = ROWS.get(layout_rows)
    if kind is None:
        return []
    allowed = []
    for column in COLUMNS.values():
        may_read = not column.permission or reach(actor, Permission(column.permission)).covers(path)
        if column.of == kind.of and may_read and (column.whom is None or purpose):
            allowed.append(column)
    return allowed
