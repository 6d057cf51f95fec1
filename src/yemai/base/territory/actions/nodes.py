"""Writes to nodes: each change is dated, nothing is deleted, no code comes back."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import shapely
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.transactions import writing
from yemai.kernel.coordinates import Crs
from yemai.kernel.refusals import Refused

from .. import rules
from ..events import ended
from ..geometry import label_point, point_from, polygon_from
from ..models import Building, Door, Estate, Node, NodeAlias, Succession, Tier
from ..queries import is_code_taken
from ..revision import touch
from ..terms import AliasKind, CodeSegment, NodeKind, Topic
from .checks import Actor, clean_count, clean_english, clean_name, day_of_change, open_node, tell

BOTH = (Topic.GROUND, Topic.BOOK)
DRAWN = ["boundary", "min_lon", "min_lat", "max_lon", "max_lat", "lon", "lat"]
Shape = Mapping[str, Any] | str | BaseGeometry


def create_node(
    *,
    tier: Tier,
    parent: Node | None,
    name: str,
    actor: Actor,
    now: datetime,
    code: str | None = None,
    name_en: str = "",
    kind: NodeKind = NodeKind.GENERAL,
    households: int = 0,
    lon: float | None = None,
    lat: float | None = None,
    public_text: str = "",
    valid_from: date | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Node:
    """Open a node under `parent` (None for a root, which needs its region `code`).

    Without `code` the next free one below the parent is given. Raises Refused for a code that was ever used, a tier
    that is not below the parent's, a closed parent, a day to come.
    """
    clean, english, households = clean_name(name), clean_english(name_en), clean_count(households)
    lon, lat = point_from(lon, lat)
    with writing():
        touch(*BOTH)
        above = open_node(parent) if parent is not None else None
        check_tier(tier, above)
        started = day_of_change(valid_from, now, [above] if above else [])
        return insert(
            Node(
                code=new_code(tier, above, kind, code), tier=tier, parent=above, name=clean, name_en=english,
                kind=kind, households=households, lon=lon, lat=lat, public_text=public_text,
                valid_from=started, attributes=dict(attributes or {}),
            ), actor=actor, now=now, verb="create_node",
        )  # fmt: skip


def check_tier(tier: Tier, parent: Node | None) -> None:
    """Raise Refused for a tier that does not lie below its parent's."""
    if parent is None and Tier.objects.filter(depth__lt=tier.depth).exists():
        text = _("最高一级才可以没有上级，请选择上级网格。")
    elif parent is not None and tier.depth <= parent.tier.depth:
        what = {"tier": tier.label, "parent": parent.name}
        text = _("%(tier)s 不能设在 %(parent)s 之下，请选择更高一级的上级。") % what
    else:
        return
    raise Refused("wrong-tier", text, status=422, fields={"parent": text})


def new_code(tier: Tier, parent: Node | None, kind: NodeKind, code: str | None) -> str:
    """The code asked for, else the next free one below the parent; none that ever stood for a node."""
    if code is not None:
        if not rules.is_code(code):
            text = _("代码应为 12 位区划代码或 18 位网格代码。")
            raise Refused("bad-code", text, status=422, fields={"code": text})
        if is_code_taken(code):
            text = _("代码 %(code)s 已经用过，不能再用。请换一个，或留空由系统编号。") % {"code": code}
            raise Refused("code-taken", text, fields={"code": text})
        return code
    segment, parent_code = CodeSegment(tier.code_segment), parent.code if parent else ""
    try:
        prefix = rules.code_prefix(segment, parent_code, kind)
        taken = Node.objects.filter(code__startswith=prefix).values_list("code", flat=True)
        aliases = NodeAlias.objects.filter(kind=AliasKind.CODE, value__startswith=prefix)
        ever = {*taken, *aliases.values_list("value", flat=True)}
        return rules.next_code(segment, parent_code, kind, ever)
    except ValueError as no_room:
        text = _("无法在上级之下自动编号，请填写代码。")
        raise Refused("code-needed", text, status=422, fields={"code": text}) from no_room


def insert(node: Node, *, actor: Actor, now: datetime, verb: str) -> Node:
    """Save a new node; its path holds its own id, so it is known only afterwards."""
    node.path = uuid.uuid4().hex
    node.save(force_insert=True)
    try:
        node.path = rules.child_path(node.parent.path if node.parent else "", node.pk)
    except ValueError as no_room:
        raise Refused("too-deep", _("层级太多，无法再往下设网格。"), status=422) from no_room
    node.save(update_fields=["path"])
    tell(verb, node, actor=actor, now=now, after={"code": node.code, "name": node.name, "parent": node.parent_id})
    return node


