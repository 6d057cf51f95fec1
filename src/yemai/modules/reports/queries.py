"""Reads of reports: forms and fillings of the ground one designs for, questions put to oneself, who knows about a row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.queries import Reach, reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Appointment, Person, PostKind
from yemai.base.people.queries import absences_by_person, acts_for, in_force
from yemai.base.territory.models import Node
from yemai.base.territory.queries import light_nodes
from yemai.base.territory.rules import lineage
from yemai.kernel.refusals import Absent, Refused

from .filling import Gaps, cells_of, of_rows
from .models import Answer, Asked, FilledRow, Filling, Form, Layout
from .rules.headings import question_key
from .rules.layouts import Box, Sheet
from .terms import State
from .workbooks import opened, read, sheet_of

NODES_SHOWN = 300
REMEMBERED_SHOWN = 60
ASKED_SHOWN = 200


def designing_reach(actor: Person) -> Reach:
    """The ground an actor designs reports for."""
    return reach(actor, Permission.REPORT_EDIT)


def forms_for(actor: Person) -> QuerySet[Form]:
    """Forms of the ground one designs for, newest first, with how often each was filled."""
    found = Form.objects.filter(designing_reach(actor).q("node__path")).select_related("node", "made_by")
    return found.defer("node__boundary").annotate(filled=Count("layouts__fillings")).order_by("-id")


def form_for(actor: Person, form_id: int) -> Form:
    """One of them. Raises Absent."""
    found = forms_for(actor).filter(pk=form_id).first()
    if found is None:
        raise Absent(_("没有找到这张报表，或您无权查看。"))
    return found


def layout_of(form: Form) -> Layout:
    """The layout in use: the newest. Raises Absent for a form without any."""
    found = form.layouts.order_by("-number").first()
    if found is None:
        raise Absent()
    return found


def nodes_for(actor: Person) -> list[Node]:
    """The ground a form or filling may be about: first the ground above the micro-grids."""
    found = light_nodes().filter(designing_reach(actor).q(), valid_to__isnull=True)
    return list(found.order_by("tier__is_settling", "path")[:NODES_SHOWN])


def node_for(actor: Person, key: str) -> Node:
    """A node one designs for, by its id. Raises Refused."""
    found = light_nodes().filter(designing_reach(actor).q(), pk=int(key)).first() if key.isdecimal() else None
    if found is None:
        raise Refused("no-node", _("请选择报表的范围。"), status=422, fields={"node": _("请选择报表的范围。")})
    return found


# --- fillings ------------------------------------------------------------------------------------------------------


def fillings_for(actor: Person) -> QuerySet[Filling]:
    """Fillings on one's ground whose every column one might have read oneself."""
    seen = designing_reach(actor).q("path")
    seen &= Q(reads_cases=False) | reach(actor, Permission.CASE_VIEW).q("path")
    seen &= Q(reads_people=False) | reach(actor, Permission.PERSON_VIEW).q("path")
    found = Filling.objects.filter(seen).select_related("layout__form", "node", "made_by", "sent_by")
    return found.defer("built", "layout__file", "node__boundary").order_by("-id")


def filling_for(actor: Person, filling_id: int) -> Filling:
    """One of them. Raises Absent."""
    found = fillings_for(actor).filter(pk=filling_id).first()
    if found is None:
        raise Absent(_("没有找到这份填报，或您无权查看。"))
    return found


def rows_of(filling: Filling) -> QuerySet[FilledRow]:
    """Its rows in order."""
    return FilledRow.objects.filter(filling=filling).order_by("number")


def gaps_of(filling: Filling, rows: list[FilledRow], now: datetime) -> Gaps:
    """What is remembered for these rows today."""
    return Gaps(filling.layout, rows, timezone.localdate(now))


def open_gaps(filling: Filling, now: datetime) -> list[tuple[FilledRow, int]]:
    """Cells that nobody has answered, or too long ago: row and column."""
    if filling.is_sent:
        return []
    rows = list(rows_of(filling))
    gaps = gaps_of(filling, rows, now)
    return [(row, cell.column) for row in rows for cell in cells_of(filling.layout, row, gaps) if cell.is_gap]


def is_stale(filling: Filling) -> bool:
    """Was something answered since the workbook was built?"""
    if filling.is_sent or filling.built_at is None:
        return False
    subjects = FilledRow.objects.filter(filling=filling, subject=OuterRef("subject"))
    later = Answer.objects.filter(answered_at__gt=filling.built_at, is_latest=True)
    return later.filter(Exists(subjects)).exists()


# --- questions -----------------------------------------------------------------------------------------------------


