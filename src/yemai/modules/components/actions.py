"""Writes of the register: a survey's table taken in, new components entered, known ones brought up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from django.utils.translation import gettext as _

from yemai.base.access.queries import Reach
from yemai.base.audit.actions import record
from yemai.base.people.models import Person
from yemai.base.territory.locate import locate_many
from yemai.base.territory.models import Node
from yemai.base.territory.queries import town
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .models import Component
from .queries import keeping_reach
from .reading import Doubt, Row, read

MOST = 200_000
AT_ONCE = 500
FIELDS = ("name", "node", "lon", "lat", "department", "owner", "condition", "surveyed_on")


@dataclass(frozen=True)
class Taken:
    """What came of a file: rows written, and rows that were not, with the reason."""

    created: int
    updated: int
    unchanged: int
    doubts: list[Doubt]
    written: bool


def take_in(path: Path, crs: str, *, skips: bool, actor: Person, now: datetime) -> Taken:
    """Enter a survey's table; with any doubtful row nothing is written, unless `skips` leaves those out.

    A row whose point lies in no micro-grid of the actor's ground is doubtful; on an edge the lowest code counts, as
    everywhere. Raises Refused for a file that can't be read, lacks a column, or is too long.
    """
    rows: list[Row] = []
    doubts: list[Doubt] = []
    for one in read(path, crs):
        if isinstance(one, Row):
            rows.append(one)
        else:
            doubts.append(one)
        if len(rows) + len(doubts) > MOST:
            raise Refused("too-long", _("一次最多 %(most)d 行，请分几个文件。") % {"most": MOST}, status=422)
    if not rows and not doubts:
        raise Refused("empty", _("文件里没有数据行。"), status=422)
    placed, outside = _placed(rows, actor)
    doubts = sorted([*doubts, *outside], key=lambda one: one.number)
    if doubts and not skips:
        return Taken(0, 0, 0, doubts, written=False)
    with writing():
        created, updated = _write(placed)
        after = {"created": created, "updated": updated, "left_out": len(doubts)}
        record(actor=actor, action="take_in_components", subject=town(), now=now, after=after)
    return Taken(created, updated, len(placed) - created - updated, doubts, written=True)


def _placed(rows: Sequence[Row], actor: Person) -> tuple[list[tuple[Row, int]], list[Doubt]]:
    own = keeping_reach(actor)
    found = locate_many(np.array([one.lon for one in rows]), np.array([one.lat for one in rows]))
    paths = dict(Node.objects.filter(pk__in={one.node_id for one in found if one.node_id}).values_list("pk", "path"))
    foreign = _foreign(rows, own)
    placed: list[tuple[Row, int]] = []
    outside: list[Doubt] = []
    for row, at in zip(rows, found, strict=True):
        if row.code in foreign:
            outside.append(Doubt(row.number, row.code, _("这个标识码登记在您管理的范围之外")))
        elif at.node_id is None or not own.covers(paths[at.node_id]):
            outside.append(Doubt(row.number, row.code, _("不在您管理的微网格里，请检查坐标系")))
        else:
            placed.append((row, at.node_id))
    return placed, outside


def _foreign(rows: Sequence[Row], own: Reach) -> set[str]:
    """Codes that stand for a component on ground the actor does not keep."""
    found: set[str] = set()
    for start in range(0, len(rows), AT_ONCE):
        codes = [one.code for one in rows[start : start + AT_ONCE]]
        standing = Component.objects.filter(code__in=codes).values_list("code", "node__path")
        found |= {code for code, path in standing if not own.covers(path)}
    return found


def _write(placed: Sequence[tuple[Row, int]]) -> tuple[int, int]:
    fresh: list[Component] = []
    changed: list[Component] = []
    for start in range(0, len(placed), AT_ONCE):
        part = placed[start : start + AT_ONCE]
        known = {one.code: one for one in Component.objects.filter(code__in=[row.code for row, _node in part])}
        for row, node in part:
            values = {
                "name": row.name, "node_id": node, "lon": row.lon, "lat": row.lat, "department": row.department,
                "owner": row.owner, "condition": str(row.condition), "surveyed_on": row.surveyed_on,
            }  # fmt: skip
            there = known.get(row.code)
            if there is None:
                fresh.append(Component(code=row.code, **values))
            elif any(getattr(there, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(there, name, value)
                changed.append(there)
    Component.objects.bulk_create(fresh, batch_size=AT_ONCE)
    Component.objects.bulk_update(changed, FIELDS, batch_size=AT_ONCE)
    return len(fresh), len(changed)