def rename_node(
    node: Node, name: str, *, actor: Actor, now: datetime, name_en: str | None = None, on: date | None = None
) -> Node:
    """Give a node another name from a day on; the former name is kept with its dates and still finds the node."""
    clean = clean_name(name)
    with writing():
        touch(*BOTH)
        found = open_node(node)
        day, old = day_of_change(on, now, [found]), found.name
        if clean != old:
            last = _former_names(found).order_by("-valid_to").first()
            since = last.valid_to if last else found.valid_from
            if since and day < since:
                text = _("这个日期之前网格已改过名，请填写更晚的日期。")
                raise Refused("date-before-start", text, status=422, fields={"on": text})
            if since != day:  # a name borne for no whole day was a slip of the pen
                NodeAlias.objects.create(node=found, kind=AliasKind.NAME, value=old, valid_from=since, valid_to=day)
        found.name = clean
        if name_en is not None:
            found.name_en = clean_english(name_en)
        found.save(update_fields=["name", "name_en"])
        tell("rename_node", found, actor=actor, now=now, before={"name": old}, after={"name": clean, "on": str(day)})
    return found


def _former_names(node: Node) -> QuerySet[NodeAlias]:
    return NodeAlias.objects.filter(node=node, kind=AliasKind.NAME, valid_to__isnull=False)


