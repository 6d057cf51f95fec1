"""The map of a case shows the cases around it, from tiles, to those who may see them."""

import math
from typing import Any

import pytest
from django.utils import timezone

from tests.journeys.test_islands import no_complaints
from tests.journeys.test_outbox import sign_in
from tests.world import SIDE, SOUTH, WEST, World, build

PIXELS = 512 * 2**17 / 360
"""To a degree of longitude at the zoom a case's map opens with."""
POINTS_AT = """([x, y]) => {
  const canvas = document.querySelector("[data-place-map] canvas");
  canvas.dispatchEvent(new MouseEvent("mousemove", { clientX: x, clientY: y, bubbles: true }));
  return canvas.style.cursor === "pointer";
}"""


@pytest.fixture
def town(transactional_db: None) -> World:
    """The town with its cast, served."""
    return build(timezone.now())


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_a_case_around_is_a_dot_that_opens_it(town: World, screen: str, request: pytest.FixtureRequest) -> None:
    page: Any = request.getfixturevalue(screen)
    complaints = no_complaints(page)
    lon, lat = WEST + SIDE / 2, SOUTH + SIDE / 2
    case, other = town.reported(lon=lon, lat=lat), town.reported("另一件", lon=lon + 0.0005, lat=lat - 0.0003)
    sign_in(page)
    page.goto(f"/cases/{case.pk}/")
    canvas = page.locator("[data-place-map] canvas")
    with page.expect_response(lambda response: "/tiles/cases/" in response.url and response.status == 200):
        canvas.scroll_into_view_if_needed()
    page.wait_for_selector("[data-place-map] .place-name >> text=第1微网格")
    box = canvas.bounding_box()
    x = box["width"] / 2 + 0.0005 * PIXELS
    y = box["height"] / 2 + 0.0003 * PIXELS / math.cos(math.radians(lat))
    page.wait_for_function(POINTS_AT, arg=[box["x"] + x, box["y"] + y])  # painted a few frames after its tile has come
    canvas.click(position={"x": x, "y": y}, force=True)
    page.wait_for_url(f"**/cases/{other.pk}/")
    assert complaints == []


def test_a_resident_s_map_asks_for_no_case(town: World, phone: Any) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    town.reported()
    phone.goto("/report/")
    phone.click("[data-place-pin]")
    phone.wait_for_selector(".place-name >> text=第1微网格")
    assert not [url for url in asked if "/tiles/cases/" in url]