def asked_of(actor: Person) -> QuerySet[Asked]:
    """Open questions put to a person, or to somebody away whose deputy they are."""
    found = Asked.objects.filter(person__in=acts_for(actor), answered_at__isnull=True)
    return (
        found.select_related("question", "wanted_for__layout__form")
        .defer("wanted_for__built", "wanted_for__layout__file")
        .order_by("question", "path", "id")
    )


def answers_of(actor: Person) -> QuerySet[Answer]:
    """What one answered oneself and still holds, newest first."""
    return Answer.objects.filter(answered_by=actor, is_latest=True).select_related("question").order_by("-id")


def answers_to(layout: Layout, column: int, row: FilledRow) -> QuerySet[Answer]:
    """Everything that was ever said of a gap of a row, newest first."""
    key = question_key(str(layout.of(column).get("text", "")))
    found = Answer.objects.filter(question__of=of_rows(layout), question__key=key, subject=row.subject)
    return found.select_related("answered_by").order_by("-id")


def remembered(asked: Iterable[Asked]) -> dict[tuple[int, int], Answer]:
    """The last answers to these questions, by question and row."""
    listed = list(asked)
    found = Answer.objects.filter(
        is_latest=True, question__in={one.question_id for one in listed}, subject__in={one.subject for one in listed}
    )
    return {(one.question_id, one.subject): one for one in found.select_related("answered_by")}


def who_knows(paths: Iterable[str], now: datetime) -> dict[str, Person]:
    """Whom to ask about each piece of ground: its leader, else the nearest above; deputies of those away. Three queries."""
    wanted = set(paths)
    around = {above for path in wanted for above in lineage(path)}
    leading = [pk for pk, held in PostKind.objects.values_list("pk", "permissions") if Permission.CASE_CONSULT in held]
    held = (
        Appointment.objects.filter(
            in_force(timezone.localdate(now)), node__path__in=around, person__is_active=True, post_kind__in=leading
        )
        .order_by("post_kind__rank", "pk")
        .values_list("node__path", "person")
    )
    first: dict[str, int] = {}
    for path, person_id in held:
        first.setdefault(path, person_id)
    people = Person.objects.in_bulk(set(first.values()))
    away = absences_by_person(people.values(), now)
    found = {}
    for path in wanted:
        near = next((first[above] for above in reversed(lineage(path)) if above in first), None)
        if near is not None:
            absence = away.get(near)
            deputy = absence.deputy if absence and absence.deputy and absence.deputy.is_active else None
            found[path] = deputy or people[near]
    return found


# --- the sheet as it is --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HeadCell:
    """A cell of the sheet's head as a page draws it."""

    text: str
    wide: int
    high: int
    column: int
    is_heading: bool


def sheet_for(layout: Layout) -> Sheet:
    """The layout's sheet, read afresh."""
    return read(sheet_of(opened(bytes(layout.file)), layout.sheet))


def sheet_names(layout: Layout) -> list[str]:
    """The sheets of the sender's workbook."""
    return list(opened(bytes(layout.file)).sheetnames)


def head_of(layout: Layout, sheet: Sheet) -> list[list[HeadCell]]:
    """The sheet's lines down to the header's last, merges as they are; lines without words are left out."""
    found = []
    for row in range(1, layout.header_last + 1):
        line = [_head_cell(layout, sheet, row, column) for column in range(1, sheet.columns + 1)]
        if sheet.roots(row) or row >= layout.header_first:
            found.append([cell for cell in line if cell is not None])
    return found


def foot_of(layout: Layout, sheet: Sheet) -> list[str]:
    """The words below the body."""
    lines = []
    for row in range(layout.body_last + 1, min(sheet.rows, layout.body_last + 12) + 1):
        words = [sheet.cells[place] for place in sheet.roots(row) if not sheet.cells[place].startswith("=")]
        if words:
            lines.append("　".join(words))
    return lines


def _head_cell(layout: Layout, sheet: Sheet, row: int, column: int) -> HeadCell | None:
    box = next((one for one in sheet.boxes if _holds(one, row, column)), Box(row, column, row, column))
    if (box.top, box.left) != (row, column):
        return None
    wide = min(box.right, sheet.columns) - column + 1
    high = min(box.bottom, layout.header_last) - row + 1
    return HeadCell(sheet.at(row, column), wide, high, column, row >= layout.header_first)


def _holds(box: Box, row: int, column: int) -> bool:
    return box.top <= row <= box.bottom and box.left <= column <= box.right


def latest_fillings(actor: Person, form: Form) -> QuerySet[Filling]:
    """The form's fillings, newest first."""
    return fillings_for(actor).filter(layout__form=form)


def waiting_for(filling: Filling) -> int:
    """Questions of this filling that are put and not answered."""
    return Asked.objects.filter(wanted_for=filling, answered_at__isnull=True).count()


def is_going(filling: Filling) -> bool:
    """Does the worker still have it?"""
    return filling.state == State.WAITING
