"""Reads of adjustments, each limited to the ground where the actor may change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from yemai.base.access.queries import Reach, reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.territory.models import Building, Node, Tier
from yemai.base.territory.queries import light_nodes, valid_on
from yemai.kernel.refusals import Absent

from .models import Adjustment
from .terms import WAITING

SHOWN = 50


def ground_reach(actor: Person) -> Reach:
    """The ground an actor may change."""
    return reach(actor, Permission.TERRITORY_EDIT)


def adjustments_for(actor: Person) -> QuerySet[Adjustment]:
    """Adjustments in reach, newest first."""
    found = Adjustment.objects.filter(ground_reach(actor).q("path")).select_related("made_by")
    return found.prefetch_related(Prefetch("before", light_nodes()))


def adjustment_for(actor: Person, adjustment_id: int) -> Adjustment:
    """One in reach. Raises Absent."""
    found = adjustments_for(actor).filter(pk=adjustment_id).first()
    if found is None:
        raise Absent(_("没有找到这项调整，或您无权查看。"))
    return found


def nodes_for(actor: Person, words: str) -> list[Node]:
    """Open nodes in reach below the root, by name or code, those of the tree's order first."""
    found = light_nodes().filter(ground_reach(actor).q(), valid_on(), parent__isnull=False).select_related("parent")
    if words:
        found = found.filter(Q(name__icontains=words) | Q(name_en__icontains=words) | Q(code__startswith=words))
    return list(found.order_by("path")[:SHOWN])


def node_in_reach(actor: Person, key: str) -> Node:
    """An open node whose parent's ground the actor may change. Raises Absent."""
    own = ground_reach(actor)
    found = None
    if key.isdecimal():
        found = light_nodes().filter(own.q(), valid_on(), pk=int(key)).select_related("parent").first()
    if found is None:
        raise Absent(_("没有找到这个网格，或您无权查看。"))
    return found


def beside(actor: Person, node: Node) -> QuerySet[Node]:
    """Open nodes of the same tier under the same parent, the node itself left out."""
    found = light_nodes().filter(ground_reach(actor).q(), valid_on(), parent=node.parent_id, tier=node.tier_id)
    return found.exclude(pk=node.pk).order_by("code")


def parents_for(actor: Person, node: Node) -> QuerySet[Node]:
    """Open nodes that `node` could be put under."""
    found = light_nodes().filter(ground_reach(actor).q(), valid_on(), tier__depth__lt=node.tier.depth)
    return found.exclude(pk=node.parent_id or 0).order_by("path")


def buildings_of(node: Node) -> list[Building]:
    """Standing buildings, along the longer side of the ground: west to east, or south to north."""
    found = list(
        Building.objects.filter(node=node, ended_on__isnull=True)
        .select_related("estate")
        .order_by("estate__name", "pk")
    )
    placed = [one for one in found if one.lon is not None and one.lat is not None]
    if len(placed) == len(found) and found:
        wide = max(one.lon or 0 for one in found) - min(one.lon or 0 for one in found)
        high = max(one.lat or 0 for one in found) - min(one.lat or 0 for one in found)
        found.sort(key=lambda one: ((one.lon if wide >= high else one.lat) or 0, one.pk))
    return found


def waiting_count(actor: Person) -> int:
    """Adjustments in reach that are not true yet."""
    return Adjustment.objects.filter(ground_reach(actor).q("path"), state__in=WAITING).count()


# --- the ground as of a day ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TierAsOf:
    """How many nodes of a tier there were on a day, and how many came and went since."""

    tier: Tier
    count: int
    households: int
    ended_since: int
    opened_since: int


def ground_as_of(actor: Person, on: date, today: date) -> list[TierAsOf]:
    """Statistics of the ground in reach on a day, by tier."""
    inside = ground_reach(actor).q()
    then = Node.objects.filter(inside, valid_on(on)).values_list("tier").annotate(n=Count("pk"), h=Sum("households"))
    counts = {tier: (n, h or 0) for tier, n, h in then}
    ended = dict(
        Node.objects.filter(inside, valid_on(on), valid_to__lte=today).values_list("tier").annotate(n=Count("pk"))
    )
    opened = dict(
        Node.objects.filter(inside, valid_on(today), valid_from__gt=on).values_list("tier").annotate(n=Count("pk"))
    )
    return [
        TierAsOf(tier, *counts.get(tier.pk, (0, 0)), ended.get(tier.pk, 0), opened.get(tier.pk, 0))
        for tier in Tier.objects.order_by("depth")
    ]


def nodes_as_of(actor: Person, on: date) -> QuerySet[Node]:
    """The nodes in reach on a day, in the order of the tree."""
    return light_nodes().filter(ground_reach(actor).q(), valid_on(on)).order_by("path")


def shapes_of(nodes: Sequence[Node]) -> QuerySet[Node]:
    """The same nodes with their boundaries."""
    return Node.objects.filter(pk__in=[one.pk for one in nodes], boundary__isnull=False).order_by("code")
