"""The register of stations, where the next ones should stand, and the page of a proposal."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission

from ..actions import add_station, ask_proposal, end_station
from ..forms import SitesForm, StationForm
from ..models import Proposal
from ..proposing import EVERYWHERE
from ..queries import (
    choices_for,
    chosen_ground,
    ground_of_path,
    planning_reach,
    proposal_for,
    proposals_for,
    station_for,
    stations_in,
)
from ..rules.joint_branches import Reason
from ..terms import Aim, Question, StationKind
from ..words import REASONS, SOURCE, percent
from .asking import actor_of, box_of, building_shapes, feature, going, is_part
from .studies import _centre

LEFT_SHOWN = 500


def nodes_offered(actor: Any) -> list[tuple[str, str]]:
    """Nodes of an actor's reach as a select offers them."""
    return [(one.key, f"{one.name}（{one.within}）") for one in choices_for(actor) if one.key.startswith("node-")]


@needs(Permission.TERRITORY_EDIT)
def stations(request: HttpRequest) -> HttpResponse:
    """Stations that stand, and the form for one more."""
    actor = actor_of(request)
    form = StationForm(request.POST or None)
    form.fields["ground"].widget.choices = nodes_offered(actor)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        node, _estate = chosen_ground(actor, given["ground"])
        add_station(
            node, given["name"], StationKind(given["kind"]), given["lon"], given["lat"], actor=actor, now=timezone.now()
        )
        return redirect("planning:stations")
    shown = {"stations": stations_in(planning_reach(actor)), "form": form, "centre": _centre()}
    return render(request, "planning/stations.html", shown, status=422 if form.errors else 200)


@needs(Permission.TERRITORY_EDIT)
def end(request: HttpRequest, station_id: int) -> HttpResponse:
    """Close a station."""
    actor = actor_of(request)
    station = station_for(actor, station_id)
    if request.method == "POST":
        end_station(station, actor=actor, now=timezone.now())
    return redirect("planning:stations")


