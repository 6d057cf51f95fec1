"""The public board of a micro-grid and its A3 poster: who is here, what they do, what is open and solved."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import public
from yemai.base.people.queries import Member, heads_of, team_of
from yemai.base.people.terms import Team
from yemai.base.territory.models import Node
from yemai.base.territory.queries import ancestors, town
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
