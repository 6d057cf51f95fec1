"""Laying many nodes at once, as an importer does: one transaction, a handful of queries however many rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .. import rules
from ..models import Node, NodeAlias, Tier
from ..revision import touch
from ..terms import AliasKind, NodeKind, Topic
from .checks import Actor, day_of_change, tell
from .nodes import DRAWN, draw

BATCH = 2_000


@dataclass(frozen=True)
class NodeDraft:
    """A node to be laid: its code, its parent's code ("" for a root), a valid WGS-84 polygon or None."""

    code: str
    name: str
    tier: Tier
    parent: str = ""
    shape: BaseGeometry | None = None
    households: int = 0
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Laid:
    """What became of the drafts."""

    created: int
    drawn: int
    """There already, without a boundary until now."""
    same: int
    refused: list[tuple[NodeDraft, str]]


def lay_nodes(
    drafts: Sequence[NodeDraft], *, actor: Actor, now: datetime, source: str, valid_from: date | None = None
) -> Laid:
    """Open every draft whose code is new; parents may stand in the ground already or come earlier in `drafts`.

    A code that stands gets its boundary if it had none, and is left alone if it has: other ground for an old code is a
    dated change, not an import. Nothing is refused silently: each draft left out comes back with the reason.
    """
    with writing():
        touch(Topic.GROUND, Topic.BOOK)
        day = day_of_change(valid_from, now, [])
        standing = _standing({draft.code for draft in drafts} | {draft.parent for draft in drafts})
        former = _former_codes({draft.code for draft in drafts})
        number = _next_id()
        paths = {code: (node.pk, node.path, node.tier.depth) for code, node in standing.items() if not node.valid_to}
        made: list[Node] = []
        drawn: list[Node] = []
        refused: list[tuple[NodeDraft, str]] = []
        same = 0
        for draft in drafts:
            old = standing.get(draft.code)
            if old is not None and old.valid_to is None and old.tier_id == draft.tier.pk:
                if draft.shape is not None and old.min_lon is None:
                    draw(old, draft.shape)
                    drawn.append(old)
                else:
                    same += 1
                continue
            if why := _objection(draft, old, former, paths):
                refused.append((draft, why))
                continue
            above = paths.get(draft.parent)
            node = _opened(draft, number, above, day)
            paths[draft.code] = (number, node.path, draft.tier.depth)
            made.append(node)
            number += 1
        Node.objects.bulk_create(made, batch_size=BATCH)
        _follow_ids(number - 1)
        Node.objects.bulk_update(drawn, DRAWN, batch_size=200)
        if made or drawn:
            told = {"source": source, "created": len(made), "drawn": len(drawn), "first": made[0].code if made else ""}
            tell("lay_nodes", (made or drawn)[0], actor=actor, now=now, after=told)
    return Laid(len(made), len(drawn), same, refused)


def _standing(codes: Iterable[str]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    wanted = sorted(codes)
    for at in range(0, len(wanted), BATCH):
        rows = Node.objects.filter(code__in=wanted[at : at + BATCH]).select_related("tier").defer("boundary")
        found |= {node.code: node for node in rows}
    return found


def _former_codes(codes: Iterable[str]) -> set[str]:
    wanted = sorted(codes)
    found: set[str] = set()
    for at in range(0, len(wanted), BATCH):
        rows = NodeAlias.objects.filter(kind=AliasKind.CODE, value__in=wanted[at : at + BATCH])
        found |= set(rows.values_list("value", flat=True))
    return found


def _objection(
    draft: NodeDraft, old: Node | None, former: set[str], paths: dict[str, tuple[int, str, int]]
) -> str | None:
    if not rules.is_foreign_code(draft.code):
        return _("代码只能由字母、数字和 - _ . 组成，最多 40 个字符。")
    if old is not None or draft.code in former:
        return _("代码 %(code)s 已经用过，不能再用。") % {"code": draft.code}
    if draft.parent and draft.parent not in paths:
        return _("没有代码为 %(code)s 的上级网格。") % {"code": draft.parent}
    if draft.parent and paths[draft.parent][2] >= draft.tier.depth:
        return _("上级 %(code)s 的层级不高于 %(tier)s。") % {"code": draft.parent, "tier": draft.tier}
    return None


def _opened(draft: NodeDraft, number: int, above: tuple[int, str, int] | None, day: date) -> Node:
    try:
        path = rules.child_path(above[1] if above else "", number)
    except ValueError as no_room:
        raise Refused("too-deep", _("层级太多，无法再往下设网格。"), status=422) from no_room
    node = Node(
        pk=number, code=draft.code, tier=draft.tier, parent_id=above[0] if above else None, path=path,
        name=draft.name[:80] or draft.code, kind=NodeKind.GENERAL, households=draft.households,
        valid_from=day, attributes=draft.attributes,
    )  # fmt: skip
    if draft.shape is not None:
        draw(node, draft.shape)
    return node


def _next_id() -> int:
    """A path holds its node's own id, so ids are given out before the rows are written; the write lock is held."""
    return int(Node.objects.aggregate(last=Max("pk"))["last"] or 0) + 1


def _follow_ids(last: int) -> None:
    """PostgreSQL counts ids by itself; it is told where we are."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('territory_node', 'id'), GREATEST(%s, nextval(pg_get_serial_sequence('territory_node', 'id'))))",
                [max(last, 1)],
            )
