"""Laying many nodes at once, as an importer does: one transaction, a handful of queries however many rows."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import shapely
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .. import rules
from ..geometry import label_point
from ..models import Node, NodeAlias, Tier
from ..revision import touch
from ..terms import AliasKind, NodeKind, Topic
from .checks import Actor, day_of_change, tell
from .nodes import DRAWN, draw

BATCH = 2_000
COLUMNS = (
    "id", "code", "tier_id", "parent_id", "path", "name", "name_en", "kind", "households", "boundary", "min_lon", "min_lat",
    "max_lon", "max_lat", "lon", "lat", "public_text", "valid_from", "valid_to", "attributes",
)  # fmt: skip


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
        made: list[tuple[Any, ...]] = []
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
            path = _path(above, number)
            paths[draft.code] = (number, path, draft.tier.depth)
            made.append(_row(draft, number, path, above, day))
            number += 1
        _insert(made)
        Node.objects.bulk_update(drawn, DRAWN, batch_size=200)
        if made or drawn:
            first = Node.objects.defer("boundary").get(pk=made[0][0]) if made else drawn[0]
            told = {"source": source, "created": len(made), "drawn": len(drawn), "first": first.code}
            tell("lay_nodes", first, actor=actor, now=now, after=told)
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


def _path(above: tuple[int, str, int] | None, number: int) -> str:
    try:
        return rules.child_path(above[1] if above else "", number)
    except ValueError as no_room:
        raise Refused("too-deep", _("层级太多，无法再往下设网格。"), status=422) from no_room


def _row(draft: NodeDraft, number: int, path: str, above: tuple[int, str, int] | None, day: date) -> tuple[Any, ...]:
    """The columns of `COLUMNS`."""
    drawn: tuple[Any, ...] = (None,) * 7
    if draft.shape is not None:
        boundary = shapely.to_wkb(shapely.orient_polygons(draft.shape))
        drawn = boundary, *draft.shape.bounds, *label_point(draft.shape)
    return (
        number, draft.code, draft.tier.pk, above[0] if above else None, path, draft.name[:80] or draft.code, "",
        NodeKind.GENERAL.value, draft.households, *drawn, "", connection.ops.adapt_datefield_value(day),
        None, json.dumps(draft.attributes, ensure_ascii=False) if draft.attributes else "{}",
    )  # fmt: skip


def _insert(rows: list[tuple[Any, ...]]) -> None:
    """Prepared SQL: the ORM takes four times as long, and a country has 700,000 nodes."""
    if not rows:
        return
    table, names = connection.ops.quote_name(Node._meta.db_table), ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(COLUMNS))})",  # noqa: S608 - our own names
            rows,
        )
        if connection.vendor == "postgresql":  # it counts ids by itself: tell it where we are
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [Node._meta.db_table, rows[-1][0]])


def _next_id() -> int:
    """A path holds its node's own id, so ids are given out before the rows are written; the write lock is held."""
    return int(Node.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
