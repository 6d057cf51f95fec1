"""Reads of the planning desk, each limited to the ground where the actor may change it."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import shapely
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.access.queries import Reach, reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.territory.geometry import stored
from yemai.base.territory.models import Building, Estate, Node, Tier
from yemai.base.territory.queries import buildings_in, estates_in, nodes_in
from yemai.base.territory.rules import is_within
from yemai.kernel.refusals import Absent

from .models import Plan, Proposal, Station, Study
from .rules.costs import Sizes
from .rules.ground import House
from .terms import Absence

SHOWN = 50
"""Nodes and estates offered at a time; the search finds the others."""


def planning_reach(actor: Person) -> Reach:
    """The ground an actor may plan: where they may change it."""
    return reach(actor, Permission.TERRITORY_EDIT)


# --- studies and plans ---------------------------------------------------------------------------------------------


def studies_for(actor: Person) -> QuerySet[Study]:
    """Studies in reach, newest first, with the number of their plans."""
    found = Study.objects.filter(planning_reach(actor).q("node__path")).select_related("node", "estate", "made_by")
    return found.defer("area", "node__boundary").annotate(plan_count=Count("plans"))


def study_for(actor: Person, study_id: int) -> Study:
    """A study in reach. Raises Absent."""
    found = studies_for(actor).defer(None).defer("node__boundary").filter(pk=study_id).first()
    if found is None:
        raise Absent(_("没有找到这个规划课题，或您无权查看。"))
    return found


def plans_of(study: Study) -> QuerySet[Plan]:
    """Plans of a study by number, without their shapes."""
    return study.plans.select_related("source", "made_by").defer("areas", "groups").order_by("number")


def plan_for(actor: Person, plan_id: int) -> Plan:
    """A plan of a study in reach. Raises Absent."""
    inside = planning_reach(actor).q("study__node__path")
    found = Plan.objects.filter(inside, pk=plan_id).select_related("study__node", "study__estate", "made_by", "source")
    plan = found.defer("areas", "study__node__boundary", "source__areas", "source__groups").first()
    if plan is None:
        raise Absent(_("没有找到这个规划方案，或您无权查看。"))
    return plan


def customary() -> Sizes:
    """The range of households of the settling tier; 30 to 80 where it has none."""
    tier = Tier.objects.filter(is_settling=True).first()
    least, most = (tier.households_min or 30, tier.households_max or 80) if tier else (30, 80)
    return Sizes(least, max(least, most))


@dataclass(frozen=True)
class Standing:
    """A building as planning sees it."""

    pk: int
    name: str
    """With its estate in front."""
    households: int
    lon: float
    lat: float
    shape: BaseGeometry | None
    node_id: int
    parent_id: int
    """The node its micro-grid lies in: no micro-grid reaches beyond it."""
    estate_id: int | None
    is_settled: bool
    """Whether it stands in a micro-grid, so that it has a team of today."""


@dataclass(frozen=True)
class Ground:
    """The buildings of a study: those that can be placed, and those of which something is to be said."""

    buildings: dict[int, Standing]
    left_out: list[tuple[int, str, Absence]]

    def houses(self, *, keeps_teams: bool = True, crosses_estates: bool = False) -> list[House]:
        """As the rules take them; a micro-grid stays under one parent, and in one estate unless it may cross."""

        def bounds(one: Standing) -> Hashable:
            return f"{one.parent_id}" if crosses_estates else f"{one.parent_id}/{one.estate_id or ''}"

        return [
            House(
                one.pk, one.lon, one.lat, one.households, estate=bounds(one), shape=one.shape,
                team=one.node_id if keeps_teams and one.is_settled else None,
            )
            for one in self.buildings.values()
        ]  # fmt: skip


COLUMNS = (
    "pk", "name", "estate__name", "households", "lon", "lat", "footprint", "node_id", "node__parent_id",
    "node__tier__is_settling", "estate_id",
)  # fmt: skip


def _of(study: Study, within: Q) -> QuerySet[Building]:
    """Standing buildings of a study among those a condition allows."""
    found = Building.objects.filter(within, ended_on__isnull=True).order_by("pk")
    if study.estate_id is not None:
        found = found.filter(estate=study.estate_id)
    shape = stored(study.area)
    if shape is None:
        return found
    west, south, east, north = shape.bounds
    return found.filter(lon__range=(west, east), lat__range=(south, north))


def ground_of(study: Study) -> Ground:
    """The buildings a study is about, as they stand now."""
    node = study.node
    return _ground(_of(study, Reach((node.path,)).q("node__path")), stored(study.area))


def ground_of_path(path: str) -> Ground:
    """The buildings under a path, as they stand now."""
    return _ground(Building.objects.filter(Reach((path,)).q("node__path"), ended_on__isnull=True).order_by("pk"), None)


def ground_under(nodes: Iterable[int]) -> Ground:
    """The buildings of these micro-grids, as they stand now."""
    return _ground(Building.objects.filter(node__in=list(nodes), ended_on__isnull=True).order_by("pk"), None)


def _ground(found: QuerySet[Building], area: BaseGeometry | None) -> Ground:
    buildings: dict[int, Standing] = {}
    left_out: list[tuple[int, str, Absence]] = []
    for pk, name, estate, households, lon, lat, footprint, node, parent, settled, estate_id in found.values_list(
        *COLUMNS
    ):
        shape = stored(footprint)
        if lon is None and shape is not None:
            lon, lat = shape.centroid.x, shape.centroid.y
        full = f"{estate or ''}{name}"
        if lon is None:
            left_out.append((pk, full, Absence.NO_PLACE))
            continue
        if area is not None and not shapely.contains_xy(area, lon, lat):
            continue
        if not households:
            left_out.append((pk, full, Absence.NO_HOUSEHOLDS))
        above = parent if settled and parent is not None else node
        buildings[pk] = Standing(pk, full, households, lon, lat, shape, node, above, estate_id, bool(settled))
    return Ground(buildings, left_out)


@dataclass(frozen=True)
class Choice:
    """Ground that can be chosen for a study or a proposal."""

    key: str
    name: str
    within: str
    buildings: int
    households: int


def choices_for(actor: Person, words: str = "") -> list[Choice]:
    """Nodes above the micro-grids, then estates, in reach and by name, with what stands on them."""
    paths = planning_reach(actor).paths
    nodes = nodes_in(paths).filter(tier__is_settling=False)
    estates = estates_in(paths)
    if words:
        nodes, estates = nodes.filter(name__icontains=words), estates.filter(name__icontains=words)
    standing = buildings_in(paths).order_by()
    per_grid = list(standing.values_list("node__path").annotate(n=Count("pk"), h=Sum("households")))
    found = []
    for node in nodes.order_by("path")[:SHOWN]:
        own = [(count, load or 0) for path, count, load in per_grid if is_within(path, node.path)]
        counts = sum(count for count, _load in own), sum(load for _count, load in own)
        found.append(Choice(f"node-{node.pk}", node.label, str(node.tier), *counts))
    listed = list(estates.order_by("name", "pk")[:SHOWN])
    inside = standing.filter(estate__in=listed).values_list("estate").annotate(n=Count("pk"), h=Sum("households"))
    per = {estate: (count, load or 0) for estate, count, load in inside}
    for estate in listed:
        found.append(Choice(f"estate-{estate.pk}", estate.name, estate.node.label, *per.get(estate.pk, (0, 0))))
    return found


def chosen_ground(actor: Person, key: str) -> tuple[Node, Estate | None]:
    """The node and estate of a `Choice.key`, in reach. Raises Absent."""
    paths = planning_reach(actor).paths
    kind, _dash, number = key.partition("-")
    if number.isdecimal() and kind == "node":
        node = nodes_in(paths).filter(pk=int(number)).first()
        if node is not None:
            return node, None
    if number.isdecimal() and kind == "estate":
        estate = estates_in(paths).filter(pk=int(number)).first()
        if estate is not None:
            return estate.node, estate
    raise Absent(_("没有找到这片地，或您无权规划它。"))


def names_of(nodes: Iterable[int]) -> dict[int, str]:
    """Names of nodes by id."""
    return {one.pk: one.label for one in Node.objects.filter(pk__in=set(nodes)).only("pk", "name", "name_en")}


# --- stations and proposals ----------------------------------------------------------------------------------------


def stations_in(within: Reach | Sequence[str]) -> QuerySet[Station]:
    """Stations that stand in a reach (or under paths), by name."""
    reached = within if isinstance(within, Reach) else Reach(tuple(within))
    found = Station.objects.filter(reached.q("node__path"), ended_on__isnull=True)
    return found.select_related("node").defer("node__boundary").order_by("name", "pk")


def station_for(actor: Person, station_id: int) -> Station:
    """A standing station in reach. Raises Absent."""
    found = stations_in(planning_reach(actor)).filter(pk=station_id).first()
    if found is None:
        raise Absent(_("没有找到这个站点，或您无权修改。"))
    return found


def proposals_for(actor: Person, question: str) -> QuerySet[Proposal]:
    """Proposals in reach that answer a question, newest first."""
    found = Proposal.objects.filter(planning_reach(actor).q("node__path"), question=question)
    return found.select_related("node", "made_by").defer("result", "node__boundary")


def proposal_for(actor: Person, proposal_id: int) -> Proposal:
    """A proposal in reach. Raises Absent."""
    found = Proposal.objects.filter(planning_reach(actor).q("node__path"), pk=proposal_id)
    proposal = found.select_related("node", "made_by").defer("node__boundary").first()
    if proposal is None:
        raise Absent(_("没有找到这个规划建议，或您无权查看。"))
    return proposal
