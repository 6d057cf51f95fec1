"""Writes of the planning desk: studies, plans and their changes by hand, stations, proposals."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import shapely
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.audit.actions import record
from yemai.base.jobs.actions import enqueue
from yemai.base.people.models import Person
from yemai.base.territory.actions.checks import clean_name
from yemai.base.territory.geometry import point_from, polygon_from
from yemai.base.territory.models import Estate, Node
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from . import results
from .models import Plan, Proposal, Station, Study
from .queries import Ground, ground_of
from .rules import areas as drawing
from .rules.division import Plan as Found
from .rules.division import PlannedGroup
from .rules.ground import House
from .rules.judging import judge
from .terms import PLACES_MOST, Origin, Question, State, StationKind

DIGITS = 7
"""Decimals of a degree kept of an area: a centimetre, far below what a survey knows."""


def start_study(name: str, *, node: Node, estate: Estate | None, area: str, actor: Person, now: datetime) -> Study:
    """Choose ground to be divided; `area` is GeoJSON of a polygon drawn on the map ("": all of it).

    Raises Refused where no building with a place stands on it.
    """
    if len(area) > PLACES_MOST:
        raise Refused("too-long", _("画的范围太复杂，请少画几个点。"), status=422, fields={"area": _("画的范围太复杂")})
    shape = polygon_from(area) if area else None
    with writing():
        study = Study.objects.create(
            name=clean_name(name),
            node=node,
            estate=estate,
            area=shape and shapely.to_wkb(shape),
            made_by=actor,
            made_at=now,
        )
        if not ground_of(study).buildings:
            text = _("这片地上没有带坐标的楼栋，先在地址簿里补充楼栋和位置，再来规划。")
            raise Refused("no-buildings", text, status=422)
        record(actor=actor, action="start_study", subject=study, now=now, after={"name": study.name})
    return study


def ask_plan(study: Study, asked: Mapping[str, Any], *, actor: Person, now: datetime) -> Plan:
    """Have a plan made by the worker; `asked`: least, most, weights, keeps_teams, crosses_estates, seconds."""
    with writing():
        plan = Plan.objects.create(study=study, number=_next_number(study), made_by=actor, made_at=now, **asked)
        enqueue("planning.divide", {"plan": plan.pk}, key=job_key(plan))
    return plan


def job_key(subject: Plan | Proposal) -> str:
    """The key under which the work on a plan or proposal is queued."""
    return f"{subject._meta.model_name}-{subject.pk}"


def _next_number(study: Study) -> int:
    Study.objects.select_for_update().get(pk=study.pk)
    return (study.plans.aggregate(last=Max("number"))["last"] or 0) + 1


def keep_plan(plan: Plan, found: Found, ground: Ground, houses: Sequence[House]) -> None:
    """Keep what the solver found."""
    households = {one.key: one.households for one in houses}
    sizes, _weights = results.settings_of(plan.least, plan.most, plan.weights)
    score = results.parts(found.score, found.groups, sizes, households) | results.proof(found)
    _keep(plan, found.groups, score, houses, [[pk, name, why.value] for pk, name, why in ground.left_out])


def fail(subject: Plan | Proposal, why: str) -> None:
    """Say on the page that it did not work."""
    with writing():
        type(subject)._default_manager.filter(pk=subject.pk).update(
            state=State.FAILED, error=why, finished_at=timezone.now()
        )


def _keep(
    plan: Plan, groups: Sequence[PlannedGroup], score: dict[str, Any], houses: Sequence[House], left_out: list[Any]
) -> None:
    place = {one.key: at for at, one in enumerate(houses)}
    shapes = drawing.areas(houses, [[place[key] for key in one.members] for one in groups])
    colours = drawing.colours(shapes)
    plan.groups = [results.as_row(one, colour) for one, colour in zip(groups, colours, strict=True)]
    plan.areas = [_written(one) for one in shapes]
    plan.score, plan.left_out, plan.state, plan.finished_at = score, left_out, State.DONE, timezone.now()
    with writing():
        plan.save(update_fields=["groups", "areas", "score", "left_out", "state", "finished_at"])


def _written(shape: BaseGeometry) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(shapely.to_geojson(shapely.set_precision(shape, 10.0**-DIGITS)))
    return written


# --- by hand -------------------------------------------------------------------------------------------------------


def copy_plan(plan: Plan, *, actor: Person, now: datetime) -> Plan:
    """A copy to be changed by hand. Raises Refused while the plan is not finished."""
    if plan.state != State.DONE:
        raise Refused("not-done", _("方案还没有算完，算完后才能复制。"))
    with writing():
        return Plan.objects.create(
            study=plan.study, number=_next_number(plan.study), origin=Origin.HAND, source=plan, state=State.DONE,
            least=plan.least, most=plan.most, weights=plan.weights, keeps_teams=plan.keeps_teams,
            crosses_estates=plan.crosses_estates, seconds=plan.seconds, groups=plan.groups, areas=plan.areas,
            score=plan.score, left_out=plan.left_out, made_by=actor, made_at=now, finished_at=now,
        )  # fmt: skip


def move_buildings(plan: Plan, buildings: Sequence[int], target: int | None, *, actor: Person, now: datetime) -> Plan:
    """Put buildings of a hand-made plan into another group (None: a new one); the score follows.

    Nothing is forbidden but to split a building: a group too small, too large or not contiguous says so. Raises Refused
    for a plan of the solver's own, one that was adopted, ground that changed since, or two who change it at once.
    """
    if plan.origin != Origin.HAND or plan.adopted_on is not None:
        raise Refused("not-by-hand", _("只有还没有采用的手工副本可以改；请先复制一份，再移动楼栋。"))
    known = {key for row in plan.groups for key in row["members"]}
    moved = [key for key in dict.fromkeys(buildings) if key in known]
    if not moved or (target is not None and target not in {row["number"] for row in plan.groups}):
        raise Refused("nothing-moved", _("请先选楼栋，再选要移到的组。"), status=422)
    ground = ground_of(plan.study)
    if known != ground.buildings.keys():
        raise Refused("ground-changed", _("方案做出后，这片地的楼栋有增减，请重新计算方案。"))
    houses = ground.houses(keeps_teams=plan.keeps_teams, crosses_estates=plan.crosses_estates)
    sizes, weights = results.settings_of(plan.least, plan.most, plan.weights)
    wanted = results.after_move(plan.groups, moved, target)
    made = judge(houses, wanted, sizes=sizes, weights=weights)
    score = results.parts(made.score, made.groups, sizes, {one.key: one.households for one in houses})
    origin = plan.source.score if plan.source else {}
    rows, shapes = _redrawn(plan, made.groups, houses)
    # Worked out outside the transaction, which would hold up everybody for as long; so nobody may have been faster.
    with writing():
        won = Plan.objects.filter(pk=plan.pk, version=plan.version, adopted_on=None).update(
            groups=rows, areas=shapes, score=score | results.proof_by_hand(made, origin), version=plan.version + 1
        )
    if not won:
        raise Refused("stale", _("刚才有人改了这份方案，请刷新后再移动。"))
    return Plan.objects.select_related("study__node", "source").get(pk=plan.pk)


def _redrawn(
    plan: Plan, groups: Sequence[PlannedGroup], houses: Sequence[House]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows and areas after a move: ground changes hands among the groups that were touched, all else stays."""
    before = {tuple(row["members"]): at for at, row in enumerate(plan.groups)}
    kept = {at: before[one.members] for at, one in enumerate(groups) if one.members in before}
    touched = [at for at in range(len(groups)) if at not in kept]
    gone = [json.dumps(plan.areas[at]) for at in before.values() if at not in set(kept.values())]
    place = {one.key: at for at, one in enumerate(houses)}
    ground = shapely.union_all(shapely.make_valid(shapely.from_geojson(gone)))
    own = sorted(place[key] for at in touched for key in groups[at].members)
    local = {at: number for number, at in enumerate(own)}
    drawn = drawing.areas(
        [houses[at] for at in own], [[local[place[key]] for key in groups[at].members] for at in touched], ground
    )
    shapes = {at: plan.areas[old] for at, old in kept.items()} | {
        at: _written(shape) for at, shape in zip(touched, drawn, strict=True)
    }
    colours = drawing.colours(list(shapely.from_geojson([json.dumps(shapes[at]) for at in range(len(groups))])))
    rows = [results.as_row(one, colour) for one, colour in zip(groups, colours, strict=True)]
    return rows, [shapes[at] for at in range(len(groups))]


