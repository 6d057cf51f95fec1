"""The desk, choosing ground, a study with its plans, plans side by side."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.territory.models import Node
from yemai.kernel.refusals import Refused

from ..actions import ask_plan, start_study
from ..forms import LEANINGS, PlanForm
from ..models import Plan
from ..queries import choices_for, chosen_ground, customary, ground_of, plans_of, studies_for, study_for
from ..terms import State
from ..words import proof_words
from .asking import actor_of

COMPARED_MOST = 4


@needs(Permission.TERRITORY_EDIT)
def desk(request: HttpRequest) -> HttpResponse:
    """What is being planned, and the ways to the other questions."""
    return render(request, "planning/desk.html", {"studies": studies_for(actor_of(request))[:100]})


@needs(Permission.TERRITORY_EDIT)
def new_study(request: HttpRequest) -> HttpResponse:
    """Choose ground: a node, an estate, or an area drawn on the map within one of them."""
    actor = actor_of(request)
    words = request.GET.get("q", "").strip()[:80]
    if request.method != "POST":
        found = choices_for(actor, words)
        return render(request, "planning/new.html", {"choices": found, "words": words, "centre": _centre()})
    key = request.POST.get("ground", "")
    if not key:
        raise Refused("missing", _("请先选一片地。"), status=422, fields={"ground": _("请先选一片地。")})
    node, estate = chosen_ground(actor, key)
    area = request.POST.get("area", "").strip()
    name = request.POST.get("name", "").strip() or (estate.name if estate else node.label) + (
        _("（画的范围）") if area else ""
    )
    study = start_study(name, node=node, estate=estate, area=area, actor=actor, now=timezone.now())
    return redirect("planning:study", study_id=study.pk)


def _centre() -> Node | None:
    placed = Node.objects.filter(lon__isnull=False, valid_to__isnull=True)
    return placed.only("lon", "lat").order_by("path").first()


@needs(Permission.TERRITORY_EDIT)
def study_page(request: HttpRequest, study_id: int) -> HttpResponse:
    """What stands on the ground, the plans made for it, and the form for one more."""
    actor = actor_of(request)
    study = study_for(actor, study_id)
    form = PlanForm(request.POST or None, sizes=customary())
    if request.method == "POST" and form.is_valid():
        plan = ask_plan(study, form.asked(), actor=actor, now=timezone.now())
        return redirect("planning:plan", plan_id=plan.pk)
    ground = ground_of(study)
    plans = list(plans_of(study))
    shown = {
        "study": study, "form": form, "plans": plans, "comparable": sum(one.state == State.DONE for one in plans) > 1,
        "buildings": len(ground.buildings), "households": sum(one.households for one in ground.buildings.values()),
        "teams": len({one.node_id for one in ground.buildings.values() if one.is_settled}),
        "left_out": [(name, why.label) for _pk, name, why in ground.left_out],
    }  # fmt: skip
    return render(request, "planning/study.html", shown, status=422 if form.errors else 200)


@needs(Permission.TERRITORY_EDIT)
def compare(request: HttpRequest, study_id: int) -> HttpResponse:
    """Two to four plans of a study side by side: maps, then figures."""
    study = study_for(actor_of(request), study_id)
    wanted = [int(one) for one in request.GET.getlist("plan") if one.isdecimal()]
    found = [one for one in plans_of(study) if one.state == State.DONE and (one.pk in wanted or not wanted)]
    found = found[:COMPARED_MOST]
    return render(
        request,
        "planning/compare.html",
        {"study": study, "plans": found, "rows": [*_figures(found)], "cut": len(wanted) > COMPARED_MOST},
    )


def leaning_of(plan: Plan) -> str:
    """How the weights of a plan are called."""
    named = {(one.balance, one.walk): words for words, one in LEANINGS.values()}  # changes are said by themselves
    return str(named.get((plan.weights.get("balance"), plan.weights.get("walk")), ""))


def _figures(plans: list[Plan]) -> list[tuple[str, list[Any]]]:
    """Rows of the comparison: a name and one cell per plan."""
    rows: list[tuple[str, Any]] = [
        (_("来源"), lambda one: one.get_origin_display()),
        (_("户数范围"), lambda one: f"{one.least}-{one.most}"),
        (_("组数"), lambda one: one.score["groups"]),
        (_("在范围内的组"), lambda one: one.score["in_range"]),
        (_("最少户数 / 最多户数"), lambda one: f"{one.score['smallest']} / {one.score['largest']}"),
        (_("不连片的组"), lambda one: one.score["apart"]),
        (_("户均到中心（米）"), lambda one: one.score["mean_walk_m"]),
        (_("最大跨度（米）"), lambda one: one.score["widest_m"]),
        (_("沿用的队伍"), lambda one: one.score["kept"]),
        (_("换队伍的户数"), lambda one: one.score["changes"]),
        (_("均衡扣分"), lambda one: one.score["balance"]),
        (_("总分（越低越好）"), lambda one: one.score["total"]),
        (_("证明"), lambda one: proof_words(one.score, one.source_id is not None)),
    ]
    return [(name, [cell(one) for one in plans]) for name, cell in rows]
