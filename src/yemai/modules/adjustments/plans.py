"""What each kind of adjustment does, as plain JSON and as the write of the ground that it stands for."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import shapely
from django.utils.translation import gettext as _

from yemai.base.territory import actions as ground
from yemai.base.territory.models import Node
from yemai.kernel.refusals import Refused

from .models import Adjustment
from .terms import DIVIDING, Kind

DIGITS = 7
"""Decimals of a degree kept of a boundary: a centimetre."""


def renaming(name: str, name_en: str = "") -> dict[str, Any]:
    """The plan of a rename."""
    return {"name": name, "name_en": name_en}


def moving(parent: Node) -> dict[str, Any]:
    """The plan of a move with all below it under another parent."""
    return {"parent": parent.pk}


def closing(into: Sequence[Node]) -> dict[str, Any]:
    """The plan of an end; `into` takes the ground over."""
    return {"into": [one.pk for one in into]}


def redrawing(boundary: str) -> dict[str, Any]:
    """The plan of other ground for the same node; GeoJSON in WGS-84."""
    return {"boundary": json.loads(boundary)}


def dividing(pieces: Sequence[ground.Piece]) -> dict[str, Any]:
    """The plan of a merger, a split or a new division."""
    return {"pieces": [_written(one) for one in pieces]}


def _written(piece: ground.Piece) -> dict[str, Any]:
    shape = piece.boundary
    drawn = None if shape is None else json.loads(shapely.to_geojson(shapely.set_precision(shape, 10.0**-DIGITS)))
    return {
        "name": piece.name, "parent": piece.parent, "buildings": list(piece.buildings), "households": piece.households,
        "keeps": piece.keeps, "boundary": drawn,
    }  # fmt: skip


def pieces_of(plan: dict[str, Any]) -> list[ground.Piece]:
    """The nodes to be, as the ground takes them."""
    return [
        ground.Piece(
            name=row["name"], parent=row["parent"], buildings=tuple(row["buildings"]), households=row["households"],
            keeps=row["keeps"],
            boundary=None if row["boundary"] is None else shapely.from_geojson(json.dumps(row["boundary"])),
        )
        for row in plan["pieces"]
    ]  # fmt: skip


def carry_out(adjustment: Adjustment, *, on: date, now: datetime) -> list[Node]:
    """Do it; returns the nodes that are there in place of the former ones. Raises Refused as the ground does."""
    before = list(adjustment.before.select_related("tier", "parent").order_by("code"))
    if adjustment.kind in DIVIDING:
        return ground.redivide_nodes(
            before, pieces_of(adjustment.plan), actor=adjustment.made_by, now=now, on=on
        )  # fmt: skip
    return _ONE[Kind(adjustment.kind)](before[0], adjustment.plan, actor=adjustment.made_by, now=now, on=on)


def _node(pk: int) -> Node:
    found = Node.objects.filter(pk=pk).first()
    if found is None:
        raise Refused("no-such-node", _("没有这个网格，请重新选择。"), status=422)
    return found


def _rename(node: Node, plan: dict[str, Any], **how: Any) -> list[Node]:
    return [ground.rename_node(node, plan["name"], name_en=plan["name_en"], **how)]


def _move(node: Node, plan: dict[str, Any], **how: Any) -> list[Node]:
    return [ground.move_node(node, _node(plan["parent"]), **how)]


def _close(node: Node, plan: dict[str, Any], **how: Any) -> list[Node]:
    into = [_node(pk) for pk in plan["into"]]
    ground.close_node(node, into=into, **how)
    return into


def _redraw(node: Node, plan: dict[str, Any], **how: Any) -> list[Node]:
    return [ground.redraw_node(node, plan["boundary"], **how)]


_ONE: dict[Kind, Callable[..., list[Node]]] = {
    Kind.RENAME: _rename, Kind.MOVE: _move, Kind.CLOSE: _close, Kind.REDRAW: _redraw,
}  # fmt: skip
