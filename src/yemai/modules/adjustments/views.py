"""The desk of adjustments: choose a node and what is to be done, see what it touches, confirm, undo; the ground of a day."""

import json
from datetime import date
from typing import Any

import shapely
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.territory.geometry import stored
from yemai.base.territory.models import Building, Node
from yemai.base.territory.standing import Standing, standing_on
from yemai.kernel.refusals import Absent, Refused

from . import queries
from .actions import confirm_adjustment, draft_adjustment, undo_adjustment
from .forms import FORMS, CloseAsked, MergeAsked, MoveAsked, SplitAsked
from .models import Adjustment
from .plans import pieces_of
from .sketch import Sketch, sketch
from .terms import DIVIDING, WAITING, Kind, State

PAGE = 50
SHAPES_MOST = 600
"""Nodes drawn in one picture."""


def _actor(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 - the door needs a permission
    return request.user


@needs(Permission.TERRITORY_EDIT)
def desk(request: HttpRequest) -> HttpResponse:
    """What is waiting for its day, then what was."""
    found = queries.adjustments_for(_actor(request))
    waiting = list(found.filter(state__in=WAITING).order_by("on", "id")[:PAGE])
    over = Paginator(found.exclude(state__in=WAITING), PAGE).get_page(request.GET.get("page"))
    return render(request, "adjustments/desk.html", {"waiting": waiting, "over": over})


@needs(Permission.TERRITORY_EDIT)
def choose(request: HttpRequest) -> HttpResponse:
    """Which node, and what is to be done with it."""
    words = request.GET.get("q", "").strip()[:80]
    nodes = queries.nodes_for(_actor(request), words)
    kinds = [(kind, kind.label) for kind in FORMS]
    return render(request, "adjustments/choose.html", {"words": words, "nodes": nodes, "kinds": kinds})


@needs(Permission.TERRITORY_EDIT)
def ask(request: HttpRequest, node_id: int, kind: str) -> HttpResponse:
    """What a kind of change needs to know; sent, it becomes a draft that shows what it touches."""
    actor = _actor(request)
    node = queries.node_in_reach(actor, str(node_id))
    if kind not in FORMS or node.parent_id is None:
        raise Absent(_("没有这种调整。"))
    form = _form(request, actor, node, Kind(kind))
    if request.method == "POST" and form.is_valid():
        try:
            made = draft_adjustment(
                form.kind, form.before(), form.plan(), on=form.cleaned_data["on"], note=form.cleaned_data["note"],
                actor=actor, now=timezone.now(),
            )  # fmt: skip
        except Refused as refused:
            named = {name: text for name, text in refused.fields.items() if name in form.fields}
            for name, text in (named or {"": refused.text}).items():
                form.add_error(name or None, str(text))
        else:
            return redirect("adjustments:adjustment", adjustment_id=made.pk)
    shown = {"form": form, "node": node, "kind": Kind(kind), "touched": _touched(Kind(kind), [node])}
    if isinstance(form, SplitAsked):
        shown["parts"] = range(2, 7)
    return render(request, "adjustments/ask.html", shown, status=422 if form.errors else 200)


def _touched(kind: Kind, nodes: list[Node]) -> list[Standing]:
    """What stands there; a new name touches nothing of it."""
    return [] if kind == Kind.RENAME else standing_on(nodes)


def _form(request: HttpRequest, actor: Person, node: Node, kind: Kind) -> Any:
    more: dict[str, Any] = {}
    if kind == Kind.SPLIT:
        wanted = (request.POST or request.GET).get("parts", "2")
        more = {"buildings": queries.buildings_of(node), "parts": int(wanted) if wanted.isdecimal() else 2}
    form = FORMS[kind](
        request.POST or None, request.FILES or None, node=node, today=timezone.localdate(), **more
    )  # fmt: skip
    if isinstance(form, MoveAsked):
        form.fields["parent"].queryset = queries.parents_for(actor, node)  # type: ignore[attr-defined]  # a choice of nodes
    elif isinstance(form, CloseAsked):
        form.fields["into"].queryset = queries.beside(actor, node)  # type: ignore[attr-defined]  # a choice of nodes
    elif isinstance(form, MergeAsked):
        form.fields["others"].queryset = queries.beside(actor, node)  # type: ignore[attr-defined]  # a choice of nodes
    return form


@needs(Permission.TERRITORY_EDIT)
def adjustment_page(request: HttpRequest, adjustment_id: int) -> HttpResponse:
    """What it does, what it touches, how far it is."""
    found = queries.adjustment_for(_actor(request), adjustment_id)
    before, after = list(found.before.all()), list(found.after.all())
    shown = {
        "adjustment": found, "before": before, "after": after, "lines": _lines(found), "waits": found.state in WAITING,
        "is_draft": found.state == State.DRAFT, "at_once": found.on <= timezone.localdate(),
        "touched": _touched(Kind(found.kind), before) if found.state in WAITING else [], "sketch": _sketch(found, before, after),
    }  # fmt: skip
    return render(request, "adjustments/adjustment.html", shown)


def _lines(adjustment: Adjustment) -> list[dict[str, Any]]:
    """The nodes to be, a line each; of kinds that make none, what is said of the node."""
    plan = adjustment.plan
    if adjustment.kind not in DIVIDING:
        return []
    teams = dict(adjustment.before.values_list("pk", "name"))
    pieces = pieces_of(plan)
    households = dict(
        Building.objects.filter(pk__in=[pk for one in pieces for pk in one.buildings]).values_list("pk", "households")
    )
    return [
        {
            "name": one.name, "buildings": len(one.buildings), "team": teams.get(one.keeps or 0, ""),
            "households": sum(households.get(pk, 0) for pk in one.buildings)
            if one.households is None
            else one.households,
        }
        for one in pieces
    ]  # fmt: skip


def _sketch(adjustment: Adjustment, before: list[Node], after: list[Node]) -> Sketch | None:
    old = [(one.label, stored(one.boundary)) for one in queries.shapes_of(before)]
    if adjustment.kind in DIVIDING:
        pieces = pieces_of(adjustment.plan)
        group = {pk: at for at, one in enumerate(pieces) for pk in one.buildings}
        placed = Building.objects.filter(pk__in=group, lon__isnull=False).order_by("pk")
        dots = [(lon or 0.0, lat or 0.0, group[pk]) for pk, lon, lat in placed.values_list("pk", "lon", "lat")]
        return sketch(old, [(one.name, one.boundary) for one in pieces], dots)
    new = [(one.label, stored(one.boundary)) for one in queries.shapes_of(after)]
    if adjustment.kind == Kind.REDRAW:
        new = [(before[0].label, shapely.from_geojson(json.dumps(adjustment.plan["boundary"])))]
    return sketch(old, new)


@needs(Permission.TERRITORY_EDIT)
def confirm(request: HttpRequest, adjustment_id: int) -> HttpResponse:
    """Let it come true."""
    actor = _actor(request)
    found = queries.adjustment_for(actor, adjustment_id)
    if request.method == "POST":
        confirm_adjustment(found, actor=actor, now=timezone.now())
    return redirect("adjustments:adjustment", adjustment_id=found.pk)


@needs(Permission.TERRITORY_EDIT)
def undo(request: HttpRequest, adjustment_id: int) -> HttpResponse:
    """Take it back before its day."""
    actor = _actor(request)
    found = queries.adjustment_for(actor, adjustment_id)
    if request.method == "POST":
        undo_adjustment(found, actor=actor, now=timezone.now())
    return redirect("adjustments:adjustment", adjustment_id=found.pk)


@needs(Permission.TERRITORY_EDIT)
def as_of(request: HttpRequest) -> HttpResponse:
    """The ground in reach as it was on a day: counts by tier, a picture of the settling tier, the list."""
    actor, today = _actor(request), timezone.localdate()
    asked = request.GET.get("on", "")
    try:
        on = date.fromisoformat(asked) if asked else today
    except ValueError as unreadable:
        raise Refused("bad-date", _("日期请写成 2026-01-31 这样。"), status=422) from unreadable
    nodes = queries.nodes_as_of(actor, on)
    settling = list(nodes.filter(tier__is_settling=True)[: SHAPES_MOST + 1])
    drawn = (
        []
        if len(settling) > SHAPES_MOST
        else [(one.label, stored(one.boundary)) for one in queries.shapes_of(settling)]
    )
    shown = {
        "on": on, "is_today": on == today, "tiers": queries.ground_as_of(actor, on, today),
        "page": Paginator(nodes, 200).get_page(request.GET.get("page")), "sketch": sketch(drawn, []),
        "too_many": len(settling) > SHAPES_MOST,
    }  # fmt: skip
    return render(request, "adjustments/as_of.html", shown)
