"""Ledgers: the list of them, one of them with its filters, the same as .xlsx and on paper."""

import tempfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.queries import permissions_of, reach
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record, record_looks
from yemai.base.people.models import Person
from yemai.base.sheets import write_table
from yemai.base.territory.models import Node
from yemai.base.territory.queries import light_nodes, town
from yemai.kernel.refusals import Absent

from .kinds import LEDGERS, Ledger, narrowed

PAGE = 50
PAPER_MOST = 2_000
"""Rows on paper: more than forty pages are a table's matter."""
ROWS_MOST = 100_000
NODES_SHOWN = 300
PLACES = (Permission.CASE_VIEW, Permission.TERRITORY_EDIT, Permission.PERSON_VIEW)
DOOR = (Permission.CASE_VIEW, Permission.CASE_DEPARTMENT, Permission.TERRITORY_EDIT, Permission.PERSON_VIEW)


@dataclass(frozen=True)
class Shown:
    """A ledger as its address narrows it."""

    ledger: Ledger
    rows: QuerySet[Any]
    words: str
    path: str
    since: date | None
    until: date | None
    place: str


def _actor(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 - the door needs a permission
    return request.user


def _nodes(actor: Person) -> list[Node]:
    ground = reach(actor, PLACES[0]).q()
    for permission in PLACES[1:]:
        ground |= reach(actor, permission).q()
    return list(light_nodes().filter(ground, valid_to__isnull=True).order_by("path")[:NODES_SHOWN])


def _shown(request: HttpRequest, kind: str) -> Shown:
    """Raises Absent for no such ledger, PermissionDenied for one that is not this person's."""
    ledger = LEDGERS.get(kind)
    if ledger is None:
        raise Absent()
    actor, now = _actor(request), timezone.now()
    if not permissions_of(actor) & set(ledger.permissions):
        raise PermissionDenied(_("您的岗位没有这项权限。如需使用，请联系上级或系统管理员。"))
    words, path = request.GET.get("q", "").strip()[:80], request.GET.get("node", "")[:120]
    since, until = _day(request.GET.get("since", "")), _day(request.GET.get("until", ""))
    rows = narrowed(
        ledger, ledger.rows(actor, now), words=words, path=path, span=(_from(ledger, since, 0), _from(ledger, until, 1))
    )  # fmt: skip
    named = Node.objects.filter(path=path).values_list("name", flat=True).first() if path else None
    return Shown(ledger, rows, words, path, since, until, named or town().label)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _from(ledger: Ledger, day: date | None, later: int) -> Any:
    """The first moment of a day (or of the next), as the ledger's column has it."""
    if day is None:
        return None
    moved = day + timedelta(days=later)
    return moved if ledger.is_day else datetime.combine(moved, time(), timezone.get_current_timezone())


@needs(*DOOR)
def listed(request: HttpRequest) -> HttpResponse:
    """The ledgers a person has."""
    held = permissions_of(_actor(request))
    mine = [one for one in LEDGERS.values() if held & set(one.permissions)]
    return render(request, "ledgers/list.html", {"ledgers": mine})


@needs(*DOOR)
def page(request: HttpRequest, kind: str) -> HttpResponse:
    """One ledger, narrowed by its address."""
    shown = _shown(request, kind)
    found = Paginator(shown.rows, PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    heads = shown.ledger.heads
    lines = [list(zip(heads, shown.ledger.cells(row), strict=True)) for row in found.object_list]
    return render(
        request,
        "ledgers/ledger.html",
        {"shown": shown, "ledger": shown.ledger, "page": found, "lines": lines, "kept": kept.urlencode(),
         "nodes": _nodes(_actor(request)) if shown.ledger.path else []},
    )  # fmt: skip


@needs(*DOOR)
def paper(request: HttpRequest, kind: str) -> HttpResponse:
    """The same rows on A4, with heading, place and date."""
    shown = _shown(request, kind)
    rows = list(shown.rows[: PAPER_MOST + 1])
    _note(shown, rows[:PAPER_MOST], request)
    lines = [shown.ledger.cells(row) for row in rows[:PAPER_MOST]]
    cut = len(rows) > PAPER_MOST
    return render(
        request,
        "ledgers/paper.html",
        {"shown": shown, "ledger": shown.ledger, "lines": lines, "cut": cut, "most": PAPER_MOST, "now": timezone.now()},
    )


@needs(Permission.EXPORT_RUN)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same rows as .xlsx."""
    shown = _shown(request, kind)
    rows = shown.rows[:ROWS_MOST]
    listed_rows = list(rows) if shown.ledger.is_personal else rows
    _note(shown, listed_rows if shown.ledger.is_personal else [], request, is_file=True)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by FileResponse
    lines = (shown.ledger.cells(row) for row in _streamed(listed_rows))
    write_table(file, str(shown.ledger.name), shown.ledger.heads, lines)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{kind}-{timezone.localdate():%Y%m%d}.xlsx")


def _streamed(rows: Any) -> Any:
    return rows.iterator(chunk_size=500) if isinstance(rows, QuerySet) else rows


def _note(shown: Shown, rows: Any, request: HttpRequest, *, is_file: bool = False) -> None:
    """Who looked at whose posts, and who took a ledger away."""
    actor, now = _actor(request), timezone.now()
    path = shown.path or town().path
    if shown.ledger.is_personal:
        people = {row.person_id: row.person for row in rows}
        record_looks(actor=actor, subjects=people.values(), purpose="ledger", now=now, path=path)
    if is_file:
        after = {"ledger": shown.ledger.key, "words": shown.words, "since": shown.since, "until": shown.until}
        record(actor=actor, action="export_ledger", subject=actor, now=now, path=path, after=after)
