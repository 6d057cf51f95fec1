"""The planning desk in a real browser: a plan is drawn, buildings are picked on the map and moved, an area is drawn."""

import json
from typing import Any

import pytest
from django.utils import timezone

from tests.journeys.test_islands import no_complaints
from tests.journeys.test_outbox import sign_in
from tests.modules.test_planning_pages import build_estate, hand_copy, planned, studied
from tests.world import SOUTH, WEST, World, build
from yemai.modules.planning.models import Plan, Study

PICK = """([lon, lat]) => {
  const canvas = document.querySelector('[data-planning-map]');
  const at = canvas.yemaiMap.project([lon, lat]);
  const box = canvas.getBoundingClientRect();
  return [box.left + at.x, box.top + at.y];
}"""


@pytest.fixture
def town(transactional_db: None) -> World:
    """The town with its cast, served."""
    return build(timezone.now())


def test_buildings_picked_on_the_map_go_to_another_group(town: World, desk: Any) -> None:
    client = town.client("admin")
    estate = build_estate(town, [20, 15, 10, 25, 30, 12, 18, 22, 9, 14, 28, 16])
    plan = hand_copy(client, planned(client, studied(client, f"estate-{estate.pk}")))
    sign_in(desk, "admin")
    complaints = no_complaints(desk)
    desk.goto(f"/planning/plans/{plan.pk}/")
    desk.wait_for_selector("[data-planning-map][data-drawn]")
    desk.locator("[data-planning-map]").scroll_into_view_if_needed()
    desk.wait_for_function("document.querySelector('[data-planning-map]').yemaiMap.areTilesLoaded()")
    first = estate.buildings.order_by("pk")[0]
    x, y = desk.evaluate(PICK, [first.lon, first.lat])
    desk.mouse.click(x, y)
    desk.wait_for_selector("[data-planning-chosen] >> text=1")
    assert desk.input_value("#id_buildings") == str(first.pk)
    before = desk.inner_text("[data-plan-total]")
    desk.click("[data-planning-move] button[type=submit]")
    desk.wait_for_selector("[data-planning-map][data-version='1']")
    assert desk.inner_text("[data-plan-total]") != before
    assert desk.inner_text("[data-planning-chosen]") == "0"
    changed = Plan.objects.get(pk=plan.pk)
    assert [first.pk] in [row["members"] for row in changed.groups]
    desk.click("[data-planning-show='1']")
    desk.wait_for_selector("[data-planning-map][data-shown='1']")
    assert complaints == []


def test_an_area_is_drawn_by_its_corners(town: World, phone: Any) -> None:
    build_estate(town, [20] * 12)
    sign_in(phone, "admin")
    phone.goto("/planning/new/")
    phone.click("summary:has-text('在地图上画范围')")
    phone.wait_for_selector("[data-planning-draw][data-drawn]")
    canvas = phone.locator("[data-planning-draw] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    corners = ((0.1, 0.1), (0.7, 0.1), (0.9, 0.6), (0.1, 0.6))
    for count, (right, down) in enumerate(corners, start=1):
        phone.touchscreen.tap(box["x"] + box["width"] * right, box["y"] + box["height"] * down)
        phone.wait_for_selector(f"[data-planning-corners] >> text={count}")
    ring = json.loads(phone.input_value("#id_area"))["coordinates"][0]
    assert len(ring) == 5
    assert min(lon for lon, _lat in ring) < WEST and max(lat for _lon, lat in ring) > SOUTH
    phone.click("button:has-text('选定这片地')")
    phone.wait_for_url("**/planning/studies/**")
    assert Study.objects.get().area is not None
