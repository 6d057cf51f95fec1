"""One plan: progress, map, groups, score; a copy of it changed by hand."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission

from ..actions import copy_plan, move_buildings
from ..models import Plan
from ..queries import Standing, ground_of, names_of, plan_for
from ..rules.division import Doubt
from ..terms import Absence, Origin, State
from ..words import DOUBTS, proof_words
from .asking import actor_of, box_of, building_shapes, feature, going, is_part

ROWS_SHOWN = 1_000


@needs(Permission.TERRITORY_EDIT)
def plan_page(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The plan as a map and as a list; or how far it is."""
    plan = plan_for(actor_of(request), plan_id)
    work = going(plan)
    if work["going"] and (is_part(request) or request.method == "HEAD"):
        return render(request, "planning/partials/going.html", work | {"subject": plan})
    shown = work | {"plan": plan, "subject": plan}
    if plan.state == State.DONE:
        shown |= _shown(plan)
    answer = render(request, "planning/plan.html", shown)
    if is_part(request):
        answer["HX-Refresh"] = "true"  # the work has come to its end: the page as a whole is another
    return answer


def _shown(plan: Plan) -> dict[str, Any]:
    ground = ground_of(plan.study).buildings
    teams = names_of(row["keeps"] for row in plan.groups if row["keeps"] is not None)
    groups = [
        row | {
            "team": teams.get(row["keeps"], ""), "buildings": len(row["members"]),
            "names": "、".join(ground[key].name for key in row["members"] if key in ground),
            "doubt_words": DOUBTS[Doubt(row["doubt"])] if row["doubt"] else "",
        }
        for row in plan.groups
    ]  # fmt: skip
    known = {key for row in plan.groups for key in row["members"]}
    return {
        "groups": groups[:ROWS_SHOWN], "more": max(0, len(groups) - ROWS_SHOWN),
        "by_hand": plan.origin == Origin.HAND and plan.adopted_on is None,
        "proof": proof_words(plan.score, plan.source_id is not None),
        "left_out": [(name, Absence(why).label) for _pk, name, why in plan.left_out],
        "changed": len(known ^ ground.keys()),
    }  # fmt: skip


@needs(Permission.TERRITORY_EDIT)
def plan_map(request: HttpRequest, plan_id: int) -> HttpResponse:
    """GeoJSON (WGS-84): the groups' ground, then the buildings, each with its group."""
    plan = plan_for(actor_of(request), plan_id)
    ground = ground_of(plan.study).buildings
    group_of = {key: row for row in plan.groups for key in row["members"]}
    drawn: list[Standing] = [one for key, one in ground.items() if key in group_of]
    features = [
        feature(
            shape, area=row["number"], colour=row["colour"], households=row["households"], doubt=bool(row["doubt"]),
            apart=not row["is_contiguous"],
        )
        for row, shape in zip(plan.groups, plan.areas, strict=True)
    ]  # fmt: skip
    features += [
        feature(
            shape, building=one.pk, name=one.name, households=one.households, group=group_of[one.pk]["number"],
            colour=group_of[one.pk]["colour"], at=[round(one.lon, 6), round(one.lat, 6)],
        )
        for one, shape in zip(drawn, building_shapes(drawn), strict=True)
    ]  # fmt: skip
    return JsonResponse(
        {"type": "FeatureCollection", "bbox": box_of(drawn), "version": plan.version, "features": features},
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )


@needs(Permission.TERRITORY_EDIT)
def copy(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A copy to be changed by hand."""
    actor = actor_of(request)
    plan = plan_for(actor, plan_id)
    if request.method == "POST":
        plan = copy_plan(plan, actor=actor, now=timezone.now())
    return redirect("planning:plan", plan_id=plan.pk)


@needs(Permission.TERRITORY_EDIT)
def move(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Put the chosen buildings into another group; the score follows at once."""
    actor = actor_of(request)
    plan = plan_for(actor, plan_id)
    if request.method == "POST":
        buildings = [int(one) for one in request.POST.get("buildings", "").split(",") if one.strip().isdecimal()]
        target = request.POST.get("target", "")
        plan = move_buildings(
            plan, buildings, int(target) if target.isdecimal() else None, actor=actor, now=timezone.now()
        )
        if is_part(request):
            answer = render(request, "planning/partials/outcome.html", {"plan": plan} | _shown(plan))
            answer["HX-Trigger"] = "plan-changed"
            return answer
    return redirect("planning:plan", plan_id=plan.pk)
