"""Dividing 3,076 real footprints into micro-grids: seconds, what is proven, how many groups are in range; then stations."""

import os
from pathlib import Path
from time import monotonic
from typing import Any

from tools.real.ground import COMMUNITY, ESTATE, cut, footprints, whole

from yemai.modules.planning.rules.division import Doubt, House, Verdict, divide
from yemai.modules.planning.rules.sites import CIRCLE_M, Spot, shortest_walk, thinned, widest_cover

SHARED_DATA = Path(os.environ.get("YEMAI_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")
WORKERS, CELL_M, STATIONS = 2, 200.0, 3


def real_houses(path: Path) -> list[House]:
    """The real buildings; estates are the pieces of at most 600 households that the ground is cut into."""
    estates = [piece for part in cut(whole(footprints(path)), COMMUNITY) for piece in cut(part, ESTATE)]
    rows = [(number, one) for number, estate in enumerate(estates) for one in estate.buildings]
    return [
        House(key, one.lon, one.lat, one.households, estate=number, shape=one.shape)
        for key, (number, one) in enumerate(rows)
    ]


def run() -> dict[str, Any]:
    """Figures by name; one reason where the real buildings are absent."""
    path = SHARED_DATA / "buildings_suzhou.geojson"
    if not path.is_file():
        return {"skipped": f"no real buildings at {path}; name their directory in YEMAI_SHARED_DATA"}
    houses = real_houses(path)
    return {**_division(houses), **_stations(houses)}


def _division(houses: list[House]) -> dict[str, Any]:
    before = os.times()
    plan = divide(houses, workers=WORKERS)
    worked = sum(os.times()[:4]) - sum(before[:4])
    gaps = sorted(piece.gap for piece in plan.pieces)
    return {
        "buildings": len(houses),
        "households": sum(one.households for one in houses),
        "seconds": round(plan.seconds, 1),
        "seconds of processor, all processes": round(worked, 1),
        "groups": len(plan.groups),
        "groups in range": plan.in_range,
        "groups out of range, by reason": {
            reason.value: sum(one.doubt is reason for one in plan.groups) for reason in Doubt
        },
        "all contiguous": all(one.is_contiguous for one in plan.groups),
        "pieces": len(plan.pieces),
        "pieces proven optimal": sum(piece.verdict is Verdict.OPTIMAL for piece in plan.pieces),
        "pieces within 1 %": sum(gap <= 0.01 for gap in gaps),
        "pieces within 5 %": sum(gap <= 0.05 for gap in gaps),
        "pieces not proven": sum(piece.verdict is Verdict.NOT_PROVEN for piece in plan.pieces),
        "gap, all pieces": round(plan.gap, 4),
        "gap, median piece": round(gaps[len(gaps) // 2], 4),
        "gap, worst piece": round(gaps[-1], 4),
        "estates cut before solving": plan.is_cut,
    }


def _stations(houses: list[House]) -> dict[str, Any]:
    demand = [Spot(one.key, one.lon, one.lat, one.households) for one in houses]
    candidates = thinned(demand, CELL_M)
    figures: dict[str, Any] = {"station candidates": len(candidates)}
    for name, propose in (("cover", widest_cover), ("median", shortest_walk)):
        started = monotonic()
        found = propose(demand, candidates, [], STATIONS, CIRCLE_M)
        figures[f"{name}, seconds"] = round(monotonic() - started, 1)
        figures[f"{name}, share within the walk"] = round(found.after.share or 0.0, 4)
        figures[f"{name}, gap"] = round(found.gap, 4)
    return figures


if __name__ == "__main__":
    for name, figure in run().items():
        print(f"{name}: {figure}")
