"""The planning desk through its pages: ground chosen, plans worked out, compared, changed by hand; stations; branches."""

import json
from typing import Any

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from tests.modules.case_desk import said
from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.jobs.actions import run_due
from yemai.base.territory.models import Building, Estate
from yemai.modules.planning.models import Plan, Study

pytestmark = pytest.mark.django_db
STEP = 0.0005
"""About 48 m from building to building."""


def build_estate(world: World, households: list[int], name: str = "新苑", wide: int = 6, **more: Any) -> Estate:
    """An estate of buildings on a lattice, each in the micro-grid it stands in."""
    estate = Estate.objects.create(node=world.village, name=name)
    for number, count in enumerate(households):
        lon = WEST + STEP * (0.5 + number % wide) + more.get("east", 0.0)
        lat = SOUTH + STEP * (0.5 + number // wide) + more.get("north", 0.0)
        square = shapely.box(lon - STEP / 4, lat - STEP / 4, lon + STEP / 4, lat + STEP / 4)
        grid = world.grids[min(2, int((lon - WEST) / SIDE))]
        Building.objects.create(
            estate=estate, node=grid, name=f"{number + 1}栋", households=count, lon=lon, lat=lat,
            footprint=shapely.to_wkb(square),
        )  # fmt: skip
    return estate


def studied(client: Client, key: str, **more: str) -> Study:
    """Choose ground through its page."""
    answer = client.post("/planning/new/", {"ground": key, **more})
    assert answer.status_code == 302, said(answer)
    return Study.objects.latest("pk")


ASKED = {"least": "30", "most": "80", "leaning": "usual", "keeps_teams": "on", "seconds": "15"}


def planned(client: Client, study: Study, **more: str) -> Plan:
    """Ask for a plan, let the worker work."""
    answer = client.post(f"/planning/studies/{study.pk}/", {**ASKED, **more})
    assert answer.status_code == 302, said(answer)
    plan = Plan.objects.latest("pk")
    going = client.get(f"/planning/plans/{plan.pk}/")
    assert 'hx-trigger="every 2s"' in going.content.decode()
    run_due(timezone.now(), 100)
    plan.refresh_from_db()
    return plan


def test_an_estate_is_divided_behind_the_page_and_shown_with_its_score(world: World) -> None:
    client = world.client("admin")
    estate = build_estate(world, [20, 15, 10, 25, 30, 12, 18, 22, 9, 14, 28, 16])
    study = studied(client, f"estate-{estate.pk}")
    plan = planned(client, study)
    assert plan.state == "done", plan.error
    assert sorted(key for row in plan.groups for key in row["members"]) == sorted(
        estate.buildings.values_list("pk", flat=True)
    )
    assert all(30 <= row["households"] <= 80 and row["is_contiguous"] for row in plan.groups)
    page = client.get(f"/planning/plans/{plan.pk}/")
    text = said(page)
    assert "已证明" in text and "总分" in text
    assert str(plan.score["total"]) in page.content.decode()
    drawn = json.loads(client.get(f"/planning/plans/{plan.pk}/map.json").content)
    houses = [one["properties"] for one in drawn["features"] if "building" in one["properties"]]
    grounds = [one for one in drawn["features"] if "area" in one["properties"]]
    assert {one["building"]: one["group"] for one in houses} == {
        key: row["number"] for row in plan.groups for key in row["members"]
    }
    assert len(grounds) == len(plan.groups)
    for one in grounds:
        shape = shapely.from_geojson(json.dumps(one["geometry"]))
        own = [house["at"] for house in houses if house["group"] == one["properties"]["area"]]
        assert all(shapely.contains_xy(shape, *at) for at in own)
