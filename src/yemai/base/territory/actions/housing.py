"""Taking many buildings in at once, as an importer does: one transaction, estates made, what stands brought up to date."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from django.db import IntegrityError, connection
from django.db.models import Model
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .. import rules
from ..geometry import label_point
from ..models import AddressAlias, Building, Door, Entrance, Estate, Node
from ..revision import touch
from ..terms import Topic
from .checks import Actor, clean_name, tell

BATCH = 1_000
CHANGED = ("node_id", "code", "floors", "households", "lon", "lat", "footprint")
"""Columns that a file may bring up to date."""
SAME_PLACE = 1e-7
"""A centimetre: a point nearer than this to where the building stands is the same."""


@dataclass(frozen=True)
class HousingDraft:
    """A building as a file has it; None and "" say the file says nothing, and nothing is then changed.

    `node`: id of its open node; `estate`: id of a standing estate, or the name of one to be made, or None;
    `standing`: id of the building it is already. Point and footprint in WGS-84.
    """

    node: int
    name: str
    estate: int | str | None = None
    standing: int | None = None
    code: str = ""
    floors: int | None = None
    households: int | None = None
    footprint: BaseGeometry | None = None
    lon: float | None = None
    lat: float | None = None
    entrances: Sequence[str] = ()
    address: str = ""


@dataclass(frozen=True)
class Housed:
    """What became of the drafts; `changed` counts those that stood and are no longer as they were."""

    created: int
    changed: int
    same: int
    estates: int
    entrances: int


def house(drafts: Sequence[HousingDraft], *, actor: Actor, now: datetime, source: str) -> Housed:
    """Write all drafts or none. Raises Refused `ground-changed` when node, name or code is no more what it was."""
    again = Refused("ground-changed", _("网格或楼栋刚刚有改动，没有写入。请重新检查这个文件。"))
    with writing():
        touch(Topic.BOOK)
        paths = _open_paths({draft.node for draft in drafts})
        if len(paths) < len({draft.node for draft in drafts}):
            raise again
        try:
            made = _estates(drafts, paths, actor=actor, now=now)
            estates = [made.get(draft.estate) if isinstance(draft.estate, str) else draft.estate for draft in drafts]
            created = _create(drafts, estates)
            rows, changed = _bring_up_to_date(drafts, paths, actor=actor, now=now)
            buildings = [created.get(at) or rows.get(draft.standing or 0) for at, draft in enumerate(drafts)]
            if None in buildings:
                raise again
            known = [building for building in buildings if building is not None]
            entrances = _entrances(drafts, known)
            aliases = _aliases(drafts, known)
        except IntegrityError as taken:
            raise again from taken
        _widen({pk for pk in estates if pk is not None})
        counts = Housed(len(created), changed, len(drafts) - len(created) - changed, len(made), entrances)
        if created or changed or entrances or aliases:
            told: dict[str, Any] = {"source": source, "created": counts.created, "changed": changed, "estates": counts.estates,
                                    "entrances": entrances, "aliases": aliases}  # fmt: skip
            tell(
                "house",
                Node.objects.get(path=rules.common(paths.values()) or min(paths.values())),
                actor=actor,
                now=now,
                after=told,
            )
    return counts


def _open_paths(nodes: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    wanted = sorted(nodes)
    for at in range(0, len(wanted), BATCH):
        rows = Node.objects.filter(pk__in=wanted[at : at + BATCH], valid_to__isnull=True).order_by("pk")
        found |= dict(rows.select_for_update(of=("self",)).values_list("pk", "path"))
    return found


def _estates(
    drafts: Sequence[HousingDraft], paths: Mapping[int, str], *, actor: Actor, now: datetime
) -> dict[str, int]:
    """New estates by name, each in the lowest node that holds its buildings, at their middle."""
    of: dict[str, list[HousingDraft]] = defaultdict(list)
    for draft in drafts:
        if isinstance(draft.estate, str):
            of[draft.estate].append(draft)
    made: dict[str, int] = {}
    for name, held in of.items():
        path = rules.common(paths[draft.node] for draft in held)
        if not path:
            raise Refused("other-town", _("楼栋与小区不在同一个镇街，请检查。"), status=422)
        points = [(draft.lon, draft.lat) for draft in held if draft.lon is not None and draft.lat is not None]
        lon, lat = (sum(axis) / len(points) for axis in zip(*points, strict=True)) if points else (None, None)
        estate = Estate.objects.create(node_id=rules.ids_of(path)[-1], name=clean_name(name), lon=lon, lat=lat)
        made[name] = estate.pk
        tell("add_estate", estate, actor=actor, now=now, after={"name": estate.name, "node": estate.node_id})
    return made


def _create(drafts: Sequence[HousingDraft], estates: Sequence[int | None]) -> dict[int, Building]:
    """The new ones by their place among the drafts."""
    fresh = {
        at: Building(estate_id=estate, name=clean_name(draft.name), **_said(draft))
        for at, (draft, estate) in enumerate(zip(drafts, estates, strict=True))
        if draft.standing is None
    }
    Building.objects.bulk_create(fresh.values(), batch_size=BATCH)
    return fresh


def _said(draft: HousingDraft) -> dict[str, Any]:
    """The columns that a draft says something of."""
    said: dict[str, Any] = {"node_id": draft.node}
    if draft.code:
        said["code"] = clean_name(draft.code, most=40, field="code")
    said |= {name: value for name in ("floors", "households") if (value := getattr(draft, name)) is not None}
    if draft.footprint is not None:
        said["footprint"] = shapely.to_wkb(draft.footprint)
    if draft.lon is not None:
        said |= {"lon": draft.lon, "lat": draft.lat}
    elif draft.footprint is not None:
        said["lon"], said["lat"] = label_point(draft.footprint)
    return said


def _bring_up_to_date(
    drafts: Sequence[HousingDraft], paths: Mapping[int, str], *, actor: Actor, now: datetime
) -> tuple[dict[int, Building], int]:
    """Those that stand, by id, and how many were changed: each of these leaves its own record of before and after."""
    rows = _standing({draft.standing for draft in drafts if draft.standing is not None})
    nodes = {pk: Node(pk=pk, path=path) for pk, path in paths.items()}  # the trail asks each building for its path
    changed: list[Building] = []
    moved: list[int] = []
    for draft in drafts:
        row = rows.get(draft.standing or 0)
        if row is None:
            continue
        fresh = {name: value for name, value in _said(draft).items() if not _is_same(getattr(row, name), value)}
        if not fresh:
            continue
        before = {name: _short(getattr(row, name)) for name in fresh}
        for name, value in fresh.items():
            setattr(row, name, value)
        if "node_id" in fresh:
            row.node = nodes[draft.node]
            moved.append(row.pk)
        changed.append(row)
        after = {name: _short(value) for name, value in fresh.items()}
        tell("correct_building", row, actor=actor, now=now, before=before, after=after)
    _update(changed)
    for pk in moved:
        Door.objects.filter(building=pk).update(node_id=rows[pk].node_id)
    return rows, len(changed)


def _standing(wanted: Iterable[int]) -> dict[int, Building]:
    found: dict[int, Building] = {}
    every = sorted(set(wanted))
    standing = Building.objects.filter(ended_on__isnull=True).select_related("node").defer("node__boundary")
    for at in range(0, len(every), BATCH):
        found |= standing.in_bulk(every[at : at + BATCH])
    return found


def _update(rows: Sequence[Building]) -> None:
    """Prepared SQL: the ORM's CASE for every row and column takes ten times as long, under the write lock."""
    if not rows:
        return
    table, columns = connection.ops.quote_name(Building._meta.db_table), ", ".join(f"{name} = %s" for name in CHANGED)
    given = [[_plain(getattr(row, name)) for name in CHANGED] + [row.pk] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {columns} WHERE id = %s", given)  # noqa: S608 - our own names


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _is_same(old: Any, new: Any) -> bool:
    if isinstance(old, float) and isinstance(new, float):
        return abs(old - new) < SAME_PLACE
    if isinstance(old, bytes | memoryview) and isinstance(new, bytes):
        return bytes(old) == new
    return bool(old == new)


def _short(value: Any) -> Any:
    return f"{len(value)} bytes" if isinstance(value, bytes | memoryview) else value


def _entrances(drafts: Sequence[HousingDraft], buildings: Sequence[Building]) -> int:
    """Add the units that are not there yet; none is taken away."""
    wanted = [
        (building, clean_name(name, most=40))
        for draft, building in zip(drafts, buildings, strict=True)
        for name in draft.entrances
    ]
    there = _there(Entrance, "name", [building.pk for building, _name in wanted])
    fresh = [Entrance(building=building, name=name) for building, name in wanted if (building.pk, name) not in there]
    Entrance.objects.bulk_create(fresh, batch_size=BATCH)
    return len(fresh)


def _aliases(drafts: Sequence[HousingDraft], buildings: Sequence[Building]) -> int:
    """Addresses as other words: of the building, or of the estate where several of its buildings share one."""
    owners: dict[str, list[Building]] = defaultdict(list)
    for draft, building in zip(drafts, buildings, strict=True):
        if 2 <= len(draft.address) <= 80:
            owners[clean_name(draft.address)].append(building)
    of_building: list[tuple[Building, str]] = []
    of_estate: set[tuple[int, str]] = set()
    for text, held in owners.items():
        estates = {building.estate_id for building in held}
        if len(held) > 1 and len(estates) == 1 and (estate := next(iter(estates))) is not None:
            of_estate.add((estate, text))
        else:
            of_building += [(building, text) for building in held]
    there = _there(AddressAlias, "text", [building.pk for building, _text in of_building])
    known = set(
        AddressAlias.objects.filter(estate__in=[pk for pk, _text in of_estate]).values_list("estate_id", "text")
    )
    fresh = [AddressAlias(building=one, text=text) for one, text in of_building if (one.pk, text) not in there]
    fresh += [AddressAlias(estate_id=pk, text=text) for pk, text in sorted(of_estate - known)]
    AddressAlias.objects.bulk_create(fresh, batch_size=BATCH)
    return len(fresh)


def _there(model: type[Model], column: str, buildings: Sequence[int]) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    wanted = sorted(set(buildings))
    for at in range(0, len(wanted), BATCH):
        rows = model._default_manager.filter(building__in=wanted[at : at + BATCH])
        found |= set(rows.values_list("building_id", column))
    return found


def _widen(estates: Iterable[int]) -> None:
    """Let each estate stand in the lowest node that holds it and all its buildings."""
    wanted = sorted(estates)
    for at in range(0, len(wanted), BATCH):
        part = wanted[at : at + BATCH]
        held: dict[int, list[str]] = defaultdict(list)
        rows = Building.objects.filter(estate__in=part, ended_on__isnull=True)
        for pk, path in rows.values_list("estate_id", "node__path").distinct():
            held[pk or 0].append(path)
        for estate in Estate.objects.filter(pk__in=part).select_related("node").defer("node__boundary"):
            path = rules.common([estate.node.path, *held[estate.pk]])
            if not path:
                raise Refused("other-town", _("楼栋与小区不在同一个镇街，请检查。"), status=422)
            if path != estate.node.path:
                Estate.objects.filter(pk=estate.pk).update(node_id=rules.ids_of(path)[-1])
