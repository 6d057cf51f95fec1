"""Writes to the address book: estates, buildings, entrances, aliases, and the QR on the door."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import shapely
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.transactions import writing
from yemai.kernel.coordinates import Crs
from yemai.kernel.refusals import Refused

from .. import rules
from ..geometry import label_point, point_from, polygon_from
from ..models import AddressAlias, Building, Door, Entrance, Estate, Node
from ..revision import touch
from ..terms import Topic
from .checks import Actor, clean_count, clean_name, open_node, tell

TOKEN_BYTES = 12
"""96 random bits: a door's address can't be guessed, and its QR stays small."""


@dataclass(frozen=True)
class BuildingDraft:
    """A building to be added; `footprint` (GeoJSON or shapely polygon) and point in `crs`."""

    node: Node
    name: str
    estate: Estate | None = None
    code: str = ""
    floors: int | None = None
    households: int = 0
    footprint: Mapping[str, Any] | str | BaseGeometry | None = None
    lon: float | None = None
    lat: float | None = None
    crs: str = Crs.WGS84
    entrances: Sequence[str] = field(default=())


def add_estate(
    node: Node,
    name: str,
    *,
    actor: Actor,
    now: datetime,
    lon: float | None = None,
    lat: float | None = None,
    crs: str = Crs.WGS84,
    aliases: Iterable[str] = (),
) -> Estate:
    """Add a compound to the node that holds all of it. Raises Refused when that node has one of the same name."""
    clean = clean_name(name)
    lon, lat = point_from(lon, lat, crs)
    with writing():
        touch(Topic.BOOK)
        found = open_node(node)
        if Estate.objects.filter(node=found, name=clean, ended_on__isnull=True).exists():
            text = _("%(node)s 已有名为 %(name)s 的小区。") % {"node": found.name, "name": clean}
            raise Refused("name-taken", text, fields={"name": text})
        estate = Estate.objects.create(node=found, name=clean, lon=lon, lat=lat)
        tell("add_estate", estate, actor=actor, now=now, after={"name": clean, "node": found.pk})
        for alias in aliases:
            add_alias(alias, estate=estate, actor=actor, now=now)
    return estate


def add_building(
    node: Node,
    name: str,
    *,
    actor: Actor,
    now: datetime,
    estate: Estate | None = None,
    code: str = "",
    floors: int | None = None,
    households: int = 0,
    footprint: Mapping[str, Any] | str | BaseGeometry | None = None,
    lon: float | None = None,
    lat: float | None = None,
    crs: str = Crs.WGS84,
    entrances: Sequence[str] = (),
) -> Building:
    """Add one building; see `add_buildings`."""
    draft = BuildingDraft(node, name, estate, code, floors, households, footprint, lon, lat, crs, entrances)
    return add_buildings([draft], actor=actor, now=now)[0]


def add_buildings(drafts: Sequence[BuildingDraft], *, actor: Actor, now: datetime) -> list[Building]:
    """Add buildings, all or none, in the order given; an estate's node widens to hold its buildings.

    Raises Refused for a closed node, a building of that name or code that is there already, a footprint that is no
    polygon, an estate of another town.
    """
    made = [_building(draft) for draft in drafts]
    with writing():
        touch(Topic.BOOK)
        nodes = {pk: open_node(Node(pk=pk)) for pk in sorted({draft.node.pk for draft in drafts})}
        _check_names(made)
        _check_codes(made)
        Building.objects.bulk_create(made, batch_size=1000)
        Entrance.objects.bulk_create(
            [
                Entrance(building=building, name=clean_name(name, most=40))
                for building, draft in zip(made, drafts, strict=True)
                for name in draft.entrances
            ],
            batch_size=2000,
        )
        _widen({draft.estate.pk for draft in drafts if draft.estate}, nodes)
        for building in made:
            what = {"name": building.name, "node": building.node_id}
            tell("add_building", building, actor=actor, now=now, after=what)
    return made


def _building(draft: BuildingDraft) -> Building:
    lon, lat = point_from(draft.lon, draft.lat, draft.crs)
    shape = None if draft.footprint is None else polygon_from(draft.footprint, draft.crs)
    if shape is not None and lon is None:
        lon, lat = label_point(shape)
    return Building(
        node_id=draft.node.pk,
        estate=draft.estate,
        name=clean_name(draft.name),
        code=clean_name(draft.code, most=40, field="code") if draft.code.strip() else "",
        floors=None if draft.floors is None else clean_count(draft.floors, most=300, field="floors"),
        households=clean_count(draft.households),
        lon=lon,
        lat=lat,
        footprint=None if shape is None else shapely.to_wkb(shape),
    )


def _check_names(made: Sequence[Building]) -> None:
    """One name once in an estate, among the new and the standing."""
    estates = {building.estate_id for building in made if building.estate_id}
    standing = Building.objects.filter(estate__in=estates, ended_on__isnull=True)
    seen: set[tuple[int | None, str]] = set(standing.values_list("estate_id", "name")) if estates else set()
    for building in made:
        key = building.estate_id, building.name
        if building.estate_id and key in seen:
            text = _("这个小区已有名为 %(name)s 的楼栋。") % {"name": building.name}
            raise Refused("name-taken", text, fields={"name": text})
        seen.add(key)


def _check_codes(made: Sequence[Building]) -> None:
    codes = [building.code for building in made if building.code]
    taken = set(Building.objects.filter(code__in=codes).values_list("code", flat=True)) if codes else set()
    for code in codes:
        if code in taken:
            text = _("楼栋代码 %(code)s 已经用过，不能再用。") % {"code": code}
            raise Refused("code-taken", text, fields={"code": text})
        taken.add(code)


def _widen(estate_ids: Iterable[int], nodes: Mapping[int, Node]) -> None:
    """Let each estate stand in the lowest node that holds it and all its buildings."""
    for estate in Estate.objects.filter(pk__in=list(estate_ids)).select_related("node"):
        held = Building.objects.filter(estate=estate, ended_on__isnull=True).values_list("node__path", flat=True)
        path = rules.common([estate.node.path, *held.distinct()])
        if not path:
            raise Refused("other-town", _("楼栋与小区不在同一个镇街，请检查。"), status=422)
        if path != estate.node.path:
            Estate.objects.filter(pk=estate.pk).update(node_id=rules.ids_of(path)[-1])


def move_building(building: Building, node: Node, *, actor: Actor, now: datetime) -> Building:
    """Let a building stand in another node from now on; its doors go along, its cases stay where they happened."""
    with writing():
        touch(Topic.BOOK)
        found = open_node(node)
        fresh = Building.objects.get(pk=building.pk)
        old = fresh.node_id
        fresh.node = found
        fresh.save(update_fields=["node"])
        Door.objects.filter(building=fresh).update(node=found)
        if fresh.estate_id:
            _widen([fresh.estate_id], {})
        tell("move_building", fresh, actor=actor, now=now, before={"node": old}, after={"node": found.pk})
    return fresh


def describe_building(
    building: Building, *, actor: Actor, now: datetime, floors: int | None, households: int
) -> Building:
    """Correct how many floors and households a building has. Raises Refused for a count that can't be."""
    given = {
        "floors": None if floors is None else clean_count(floors, most=300, field="floors"),
        "households": clean_count(households),
    }
    with writing():
        touch(Topic.BOOK)
        fresh = Building.objects.get(pk=building.pk)
        before = {name: getattr(fresh, name) for name in given}
        fresh.floors, fresh.households = floors, households
        fresh.save(update_fields=["floors", "households"])
        tell("describe_building", fresh, actor=actor, now=now, before=before, after=given)
    return fresh


