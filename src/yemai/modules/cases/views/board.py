"""The public board of a micro-grid and its A3 poster: who is here, what they do, what is open and solved."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs, public
from yemai.base.access.queries import may
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.people.queries import Member, heads_of, team_of
from yemai.base.people.terms import Team
from yemai.base.territory.actions import make_door
from yemai.base.territory.models import Door, Node
from yemai.base.territory.queries import ancestors, buildings_in, town
from yemai.kernel.refusals import Absent

from ..queries.public import board_of


@public
def boards(request: HttpRequest) -> HttpResponse:
    """Find one's board: the tree of the town."""
    nodes = Node.objects.filter(valid_to__isnull=True).select_related("tier").order_by("path")[:2000]
    return render(request, "cases/boards.html", {"nodes": nodes, "town": town()})


def _node(code: str) -> Node:
    found = Node.objects.select_related("tier", "parent").filter(code=code, valid_to__isnull=True).first()
    if found is None:
        raise Absent()
    return found


def _teams(node: Node) -> list[tuple[str, list[Member]]]:
    """Heads first, then the three teams, each with its name; only what is public of a person."""
    named = [(str(Team(key).label), members) for key, members in team_of(node, public_only=True).items()]
    heads = heads_of(node)
    return [(str(_("负责人")), heads), *named] if heads else named


@public
def board(request: HttpRequest, code: str) -> HttpResponse:
    """One node's board; names, roles, duties, area and work phone only (facts of law: nothing else of a person)."""
    node, now = _node(code), timezone.now()
    return render(
        request,
        "cases/board.html",
        {
            "node": node,
            "ancestors": ancestors(node),
            "team": _teams(node),
            "board": board_of(node, now),
            "children": Node.objects.filter(parent=node, valid_to__isnull=True).order_by("code")[:200],
        },
    )


@public
def poster(request: HttpRequest, code: str) -> HttpResponse:
    """The board as an A3 sheet for the wall, with the QR by which neighbours report."""
    node, now = _node(code), timezone.now()
    link = request.build_absolute_uri(reverse("cases:report_at", args=[node.code]))
    return render(
        request,
        "cases/poster.html",
        {
            "node": node,
            "ancestors": ancestors(node),
            "team": _teams(node),
            "board": board_of(node, now, most=6),
            "link": link,
            "qr": segno.make(link, error="q").svg_data_uri(scale=8),
            "now": now,
        },
    )


@needs(Permission.CASE_CONSULT, Permission.TERRITORY_EDIT)
def doors(request: HttpRequest, code: str) -> HttpResponse:
    """The QR stickers of a node's doors, to print on A4; a building without one gets its own on request."""
    node, now = _node(code), timezone.now()
    assert isinstance(request.user, Person)  # noqa: S101 - needs a permission
    if not any(may(request.user, one, node.path) for one in (Permission.CASE_CONSULT, Permission.TERRITORY_EDIT)):
        raise Absent()
    buildings = list(buildings_in([node.path]).order_by("estate__name", "pk")[:500])
    if request.method == "POST":
        known = set(Door.objects.filter(building__in=buildings, revoked_at=None).values_list("building_id", flat=True))
        for building in buildings:
            if building.pk not in known:
                label = f"{building.estate.name if building.estate else ''}{building.name}"
                make_door(building.node, building=building, label=label, actor=request.user, now=now)
        return redirect("cases:doors", code=node.code)
    found = Door.objects.filter(node__path__gte=node.path, node__path__lt=node.path + "z", revoked_at=None)
    stickers = []
    for door in found.order_by("node__path", "label", "pk")[:500]:
        link = request.build_absolute_uri(reverse("cases:door", args=[door.token]))
        stickers.append((door, segno.make(link, error="q").svg_data_uri(scale=4)))
    return render(request, "cases/doors.html", {"node": node, "stickers": stickers, "buildings": len(buildings)})