@needs(Permission.TERRITORY_EDIT)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask where the next stations should stand."""
    actor = actor_of(request)
    form = SitesForm(request.POST or None)
    form.fields["ground"].widget.choices = nodes_offered(actor)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        node, _estate = chosen_ground(actor, given["ground"])
        asked = {"walk_m": given["walk_m"], "aim": given["aim"], "count": given["count"]}
        proposal = ask_proposal(Question.SITES, node, asked, actor=actor, now=timezone.now())
        return redirect("planning:proposal", proposal_id=proposal.pk)
    shown = {
        "form": form, "proposals": proposals_for(actor, Question.SITES)[:30],
        "stations": stations_in(planning_reach(actor)).count(),
    }  # fmt: skip
    return render(request, "planning/sites.html", shown, status=422 if form.errors else 200)


@needs(Permission.TERRITORY_EDIT)
def proposal_page(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """What was worked out; or how far it is."""
    proposal = proposal_for(actor_of(request), proposal_id)
    work = going(proposal)
    if work["going"] and (is_part(request) or request.method == "HEAD"):
        return render(request, "planning/partials/going.html", work | {"subject": proposal})
    shown = work | {"proposal": proposal, "subject": proposal}
    if proposal.result:
        shown |= _sites(proposal) if proposal.question == Question.SITES else _branches(proposal)
    answer = render(request, f"planning/proposal_{proposal.question}.html", shown)
    if is_part(request):
        answer["HX-Refresh"] = "true"
    return answer


def _sites(proposal: Proposal) -> dict[str, Any]:
    result = proposal.result
    names = {one.pk: (one.name, one.households) for one in ground_of_path(proposal.node.path).buildings.values()}
    left = [names[key] for key in result["left_out"] if key in names]
    is_cover = proposal.asked["aim"] == Aim.COVER
    total = result["before"]["households"]
    return {
        "before": result["before"] | {"percent": percent(result["before"]["share"])},
        "after": result["after"] | {"percent": percent(result["after"]["share"])},
        "aim": Aim(proposal.asked["aim"]).label, "is_cover": is_cover, "walk_m": round(proposal.asked["walk_m"]),
        "sites": [one | {"percent": percent(one["gain"] / total) if is_cover else "", "per": round(one["gain"] / total, 1)} for one in result["sites"]],
        "gap": result.get("gap"), "gap_percent": percent(result.get("gap")), "left": sorted(left, key=lambda one: -one[1])[:LEFT_SHOWN],
        "left_count": len(left), "left_households": sum(one[1] for one in left),
    }  # fmt: skip


def _branches(proposal: Proposal) -> dict[str, Any]:
    result = proposal.result
    branches = [
        one | {"words": REASONS[Reason(one["reason"])], "units": [unit | {"words": REASONS[Reason(unit["reason"])]} for unit in one["units"]]}
        for one in result["branches"]
    ]  # fmt: skip
    return {
        "joint": [one for one in branches if one["reason"] == Reason.JOINT or len(one["units"]) > 1],
        "far": [one for one in branches if one["reason"] == Reason.TOO_FAR],
        "own": [one for one in branches if one["reason"] == Reason.OWN and len(one["units"]) == 1],
        "unplaced": result["unplaced"], "is_proven": result["is_proven"], "source": SOURCE,
    }  # fmt: skip


@needs(Permission.TERRITORY_EDIT)
def proposal_map(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """GeoJSON (WGS-84) of a proposal: buildings within and left out, stations, sites; or estates by their branch."""
    proposal = proposal_for(actor_of(request), proposal_id)
    draw = _sites_drawn if proposal.question == Question.SITES else _branches_drawn
    features, box = draw(proposal)
    found = {"type": "FeatureCollection", "bbox": box, "features": features}
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


def _sites_drawn(proposal: Proposal) -> tuple[list[dict[str, Any]], list[float]]:
    buildings = list(ground_of_path(proposal.node.path).buildings.values())
    left, before = set(proposal.result.get("left_out", [])), set(proposal.result.get("left_out_before", []))
    features = [
        feature(
            shape, building=one.pk, name=one.name, households=one.households, at=[round(one.lon, 6), round(one.lat, 6)],
            served="no" if one.pk in left else "new" if one.pk in before else "yes",
        )
        for one, shape in zip(buildings, building_shapes(buildings), strict=True)
    ]  # fmt: skip
    walk = proposal.asked["walk_m"]
    features += [
        feature({"type": "Point", "coordinates": [one.lon, one.lat]}, station=one.name, walk_m=walk)
        for one in stations_in(EVERYWHERE)
    ]
    features += [
        feature({"type": "Point", "coordinates": [one["lon"], one["lat"]]}, site=one["number"], name=one["name"], walk_m=walk)
        for one in proposal.result.get("sites", [])
    ]  # fmt: skip
    return features, box_of(buildings)


def _branches_drawn(proposal: Proposal) -> tuple[list[dict[str, Any]], list[float]]:
    units = [(branch, unit) for branch in proposal.result.get("branches", []) for unit in branch["units"]]
    features = [
        feature(
            {"type": "Point", "coordinates": [unit["lon"], unit["lat"]]}, unit=unit["name"], branch=branch["number"],
            colour=branch["number"] % 8, full_members=unit["full_members"], reason=unit["reason"],
        )
        for branch, unit in units
    ]  # fmt: skip
    features += [
        feature(
            {"type": "LineString", "coordinates": [[one["lon"], one["lat"]] for one in branch["units"]]},
            link=branch["number"], colour=branch["number"] % 8,
        )
        for branch in proposal.result.get("branches", [])
        if len(branch["units"]) > 1
    ]  # fmt: skip
    lons, lats = [unit["lon"] for _b, unit in units] or [0.0], [unit["lat"] for _b, unit in units] or [0.0]
    return features, [min(lons), min(lats), max(lons), max(lats)]
