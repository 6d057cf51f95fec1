"""Reads of the ground: the tree as of a day, who stands above and below, what the public board says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import shapely
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from yemai.kernel.refusals import Absent, Refused

from . import rules
from .geometry import stored
from .models import Building, Door, Estate, Node, NodeAlias, Tier
from .terms import AliasKind, in_language


def within(paths: Iterable[str], column: str = "path") -> Q:
    """Rows whose path column lies in one of the subtrees: indexed ranges. No path covers nothing."""
    ranges = Q()
    for path in rules.minimal(paths):
        low, high = rules.subtree(path)
        ranges |= Q(**{f"{column}__gte": low, f"{column}__lt": high})
    return ranges if ranges else Q(pk__in=[])


def valid_on(on: date | None = None) -> Q:
    """Nodes that are in force on a day; None means now, and is the cheaper question."""
    if on is None:
        return Q(valid_to__isnull=True)
    return Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))


# --- the ladder ----------------------------------------------------------------------------------------------------


def tiers() -> QuerySet[Tier]:
    """The ladder from the top down."""
    return Tier.objects.order_by("depth")


def settling_tier() -> Tier:
    """The tier cases land in. Raises Refused while no ladder is installed."""
    tier = Tier.objects.filter(is_settling=True).first()
    if tier is None:
        raise Refused("no-ladder", _("尚未设置层级。请先运行初始化或在后台选择一种层级。"), status=409)
    return tier


# --- nodes ---------------------------------------------------------------------------------------------------------


def light_nodes() -> QuerySet[Node]:
    """Nodes with their tier and without their boundary, which may be hundreds of kilobytes and only maps need."""
    return Node.objects.select_related("tier").defer("boundary")


def nodes_in(paths: Iterable[str], *, on: date | None = None, tier: str | None = None) -> QuerySet[Node]:
    """Nodes in the subtrees on a day, by code; `tier` is a tier's key."""
    found = light_nodes().filter(within(paths), valid_on(on))
    return (found.filter(tier__key=tier) if tier else found).order_by("code")


def node_for(paths: Iterable[str], key: int | str) -> Node:
    """The node with this id (int) or code (str), where the paths reach it; raises Absent otherwise.

    A code that now is an alias (moved node, another system's code) finds the node that bears it today. A closed node is
    found too: what happened on it stays readable.
    """
    reachable = (
        light_nodes().filter(within(paths)).select_related("tier", "parent").defer("boundary", "parent__boundary")
    )
    if isinstance(key, int):
        found = reachable.filter(pk=key).first()
    else:
        found = reachable.filter(code=key, valid_to__isnull=True).first()
        found = found or reachable.filter(aliases__kind=AliasKind.CODE, aliases__value=key).first()
        found = found or reachable.filter(code=key).first()
    if found is None:
        raise Absent(_("没有找到这个网格，或您无权查看。"))
    return found


def _roots() -> QuerySet[Node]:
    return light_nodes().filter(parent__isnull=True, valid_to__isnull=True).order_by("pk")


def has_town() -> bool:
    """Whether the ground has been laid."""
    return _roots().exists()


def town_name() -> str:
    """What the town is called in the language of the page; empty while there is none."""
    root = _roots().values_list("name", "name_en").first()
    return in_language(*root) if root else ""


def town() -> Node:
    """The root of the ground: the town centre. Raises Refused while there is none."""
    root = _roots().first()
    if root is None:
        raise Refused("no-town", _("尚未建立总网格。请先完成初始化。"), status=409)
    return root


def town_of(node: Node) -> Node:
    """The root above a node (itself for a root)."""
    return node if node.parent_id is None else light_nodes().get(pk=rules.ids_of(node.path)[0])


def ancestors(node: Node) -> list[Node]:
    """From the root down to the parent."""
    ids = rules.ids_of(node.path)[:-1]
    return list(light_nodes().filter(pk__in=ids).order_by("path")) if ids else []


def breadcrumb(node: Node) -> list[Node]:
    """From the root down to the node itself."""
    return [*ancestors(node), node]


def children(node: Node, *, on: date | None = None) -> QuerySet[Node]:
    """Direct children on a day, by code."""
    return light_nodes().filter(valid_on(on), parent=node).order_by("code")


def settling_nodes(path: str = "", *, on: date | None = None) -> QuerySet[Node]:
    """Nodes cases land in, in a subtree ("" for everywhere), by code."""
    low, high = rules.subtree(path)
    found = light_nodes().filter(valid_on(on), tier__is_settling=True, path__gte=low, path__lt=high)
    return found.order_by("code")


def settling_node(node: Node) -> Node | None:
    """The node where a case of `node` lands: itself, the settling one above it, or its only one below; else None."""
    low, high = rules.subtree(node.path)
    around = Q(path__gte=low, path__lt=high) | Q(pk__in=rules.ids_of(node.path))
    candidates = light_nodes().filter(around, valid_on(), tier__is_settling=True)
    found = list(candidates[:2])
    return found[0] if len(found) == 1 else None


