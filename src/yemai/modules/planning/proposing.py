"""Puts the ground into the rules of sites and of joint branches, and their answers into words a page can show."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Avg
from django.utils.translation import gettext as _

from yemai.base.access.queries import Reach
from yemai.base.territory.models import Estate
from yemai.base.territory.queries import buildings_in, estates_in
from yemai.kernel.refusals import Refused

from .models import Proposal
from .queries import Standing, ground_of_path, stations_in
from .rules import joint_branches, sites
from .rules.sites import Spot
from .terms import Aim, Question

CELL_M = 100.0
DISTANCES_MOST = 20_000_000
"""Pairs of a building and a site looked at; more, and the sites to choose from are thinned."""
EVERYWHERE = Reach(("",))


def proposed(proposal: Proposal) -> dict[str, Any]:
    """The answer to a proposal's question, in JSON. Raises Refused in words where there is none."""
    return _sites(proposal) if proposal.question == Question.SITES else _branches(proposal)


def _sites(proposal: Proposal) -> dict[str, Any]:
    asked, ground = proposal.asked, ground_of_path(proposal.node.path)
    standing = list(ground.buildings.values())
    demand = [Spot(one.pk, one.lon, one.lat, one.households) for one in standing]
    if not sum(one.households for one in demand):
        raise Refused("no-households", _("这片地上没有带坐标和户数的楼栋，先补充楼栋，再来选址。"))
    existing = [Spot(-one.pk, one.lon, one.lat) for one in stations_in(EVERYWHERE)]
    candidates, cell = _candidates(demand)
    walk, count = float(asked["walk_m"]), int(asked["count"])
    propose = sites.shortest_walk if asked["aim"] == Aim.WALK else sites.widest_cover
    before = sites.service(demand, existing, walk)
    at = {one.pk: one for one in standing}
    answer: dict[str, Any] = {
        "buildings": len(standing), "candidates": len(candidates), "cell_m": cell, "stations": len(existing),
        "before": _served(before), "left_out_before": list(before.left_out),
        "unplaced": [[pk, name, why.value] for pk, name, why in ground.left_out],
    }  # fmt: skip
    if not count:
        return answer | {"after": _served(before), "left_out": list(before.left_out), "sites": []}
    found = propose(demand, candidates, existing, count, walk)
    return answer | {
        "after": _served(found.after), "left_out": list(found.after.left_out), "gap": round(found.gap, 5),
        "sites": [_site(number, at[one.key], one.gain) for number, one in enumerate(found.sites, start=1)],
    }  # fmt: skip


def _candidates(demand: Sequence[Spot]) -> tuple[list[Spot], float]:
    """Buildings a site may stand at: one of every 100 m square, of larger squares where there are very many."""
    cell = CELL_M
    found = sites.thinned(demand, cell)
    while len(found) * len(demand) > DISTANCES_MOST and len(found) > 1:
        cell *= 2
        found = sites.thinned(demand, cell)
    return found, cell


def _served(service: sites.Service) -> dict[str, Any]:
    return {
        "households": service.households, "within": service.within, "share": service.share,
        "mean_m": None if service.mean_m is None else round(service.mean_m),
    }  # fmt: skip


def _site(number: int, where: Standing, gain: float) -> dict[str, Any]:
    return {
        "number": number,
        "building": where.pk,
        "name": where.name,
        "lon": where.lon,
        "lat": where.lat,
        "gain": gain,
    }


def estates_with_places(path: str) -> list[tuple[Estate, float | None, float | None]]:
    """Standing estates under a path with their point: as entered, else the middle of their buildings, else None."""
    middles = {
        row["estate"]: (row["lon"], row["lat"])
        for row in buildings_in([path]).order_by().values("estate").annotate(lon=Avg("lon"), lat=Avg("lat"))
    }
    found = []
    for estate in estates_in([path]):
        lon, lat = (estate.lon, estate.lat) if estate.lon is not None else middles.get(estate.pk, (None, None))
        found.append((estate, lon, lat))
    return found


def _branches(proposal: Proposal) -> dict[str, Any]:
    counts = {int(key): int(value) for key, value in proposal.asked["counts"].items()}
    units, names, unplaced = [], {}, []
    for estate, lon, lat in estates_with_places(proposal.node.path):
        if estate.pk not in counts:
            continue
        names[estate.pk] = estate.name
        if lon is None or lat is None:
            unplaced.append([estate.pk, estate.name, counts[estate.pk]])
        else:
            units.append(joint_branches.Unit(estate.pk, lon, lat, counts[estate.pk]))
    if not units:
        raise Refused("no-counts", _("没有一个小区既有位置又填了正式党员人数。"))
    found = joint_branches.propose(units, neighbour_m=float(proposal.asked["neighbour_m"]))
    at = {one.key: one for one in units}
    return {
        "is_proven": found.is_proven,
        "unplaced": unplaced,
        "branches": [
            {
                "number": number, "reason": one.reason.value, "full_members": one.full_members, "diameter_m": one.diameter_m,
                "units": [
                    {
                        "pk": key, "name": names[key], "full_members": at[key].full_members, "lon": at[key].lon,
                        "lat": at[key].lat, "reason": found.reasons[key].value,
                    }
                    for key in one.units
                ],
            }
            for number, one in enumerate(found.branches, start=1)
        ],
    }  # fmt: skip