def mark_adopted(
    plan: Plan, *, on: date | None, adjustment: int | None, actor: Person | None, now: datetime
) -> None:  # fmt: skip
    """Note that a plan is carried out from a day on (None: no more)."""
    with writing():
        Plan.objects.filter(pk=plan.pk).update(adopted_on=on, adjustment=adjustment)
        record(
            actor=actor, action="adopt_plan", subject=plan, now=now, after={"on": on, "adjustment": adjustment},
            path=plan.study.node.path,
        )  # fmt: skip
    plan.adopted_on, plan.adjustment = on, adjustment


# --- stations and proposals ----------------------------------------------------------------------------------------


def add_station(
    node: Node, name: str, kind: StationKind, lon: float, lat: float, *, actor: Person, now: datetime
) -> Station:
    """Enter a station. Raises Refused where the node has one of that name."""
    clean = clean_name(name)
    at_lon, at_lat = point_from(lon, lat)
    assert at_lon is not None  # noqa: S101 - both were given
    assert at_lat is not None  # noqa: S101 - both were given
    with writing():
        if Station.objects.filter(node=node, name=clean, ended_on__isnull=True).exists():
            text = _("%(node)s 已有名为 %(name)s 的站点。") % {"node": node.label, "name": clean}
            raise Refused("name-taken", text, fields={"name": text})
        station = Station.objects.create(node=node, name=clean, kind=kind, lon=at_lon, lat=at_lat)
        record(actor=actor, action="add_station", subject=station, now=now, after={"name": clean, "kind": kind})
    return station


def end_station(station: Station, *, actor: Person, now: datetime) -> None:
    """Close a station from today on."""
    with writing():
        Station.objects.filter(pk=station.pk, ended_on__isnull=True).update(ended_on=timezone.localdate(now))
        record(actor=actor, action="end_station", subject=station, now=now, before={"name": station.name})


def ask_proposal(question: Question, node: Node, asked: dict[str, Any], *, actor: Person, now: datetime) -> Proposal:
    """Have a proposal worked out by the worker."""
    with writing():
        proposal = Proposal.objects.create(question=question, node=node, asked=asked, made_by=actor, made_at=now)
        enqueue("planning.propose", {"proposal": proposal.pk}, key=job_key(proposal))
    return proposal


def keep_proposal(proposal: Proposal, result: dict[str, Any]) -> None:
    """Keep what was found."""
    with writing():
        Proposal.objects.filter(pk=proposal.pk).update(result=result, state=State.DONE, finished_at=timezone.now())
