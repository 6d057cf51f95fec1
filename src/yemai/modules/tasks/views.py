"""Pages of the task ledger: the list, one task through its states, programmes by aspect."""

from datetime import date
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date

from yemai.base.access.doors import needs, signed_in
from yemai.base.access.queries import may, permissions_of
from yemai.base.access.terms import Permission
from yemai.base.files.actions import store_photo
from yemai.base.files.queries import photo_response
from yemai.base.files.terms import PhotoSize
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.kernel.refusals import Absent

from .actions import Wanted, drop, make_task, report_done, send_back, start_programme, strike_off
from .models import Measure
from .queries import (
    grounds_for,
    narrowed,
    owners_on,
    programme_for,
    programmes_for,
    standings,
    task_for,
    tasks_for,
)
from .terms import TaskState

EDIT = Permission.TASK_EDIT
PAGE = 50
GROUNDS_MOST = 300


def actor_of(request: HttpRequest) -> Person:
    """The person behind a request that came through a door."""
    assert isinstance(request.user, Person)  # noqa: S101 - the door lets nobody else in
    return request.user


@signed_in
def ledger(request: HttpRequest) -> HttpResponse:
    """The tasks a person may see: those that are live unless the address says otherwise."""
    actor, today = actor_of(request), timezone.localdate()
    state, programme = request.GET.get("state", "live"), request.GET.get("programme", "")
    is_late = request.GET.get("late") == "1"
    rows = narrowed(tasks_for(actor), state=state, is_late=is_late, today=today, programme=programme)
    if request.GET.get("mine") == "1":
        rows = rows.filter(owner=actor)
    page = Paginator(rows.order_by("due_on", "id"), PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    may_edit = EDIT in permissions_of(actor)
    shown = {
        "page": page, "lines": [(one, one.is_late(today)) for one in page.object_list], "states": TaskState.choices,
        "state": state, "is_late": is_late, "is_mine": request.GET.get("mine") == "1", "kept": kept.urlencode(),
        "may_edit": may_edit, "programmes": programmes_for(actor)[:PAGE] if may_edit else [], "programme": programme,
    }  # fmt: skip
    return render(request, "tasks/ledger.html", shown)


@needs(EDIT)
def new(request: HttpRequest) -> HttpResponse:
    """A new task; the address may name its measure or its ground."""
    actor, now = actor_of(request), timezone.now()
    measure = _measure(actor, request.GET.get("measure", ""))
    grounds = list(grounds_for(actor)[:GROUNDS_MOST])
    asked = request.GET.get("node", "")
    node = measure.programme.node if measure else next((one for one in grounds if str(one.pk) == asked), None)
    node = node or (grounds[0] if grounds else None)
    if node is None:
        raise Absent()
    if request.method == "POST":
        task = make_task(wanted_from(request, node, measure=measure), node=node, actor=actor, now=now)
        return redirect("tasks:task", task_id=task.pk)
    owners = owners_on(node, timezone.localdate(now))
    return render(request, "tasks/new.html", {"node": node, "grounds": grounds, "owners": owners, "measure": measure})


def wanted_from(request: HttpRequest, node: Node, *, measure: Measure | None = None) -> Wanted:
    """A task as a form asks for it; an owner who may not be given it counts as none."""
    owner = request.POST.get("owner", "")
    known = owner.isdecimal() and len(owner) < 18
    found = owners_on(node, timezone.localdate())
    return Wanted(
        title=request.POST.get("title", ""),
        owner=next((one for one in found if known and one.pk == int(owner)), None),
        due_on=_day(request.POST.get("due_on", "")),
        detail=request.POST.get("detail", "")[:2000],
        measure=measure,
    )


@signed_in
def task_page(request: HttpRequest, task_id: int) -> HttpResponse:
    """One task and what happened to it; its owner reports, another strikes off."""
    actor, now = actor_of(request), timezone.now()
    task = task_for(actor, task_id)
    if request.method == "POST":
        words, verb = request.POST.get("words", "")[:2000], request.POST.get("do")
        if verb == "report":
            upload = request.FILES.get("photo")
            photo = store_photo(upload, actor=actor, now=now) if upload else None
            report_done(task, words=words, photo=photo, actor=actor, now=now)
        elif verb == "strike":
            strike_off(task, actor=actor, now=now)
        elif verb == "back":
            send_back(task, words=words, actor=actor, now=now)
        else:
            drop(task, words=words, actor=actor, now=now)
        return redirect("tasks:task", task_id=task.pk)
    keeps = may(actor, EDIT, task.node.path)
    shown: dict[str, Any] = {
        "task": task, "steps": task.steps.select_related("actor"), "is_late": task.is_late(timezone.localdate(now)),
        "may_report": task.owner_id == actor.pk and task.state == TaskState.OPEN,
        "may_check": keeps and task.owner_id != actor.pk and task.state == TaskState.REPORTED,
        "may_drop": keeps and task.is_live,
    }  # fmt: skip
    return render(request, "tasks/task.html", shown)


@signed_in
def photo(request: HttpRequest, task_id: int, size: str) -> HttpResponseBase:
    """The photo that shows how a task was done, to those who may see the task."""
    task = task_for(actor_of(request), task_id)
    if task.photo is None or size not in PhotoSize.__members__.values():
        raise Absent()
    return photo_response(task.photo, size, request=request)


@needs(EDIT)
def programmes(request: HttpRequest) -> HttpResponse:
    """The programmes, and one more from the shipped six aspects."""
    actor, now = actor_of(request), timezone.now()
    grounds = list(grounds_for(actor)[:GROUNDS_MOST])
    if request.method == "POST":
        node = next((one for one in grounds if str(one.pk) == request.POST.get("node")), None)
        if node is None:
            raise Absent()
        return redirect("tasks:programme", programme_id=start_programme(node, actor=actor, now=now).pk)
    return render(request, "tasks/programmes.html", {"programmes": programmes_for(actor)[:PAGE], "grounds": grounds})


@needs(EDIT)
def programme_page(request: HttpRequest, programme_id: int) -> HttpResponse:
    """A programme by aspect: each measure with how many tasks are live, late and struck off."""
    programme = programme_for(actor_of(request), programme_id)
    found = standings(programme, timezone.localdate())
    aspects = [(name, list(rows)) for name, rows in groupby(found, key=lambda one: one.measure.aspect)]
    return render(request, "tasks/programme.html", {"programme": programme, "aspects": aspects})


def _measure(actor: Person, asked: str) -> Measure | None:
    if not asked.isdecimal() or len(asked) > 17:
        return None
    return (
        Measure.objects.filter(pk=int(asked), programme__in=programmes_for(actor))
        .select_related("programme__node")
        .first()
    )


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
