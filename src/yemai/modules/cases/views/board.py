"""The public board of a micro-grid and its A3 poster: who is here, what they do, what is open and solved."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from yemai.base.access.doors import public
from yemai.base.people.queries import team_of
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
            "team": team_of(node),
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
            "team": team_of(node),
            "board": board_of(node, now, most=6),
            "link": link,
            "qr": segno.make(link, error="q").svg_data_uri(scale=8),
            "now": now,
        },
    )