def describe_node(
    node: Node,
    *,
    actor: Actor,
    now: datetime,
    households: int | None = None,
    public_text: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Node:
    """Edit what is not dated: households, the public text on areas and duties, further attributes."""
    households = None if households is None else clean_count(households)
    with writing():
        touch(Topic.GROUND)  # the map shows these, and asks the revision whether it is still fresh
        found = open_node(node)
        given = {"households": households, "public_text": public_text, "attributes": attributes}
        fields = [field for field, value in given.items() if value is not None]
        before = {field: getattr(found, field) for field in fields}
        for field in fields:
            setattr(found, field, given[field])
        found.save(update_fields=fields)
        after = {field: given[field] for field in fields}
        tell("describe_node", found, actor=actor, now=now, before=before, after=after)
    return found


def add_node_alias(node: Node, value: str, *, kind: AliasKind, actor: Actor, now: datetime) -> NodeAlias:
    """Note another system's code or an everyday name. Raises Refused for a code that already stands for a node."""
    clean = clean_name(value, field="value")
    with writing():
        touch(Topic.BOOK)
        found = open_node(node)
        if kind == AliasKind.CODE and is_code_taken(clean):
            text = _("代码 %(code)s 已经用过，不能再用。") % {"code": clean}
            raise Refused("code-taken", text, fields={"value": text})
        alias, is_new = NodeAlias.objects.get_or_create(node=found, kind=kind, value=clean, valid_from=None)
        if is_new:
            tell("add_node_alias", found, actor=actor, now=now, after={"kind": kind, "value": clean})
    return alias


def set_boundary(node: Node, geometry: Shape, *, actor: Actor, now: datetime, crs: str = Crs.WGS84) -> Node:
    """Draw a node's boundary, or correct the drawing of the same ground (other ground: `redraw_node`).

    `geometry`: GeoJSON polygon (mapping or text) or shapely shape in `crs`. Raises Refused as `geometry.polygon_from`.
    """
    shape = polygon_from(geometry, crs)
    with writing():
        touch(Topic.GROUND)
        found = open_node(node)
        was_drawn = found.boundary is not None
        draw(found, shape)
        found.save(update_fields=DRAWN)
        box = [found.min_lon, found.min_lat, found.max_lon, found.max_lat]
        tell("set_boundary", found, actor=actor, now=now, before={"drawn": was_drawn}, after={"bbox": box, "crs": crs})
    return found


def draw(node: Node, shape: BaseGeometry) -> None:
    """Put a valid WGS-84 polygon on an unsaved node: its boundary, its box, a point surely inside."""
    node.boundary = shapely.to_wkb(shape)
    node.min_lon, node.min_lat, node.max_lon, node.max_lat = shape.bounds
    node.lon, node.lat = label_point(shape)


def close_node(node: Node, *, actor: Actor, now: datetime, on: date | None = None, into: Sequence[Node] = ()) -> Node:
    """End a node on a day; `into` names the open nodes that take its ground over (merge: one, split: several).

    One successor takes its buildings, estates, doors, children and foreign codes along. Otherwise these must have been
    closed or moved before: raises Refused `node-in-use` saying what is still there. Posts and open cases follow the
    ground (`events.ended`), what is over stays with the old node; whoever stands above asks `queries.successors`.
    """
    with writing():
        touch(*BOTH)
        found = open_node(node)
        after = [open_node(one) for one in into]
        day = day_of_change(on, now, [found, *after])
        if any(rules.is_within(one.path, found.path) for one in after):
            raise Refused("wrong-successor", _("接替的网格不能是它自己或它的下级。"), status=422)
        if len(after) == 1:
            _hand_over(found, after[0], day, actor=actor, now=now)
        _check_empty(found)
        _end(found, after, day, now=now)
        tell("close_node", found, actor=actor, now=now, after={"on": str(day), "into": [one.pk for one in after]})
    return found


def _check_empty(node: Node) -> None:
    left = {
        _("下级网格"): Node.objects.filter(parent=node, valid_to__isnull=True).count(),
        _("小区"): Estate.objects.filter(node=node, ended_on__isnull=True).count(),
        _("楼栋"): Building.objects.filter(node=node, ended_on__isnull=True).count(),
    }
    still = "、".join(f"{label} {count}" for label, count in left.items() if count)
    if still:
        what = {"name": node.name, "still": still}
        text = _("%(name)s 还有：%(still)s。请先移到别的网格，或指定一个接替的网格。") % what
        raise Refused("node-in-use", text)


def _end(node: Node, after: Sequence[Node], day: date, *, now: datetime) -> None:
    node.valid_to = day
    node.save(update_fields=["valid_to"])
    Succession.objects.bulk_create([Succession(before=node, after=one, on=day) for one in after])
    ended.send(sender=Node, before=node, after=list(after), team=list(after), on=day, now=now)


def _hand_over(before: Node, after: Node, day: date, *, actor: Actor, now: datetime) -> None:
    """Everything that stands on `before` stands on `after` from now on; children move with dates of their own."""
    for child in Node.objects.filter(parent=before, valid_to__isnull=True).select_related("tier").order_by("code"):
        _move(child, after, max(day, child.valid_from), actor=actor, now=now)
    _carry_places(before, after)


def _carry_places(before: Node, after: Node) -> None:
    for model in (Estate, Building, Door):
        model._default_manager.filter(node=before).update(node=after)
    NodeAlias.objects.filter(node=before, kind=AliasKind.CODE).update(node=after)
    NodeAlias.objects.create(node=after, kind=AliasKind.CODE, value=before.code)


def move_node(node: Node, parent: Node, *, actor: Actor, now: datetime, on: date | None = None) -> Node:
    """Put a node with all below it under another parent: the old ones close, new ones with new codes open.

    Returns the new node. The old codes become aliases of the new nodes; buildings, estates and doors go along; what
    happened before stays with the old nodes. Raises Refused for a parent inside it or of a wrong tier.
    """
    with writing():
        touch(*BOTH)
        found, above = open_node(node), open_node(parent)
        if rules.is_within(above.path, found.path):
            raise Refused("own-descendant", _("不能把网格移到它自己或它的下级之下。"), status=422)
        if above.pk == found.parent_id:
            raise Refused("same-parent", _("它已经在这个上级之下。"))
        moving = list(Node.objects.filter(path__startswith=found.path, valid_to__isnull=True))
        return _move(found, above, day_of_change(on, now, [*moving, above]), actor=actor, now=now)


def _move(node: Node, parent: Node, day: date, *, actor: Actor, now: datetime) -> Node:
    check_tier(node.tier, parent)
    kind = NodeKind(node.kind)
    opened = _copy(node, parent, new_code(node.tier, parent, kind, None), day)
    insert(opened, actor=actor, now=now, verb="move_node")
    for child in Node.objects.filter(parent=node, valid_to__isnull=True).select_related("tier").order_by("code"):
        _move(child, opened, max(day, child.valid_from), actor=actor, now=now)
    _carry_places(node, opened)
    _end(node, [opened], day, now=now)
    return opened


def _copy(node: Node, parent: Node | None, code: str, day: date) -> Node:
    """A new node with the ground and words of another."""
    same = ("tier", "name", "name_en", "kind", "households", "boundary", "min_lon", "min_lat", "max_lon", "max_lat",
            "lon", "lat", "public_text", "attributes")  # fmt: skip
    return Node(code=code, parent=parent, valid_from=day, **{field: getattr(node, field) for field in same})


def redraw_node(
    node: Node, geometry: Shape, *, actor: Actor, now: datetime, crs: str = Crs.WGS84, on: date | None = None
) -> Node:
    """Give a node other ground from a day on: it closes, and another with the same name and a new code opens."""
    shape = polygon_from(geometry, crs)
    with writing():
        touch(*BOTH)
        found = open_node(node)
        if found.parent is None:
            raise Refused("root-redrawn", _("总网格不能重划，请直接修改它的边界。"))
        day = day_of_change(on, now, [found])
        opened = _copy(found, found.parent, new_code(found.tier, found.parent, NodeKind(found.kind), None), day)
        draw(opened, shape)
        insert(opened, actor=actor, now=now, verb="redraw_node")
        _hand_over(found, opened, day, actor=actor, now=now)
        _end(found, [opened], day, now=now)
    return opened
