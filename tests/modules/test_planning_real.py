"""Planning on real buildings of Suzhou: all 3,076 through the page, a quarter of them to the proof, sites for stations.

What the solver proves of all of them without a limit of time is measured by `bench/planning.py`, in half a minute.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from bench.planning import CELL_M, real_houses
from django.utils import timezone

from tests.modules.case_desk import said
from tests.world import World
from yemai.base.jobs.actions import run_due
from yemai.base.territory.models import Building, Estate
from yemai.modules.planning.models import Plan, Study
from yemai.modules.planning.rules.division import Doubt, House, Verdict, divide
from yemai.modules.planning.rules.sites import CIRCLE_M, Spot, thinned, widest_cover

ESTATES = 20
"""Of 64; the first in order of the cuts, with a quarter of the buildings."""


@pytest.fixture(scope="module")
def houses(shared_data: Path) -> list[House]:
    path = shared_data / "buildings_suzhou.geojson"
    if not path.is_file():
        pytest.skip(f"no real buildings at {path}")
    return real_houses(path)


@pytest.mark.no_database
def test_real_estates_are_divided_to_the_proof(houses: list[House]) -> None:
    some = [one for one in houses if isinstance(one.estate, int) and one.estate < ESTATES]
    plan = divide(some, workers=2)
    assert len(plan.assignment) == len(some) > 800
    assert all(one.is_contiguous for one in plan.groups)
    assert all((one.doubt is None) == (30 <= one.households <= 80) for one in plan.groups)
    assert {one.doubt for one in plan.groups} <= {None, Doubt.OUT_OF_REACH}
    assert plan.in_range >= 0.95 * len(plan.groups)
    proven = [piece for piece in plan.pieces if piece.gap <= 0.05]
    assert len(proven) >= 0.8 * len(plan.pieces)
    assert plan.gap <= 0.05


@pytest.mark.no_database
def test_a_division_of_today_is_kept_where_it_is_good(houses: list[House]) -> None:
    estate = [one for one in houses if one.estate == 1]
    plan = divide(estate)
    again = divide([replace(one, team=plan.assignment[one.key]) for one in estate])
    assert again.score.changes == 0
    assert {frozenset(one.members) for one in again.groups} == {frozenset(one.members) for one in plan.groups}
    assert plan.verdict is Verdict.OPTIMAL


@pytest.mark.no_database
def test_three_stations_for_the_real_ground(houses: list[House]) -> None:
    demand = [Spot(one.key, one.lon, one.lat, one.households) for one in houses]
    found = widest_cover(demand, thinned(demand, CELL_M), [], 3, CIRCLE_M)
    assert found.gap <= 1e-6
    assert [one.gain for one in found.sites] == sorted((one.gain for one in found.sites), reverse=True)
    assert found.after.within == sum(one.gain for one in found.sites)


@pytest.mark.django_db
def test_all_real_buildings_go_through_the_page_in_a_given_time(houses: list[House], world: World) -> None:
    """With the shortest time the plan keeps every hard rule all the same, and says what is not proven."""
    Building.objects.all().delete()
    estates = {
        number: Estate.objects.create(node=world.village, name=f"苏{number}")
        for number in {one.estate for one in houses}
    }
    Building.objects.bulk_create(
        Building(
            estate=estates[one.estate], node=world.grids[0], name=f"{one.key}栋", households=one.households, lon=one.lon,
            lat=one.lat, footprint=shapely.to_wkb(one.shape),
        )
        for one in houses
    )  # fmt: skip
    client = world.client("admin")
    client.post("/planning/new/", {"ground": f"node-{world.village.pk}"})
    asked = {"least": "30", "most": "80", "leaning": "usual", "seconds": "15"}
    assert client.post(f"/planning/studies/{Study.objects.get().pk}/", asked).status_code == 302
    run_due(timezone.now(), 10)
    plan = Plan.objects.get()
    assert plan.state == "done", plan.error
    rows = plan.groups
    assert len({key for row in rows for key in row["members"]}) == sum(len(row["members"]) for row in rows) == 3076
    assert all(row["is_contiguous"] and row["households"] <= 80 for row in rows)
    assert all((row["doubt"] is None) == (row["households"] >= 30) for row in rows)
    assert plan.score["in_range"] >= 0.9 * len(rows)
    text = said(client.get(f"/planning/plans/{plan.pk}/"))
    assert ("没有证明" if plan.score["open"] else "已证明") in text
    drawn = json.loads(client.get(f"/planning/plans/{plan.pk}/map.json").content)["features"]
    assert sum("building" in one["properties"] for one in drawn) == 3076
