"""The pages of the cockpit: a node, a unit, the wall."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import caches
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.queries import permissions_of, reach
from yemai.base.access.terms import Permission
from yemai.base.parameters.queries import parameter
from yemai.base.people.models import Department, Person
from yemai.base.territory.models import Node
from yemai.base.territory.queries import children
from yemai.base.territory.terms import in_language
from yemai.kernel.refusals import Absent
from yemai.modules.assessment.counting import BUCKETS
from yemai.modules.cases.models import Case, Category
from yemai.modules.cases.queries.proposed import bounce_rates
from yemai.modules.cases.queries.standing import department_reach
from yemai.modules.cases.terms import Stage

from .figures import DAYS, Figures, beside, figures
from .forces import forces_on
from .rows import FIGURES, facts_behind

NODES_MOST = 200
PAGE = 50
BUCKET_WORDS = {"0": gettext_lazy("当天"), "31": gettext_lazy("31 天以上")}


def _actor(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 - the door needs a permission
    return request.user


@needs(Permission.CASE_VIEW)
def node_page(request: HttpRequest) -> HttpResponse:
    """A piece of ground: the one asked for, else the highest within reach."""
    actor, now = _actor(request), timezone.now()
    node = _node(actor, request.GET.get("node", ""))
    may_see_parent = node.parent is not None and reach(actor, Permission.CASE_VIEW).covers(node.parent.path)
    shown = {
        "node": node,
        "units": _units(actor)[:50],
        "may_see_parent": may_see_parent,
        "board": _board(actor, node, now),
    }
    return render(request, "cockpit/node.html", shown)


@needs(Permission.CASE_VIEW)
def wall(request: HttpRequest) -> HttpResponse:
    """The same for a screen on the wall: dark, large, by itself anew."""
    actor, now = _actor(request), timezone.now()
    node = _node(actor, request.GET.get("node", ""))
    board = _board(actor, node, now, is_wall=True)
    if getattr(request, "htmx", False):
        return HttpResponse(board)
    return render(request, "cockpit/wall.html", {"node": node, "board": board})


@needs(Permission.CASE_VIEW, Permission.CASE_DEPARTMENT)
def unit_page(request: HttpRequest, unit_id: int) -> HttpResponse:
    """A unit: for its own people, and for whoever sees the ground it works on."""
    actor, now = _actor(request), timezone.now()
    unit = _unit(actor, unit_id)
    behind = reverse("cockpit:unit_rows", args=[unit.pk, "WHAT"])
    found = figures(unit, now, fair=_fair(now))
    return render(request, "cockpit/unit.html", {"unit": unit, **_shown(found, {"unit": str(unit.pk)}, behind, now)})


@needs(Permission.CASE_VIEW)
def node_rows(request: HttpRequest, node_id: int, what: str) -> HttpResponse:
    """The cases behind a figure of a piece of ground."""
    actor = _actor(request)
    node = _node(actor, str(node_id))
    back = f"{reverse('cockpit:node')}?node={node.pk}"
    return _rows_page(request, what, {"path": node.path}, {"name": node.label, "back": back})


@needs(Permission.CASE_VIEW, Permission.CASE_DEPARTMENT)
def unit_rows(request: HttpRequest, unit_id: int, what: str) -> HttpResponse:
    """The cases behind a figure of a unit."""
    unit = _unit(_actor(request), unit_id)
    return _rows_page(
        request, what, {"unit": unit.pk}, {"name": unit.label, "back": reverse("cockpit:unit", args=[unit.pk])}
    )


def _rows_page(request: HttpRequest, what: str, where: dict[str, Any], head: dict[str, Any]) -> HttpResponse:
    if what not in FIGURES:
        raise Absent()
    now = timezone.now()
    page = Paginator(facts_behind(what, **where, today=timezone.localdate(now)), PAGE).get_page(request.GET.get("page"))
    fair, figure = _fair(now), FIGURES[what]
    facts = list(page)
    cases = {
        one.pk: one
        for one in Case.objects.filter(pk__in=[fact.pk for fact in facts]).select_related("category", "node")
    }
    rows = [(cases[fact.pk], float(figure.value(fact, fair))) for fact in facts if fact.pk in cases]
    return render(request, "cockpit/rows.html", {**head, "figure": figure, "page": page, "rows": rows})


def _board(actor: Person, node: Node, now: datetime, *, is_wall: bool = False) -> str:
    """The figures of a piece of ground as HTML. The same for all who may see it, but for who dispatches; so a moment's
    board serves everybody who asks in it."""
    sees_bounces = Permission.CASE_DISPATCH in permissions_of(actor)
    key = f"cockpit-{node.pk}-{get_language()}-{is_wall}-{sees_bounces}"

    def drawn() -> str:
        shown = {**_of_node(node, now), "bounces": bounce_rates(now) if sees_bounces else None}
        return render_to_string("cockpit/partials/board.html", {**shown, "is_wall": is_wall, "now": now})

    return str(caches["here"].get_or_set(key, drawn, settings.COCKPIT_SECONDS))


def _of_node(node: Node, now: datetime) -> dict[str, Any]:
    below = _named(node)
    rows = below or (_named(node.parent) if node.parent else [])
    numbers = beside([pk for pk, _name in rows], now)
    told = [
        {"pk": pk, "name": name, "came": a, "open": b, "in_time": c, "is_own": pk == node.pk}
        for pk, name in rows
        for a, b, c in [numbers[pk]]
    ]
    found = figures(node, now, fair=_fair(now))
    return {
        "node": node, "forces": forces_on(node, timezone.localdate(now)), "rows": told, "are_below": bool(below),
        **_shown(found, {"node": node.path}, reverse("cockpit:node_rows", args=[node.pk, "WHAT"]), now),
    }  # fmt: skip


def _named(above: Node) -> list[tuple[int, str]]:
    """The pieces of ground one tier below, by number and name."""
    found = children(above).values_list("pk", "name", "name_en")[:NODES_MOST]
    return [(pk, in_language(name, name_en)) for pk, name, name_en in found]


def _shown(found: Figures, where: dict[str, str], behind: str, now: datetime) -> dict[str, Any]:
    """What both kinds of pages have: figures with their ways to the rows (`behind`: an address with WHAT for the figure),
    and what the charts draw."""
    today = timezone.localdate(now)
    span = {"since": str(today - timedelta(days=DAYS - 1)), "until": str(today), "counted": "1"}
    tiles = [
        (_("近 30 天进"), found.came, _rows(where, span)),
        (_("近 30 天出"), found.went, _rows(where, span, stage=Stage.CLOSED, moment="closed")),
        (_("在办"), found.open, _rows(where, open="1", counted="1")),
        (_("现在超期"), found.late, _rows(where, lamp="red", counted="1")),
    ]
    shares = {
        "in_time": found.in_time, "near": found.near, "contacted": found.contacted,
        "solved": found.solved, "satisfied": found.satisfied, "returned": found.returned,
    }  # fmt: skip
    rates = [(FIGURES[what].label, share, behind.replace("WHAT", what)) for what, share in shares.items()]
    names = {one.pk: str(one.label) for one in Category.objects.filter(pk__in=[one.category for one in found.growing])}
    growing = [
        (names.get(one.category, ""), one, _rows(where, span, category=str(one.category))) for one in found.growing
    ]
    stages = [
        (Stage(key).label, number, _rows(where, stage=key, counted="1"))
        for key, number in sorted(found.stages.items())
        if key in Stage.values
    ]
    most = max((max(day.came, day.went) for day in found.days), default=0) or 1
    return {
        "found": found, "tiles": tiles, "rates": rates, "growing": growing, "stages": stages, "today": today,
        "to_close": _closing(found, behind), "most": most, "days": [(f"{day.on:%m-%d}", day, round(day.came / most * 100), round(day.went / most * 100), _day(where, day.on)) for day in found.days],
    }  # fmt: skip


def _closing(found: Figures, behind: str) -> list[tuple[str, int, int, str]]:
    """Days to close as (words, how many, per cent of the longest bar, where the rows are)."""
    longest = max((number for _start, number in found.to_close), default=0) or 1
    starts = [0, *BUCKETS]
    words = {}
    for at, start in enumerate(starts):
        end = starts[at + 1] - 1 if at + 1 < len(starts) else None
        words[str(start)] = str(
            BUCKET_WORDS.get(str(start))
            or (_("%(n)s 天") % {"n": start} if end == start else _("%(a)s–%(b)s 天") % {"a": start, "b": end})
        )
    return [
        (words[start], number, round(number / longest * 100), behind.replace("WHAT", f"days-{start}"))
        for start, number in found.to_close
    ]


def _rows(where: dict[str, str], span: dict[str, str] | None = None, **more: str) -> str:
    """The register narrowed to the rows behind a figure."""
    return f"{_register()}?{urlencode({**where, **(span or {}), **more})}"


@cache
def _register() -> str:
    """Its address: the same for everybody, and a page names it eighty times."""
    return reverse("cases:register")


def _day(where: dict[str, str], on: date) -> str:
    return _rows(where, {"since": str(on), "until": str(on), "counted": "1"})


def _node(actor: Person, asked: str) -> Node:
    """The node asked for by number, or the highest that the actor sees. Raises Absent."""
    seen = (
        Node.objects.filter(reach(actor, Permission.CASE_VIEW).q("path"), valid_to__isnull=True)
        .select_related("parent", "tier")
        .defer("boundary")
    )
    if asked:
        found = seen.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
    else:
        found = seen.order_by("tier__depth", "path").first()
    if found is None:
        raise Absent(_("没有这片网格，或不在您的范围内。"))
    return found


def _unit(actor: Person, unit_id: int) -> Department:
    """A unit whose figures the actor may see. Raises Absent."""
    unit = _units(actor).filter(pk=unit_id).first()
    if unit is None:
        raise Absent(_("没有这个单位。"))
    return unit


def _units(actor: Person) -> QuerySet[Department]:
    """The units whose figures an actor may see: their own, and those that stand within the ground they see."""
    own = department_reach(actor).departments
    ground = reach(actor, Permission.CASE_VIEW).q("node__path")
    units = Department.objects.filter(is_active=True)
    return (units.filter(ground) | units.filter(pk__in=own)).distinct().order_by("code")


def _fair(now: datetime) -> float:
    """What 基本满意 counts for: 0.9 in variant A of the three rates, nothing in B."""
    return float(parameter("three_rates", timezone.localdate(now))["fair"])