def successors(node: Node) -> list[Node]:
    """The open nodes that took over a closed node's ground, through any number of changes; by code."""
    seen: set[int] = set()
    found: dict[int, Node] = {}
    edge = [node]
    while edge:
        following = light_nodes().filter(follows__before__in=edge).exclude(pk__in=seen)
        edge = list(following.distinct())
        seen |= {one.pk for one in edge}
        found |= {one.pk: one for one in edge if one.valid_to is None}
    return sorted(found.values(), key=lambda one: one.code)


def successor_at(after: Sequence[Node], lon: float | None, lat: float | None) -> Node:
    """Of the nodes that took some ground over, the one a point lies in; the first (with most of it) where none is sure."""
    if lon is not None and lat is not None:
        for one in after:
            shape = stored(one.boundary)
            if shape is not None and shapely.intersects_xy(shape, lon, lat):
                return one
    return after[0]


def name_on(node: Node, on: date) -> str:
    """The name a node bore on a day."""
    former = NodeAlias.objects.filter(node=node, kind=AliasKind.NAME, valid_to__isnull=False)
    spans = [rules.NamedSpan(one.value, one.valid_from, one.valid_to) for one in former]
    return rules.name_on(on, node.name, spans)


def is_code_taken(code: str) -> bool:
    """Whether a code stands or ever stood for a node."""
    return Node.objects.filter(code=code).exists() or (
        NodeAlias.objects.filter(kind=AliasKind.CODE, value=code).exists()
    )


# --- buildings, estates, doors -------------------------------------------------------------------------------------


def estates_in(paths: Iterable[str]) -> QuerySet[Estate]:
    """Standing estates in the subtrees, by name."""
    return (
        Estate.objects.filter(within(paths, "node__path"), ended_on__isnull=True)
        .select_related("node")
        .defer("node__boundary")
    )


def buildings_in(paths: Iterable[str]) -> QuerySet[Building]:
    """Standing buildings in the subtrees."""
    found = Building.objects.filter(within(paths, "node__path"), ended_on__isnull=True)
    return found.select_related("node", "estate").defer("footprint", "node__boundary")


def door_named(token: str) -> Door | None:
    """The door of a QR token; None for one that is unknown (another town's), revoked, or of a node that is no more."""
    found = Door.objects.filter(token=token, revoked_at__isnull=True, node__valid_to__isnull=True)
    light = found.select_related("node__tier", "building__estate").defer("node__boundary", "building__footprint")
    return light.first()


# --- the public board ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Board:
    """What a node's public board says of the ground (GB/T practice: name, area, duties; people come from elsewhere)."""

    node: Node
    name: str
    breadcrumb: list[Node]
    public_text: str
    households: int
    """As entered for the node, else the sum over its buildings, else over its children."""
    buildings: int
    estates: list[str]
    building_names: list[str]
    """At most 200, with their estate in front."""
    children: list[Node]


BOARD_BUILDINGS = 200


def board(node: Node, *, on: date | None = None) -> Board:
    """The facts of a node's public board on a day (buildings as they stand today)."""
    standing = buildings_in([node.path])
    counted = standing.aggregate(count=Count("pk"), households=Sum("households"))
    below = list(children(node, on=on))
    named = standing.order_by("estate__name", "id").values_list("estate__name", "name")[:BOARD_BUILDINGS]
    estates = standing.filter(estate__isnull=False).values_list("estate__name", flat=True).distinct()
    whole = estates_in([node.path]).values_list("name", flat=True)
    households = node.households or counted["households"] or sum(one.households for one in below)
    return Board(
        node=node,
        name=name_on(node, on) if on else node.name,
        breadcrumb=breadcrumb(node),
        public_text=node.public_text,
        households=households,
        buildings=int(counted["count"]),
        estates=sorted({*estates.order_by("estate__name"), *whole}),
        building_names=[f"{estate or ''}{name}" for estate, name in named],
        children=below,
    )


@dataclass(frozen=True)
class SizeWarning:
    """A node whose household count is outside its tier's customary range."""

    node: Node
    doubt: rules.SizeDoubt


def size_warnings(paths: Iterable[str]) -> list[SizeWarning]:
    """Open nodes larger or smaller than customary; never a reason to refuse anything."""
    ranged = Q(tier__households_min__isnull=False) | Q(tier__households_max__isnull=False)
    found = []
    for node in nodes_in(paths).filter(ranged):
        doubt = rules.household_doubt(node.households, node.tier.households_min, node.tier.households_max)
        if doubt:
            found.append(SizeWarning(node, doubt))
    return found


def paths_of(nodes: Sequence[Node]) -> list[str]:
    """The fewest paths that cover these nodes."""
    return rules.minimal(node.path for node in nodes)