def add_entrance(building: Building, name: str, *, actor: Actor, now: datetime) -> Entrance:
    """Add a stairwell to a building; adding it twice changes nothing."""
    clean = clean_name(name, most=40)
    with writing():
        entrance, is_new = Entrance.objects.get_or_create(building=building, name=clean)
        if is_new:
            tell("add_entrance", entrance, actor=actor, now=now, after={"name": clean, "building": building.pk})
    return entrance


def add_alias(
    text: str, *, actor: Actor, now: datetime, estate: Estate | None = None, building: Building | None = None
) -> AddressAlias:
    """Note other words for an estate or a building (exactly one of them); noting them twice changes nothing."""
    if (estate is None) == (building is None):
        raise ValueError("an alias is for one estate or one building")
    clean = clean_name(text, field="text")
    if len(clean) < 2:
        refusal = _("别名至少两个字，否则会到处误认。")
        raise Refused("too-short", refusal, status=422, fields={"text": refusal})
    with writing():
        touch(Topic.BOOK)
        alias, is_new = AddressAlias.objects.get_or_create(text=clean, estate=estate, building=building)
        if is_new:
            tell("add_alias", alias, actor=actor, now=now, after={"text": clean})
    return alias


def end_building(building: Building, *, actor: Actor, now: datetime, on: date | None = None) -> Building:
    """Strike a building that stands no more; its doors are revoked, its cases keep naming it."""
    with writing():
        touch(Topic.BOOK)
        fresh = Building.objects.get(pk=building.pk)
        fresh.ended_on = fresh.ended_on or on or timezone.localdate(now)
        fresh.save(update_fields=["ended_on"])
        Door.objects.filter(building=fresh, revoked_at__isnull=True).update(revoked_at=now)
        tell("end_building", fresh, actor=actor, now=now, after={"on": str(fresh.ended_on)})
    return fresh


def end_estate(estate: Estate, *, actor: Actor, now: datetime, on: date | None = None) -> Estate:
    """Strike an estate without standing buildings. Raises Refused while it has some."""
    with writing():
        touch(Topic.BOOK)
        fresh = Estate.objects.get(pk=estate.pk)
        if Building.objects.filter(estate=fresh, ended_on__isnull=True).exists():
            raise Refused("estate-in-use", _("小区还有楼栋，请先注销或移走楼栋。"))
        fresh.ended_on = fresh.ended_on or on or timezone.localdate(now)
        fresh.save(update_fields=["ended_on"])
        tell("end_estate", fresh, actor=actor, now=now, after={"on": str(fresh.ended_on)})
    return fresh


def make_door(node: Node, *, actor: Actor, now: datetime, building: Building | None = None, label: str = "") -> Door:
    """Make a QR for a node or one of its buildings. Raises Refused for a building of another node."""
    with writing():
        found = open_node(node)
        if building is not None and not Building.objects.filter(Q(pk=building.pk) & Q(node=found)).exists():
            text = _("这栋楼不在 %(node)s，请重新选择。") % {"node": found.name}
            raise Refused("other-node", text, status=422, fields={"building": text})
        door = Door.objects.create(
            token=secrets.token_urlsafe(TOKEN_BYTES), node=found, building=building,
            label=clean_name(label, field="label") if label.strip() else "",
        )  # fmt: skip
        tell("make_door", door, actor=actor, now=now, after={"node": found.pk, "label": door.label})
    return door


def revoke_door(door: Door, *, actor: Actor, now: datetime) -> Door:
    """Put a door's QR out of use (lost, torn down, misused); doing it twice keeps the first moment."""
    with writing():
        fresh = Door.objects.get(pk=door.pk)
        if fresh.revoked_at is None:
            fresh.revoked_at = now
            fresh.save(update_fields=["revoked_at"])
            tell("revoke_door", fresh, actor=actor, now=now)
    return fresh
