"""The one map in a real browser, on a desk and on a phone: it narrows, counts, leads to records, and its address says it all."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.journeys.test_islands import no_complaints
from tests.journeys.test_outbox import sign_in
from tests.world import SIDE, SOUTH, WEST, World, build
from yemai.modules.cases.models import Case

SEEN = """(id) => { const map = document.querySelector('[data-one-map]').yemaiMap;
  return map.areTilesLoaded() && map.queryRenderedFeatures({ layers: ['cases'] }).some((one) => one.properties.id === id); }"""


@pytest.fixture
def town(transactional_db: None) -> World:
    """The town with its cast, served."""
    return build(timezone.now())


@pytest.fixture
def cases(town: World) -> list[Case]:
    """Three in sight of the dispatcher: one overdue, one fresh, one next door; far enough apart to be told apart."""
    late = town.handled()
    fresh = town.reported("路灯不亮了", lon=WEST + SIDE * 0.8, lat=SOUTH + SIDE * 0.8)
    beside = town.reported("隔壁的事", lon=WEST + SIDE * 1.5, lat=SOUTH + SIDE / 2)
    Case.objects.filter(pk=late.pk).update(clock_due_at=timezone.now() - timedelta(hours=1))
    return [late, fresh, beside]


def opened(page: Any, who: str, query: str = "") -> None:
    sign_in(page, who)
    page.goto(f"/map/{query}")
    page.wait_for_selector("[data-one-map][data-drawn]")
    page.wait_for_selector("#map-side[aria-busy=false] .map-total")


def total(page: Any) -> str:
    return str(page.inner_text("#map-side .map-total b"))


def test_the_legend_narrows_map_and_list_and_the_address_can_be_sent(cases: list[Case], desk: Any) -> None:
    opened(desk, "dispatcher")
    complaints = no_complaints(desk)
    assert total(desk) == "3"
    desk.click("[data-map-set=lamp][value=red]")
    desk.wait_for_selector("#map-side .map-total b:text-is('1')")
    assert "lamp=red" in desk.url
    assert re.search(r"c=[\d.]+,[\d.]+,[\d.]+", desk.url)
    desk.goto(desk.url)
    desk.wait_for_selector("#map-side .map-total b:text-is('1')")
    desk.click("[data-map-set=lamp][value=red]")
    desk.wait_for_selector("#map-side .map-total b:text-is('3')")
    desk.click("#map-side .queue-title >> nth=0")
    desk.wait_for_url("**/cases/*/")
    assert complaints == []


def test_a_point_on_the_map_opens_its_case(cases: list[Case], desk: Any) -> None:
    fresh = cases[1]
    opened(desk, "dispatcher", f"?c={fresh.lon},{fresh.lat},18&layers=ground,cases")
    desk.wait_for_function(SEEN, arg=fresh.pk)
    box = desk.locator("[data-one-map] canvas").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    desk.mouse.click(*middle)
    desk.wait_for_url(f"**/cases/{fresh.pk}/")


def test_a_tier_is_switched_off_alone_and_points_take_the_colours_of_the_legend(cases: list[Case], phone: Any) -> None:
    fresh = cases[1]
    opened(phone, "dispatcher", f"?c={fresh.lon},{fresh.lat},17&layers=ground,cases")
    complaints = no_complaints(phone)
    phone.wait_for_selector("[data-map-count=g0]:text-is('1')")
    phone.uncheck("[data-map-layers] input[value=g0]")
    phone.wait_for_url(lambda url: "layers=g1,g2,cases" in url)
    drawn = "document.querySelector('[data-one-map]').yemaiMap.getFilter('ground-edges')[2][1].join()"
    assert phone.evaluate(drawn) == "1,2"
    phone.select_option("#map-by", "age")
    phone.wait_for_selector("#map-side[data-by=age]")
    assert "by=age" in phone.url
    painted = "document.querySelector('[data-one-map]').yemaiMap.getPaintProperty('cases', 'circle-color')[1][1]"
    assert phone.evaluate(painted) == "age"
    assert complaints == []
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_day_gone_by_is_chosen_and_left_again(cases: list[Case], phone: Any) -> None:
    Case.objects.update(reported_at=timezone.now() - timedelta(days=2))
    opened(phone, "dispatcher")
    before = (timezone.localdate() - timedelta(days=4)).isoformat()
    phone.fill("#map-day", before)
    phone.wait_for_selector("#map-side .map-total b:text-is('0')")
    assert f"on={before}" in phone.url
    phone.wait_for_selector(f"[data-one-map][data-past='{before}']")
    phone.click("[data-map-now]")
    phone.wait_for_selector("#map-side .map-total b:text-is('3')")
    assert "on=" not in phone.url
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_is_light_and_goes_to_paper_with_its_picture(cases: list[Case], desk: Any) -> None:
    sizes: list[int] = []
    desk.on("requestfinished", lambda one: sizes.append(one.sizes()["responseBodySize"]))
    sign_in(desk, "dispatcher")
    sizes.clear()
    desk.goto("/map/")
    desk.wait_for_selector("#map-side[aria-busy=false] .map-total")
    desk.wait_for_selector("[data-one-map][data-drawn]")
    assert 0 < sum(sizes) < 1_000_000
    desk.evaluate("window.print = () => { document.body.dataset.paper = '1'; }")
    desk.click("[data-map-print]")
    desk.wait_for_selector("body[data-paper]")
    assert desk.get_attribute("[data-map-printed]", "src").startswith("data:image/png")
    shown, paper = (
        desk.evaluate(f"document.querySelector('{one}').{key}")
        for one, key in (("[data-one-map] canvas", "clientWidth"), ("[data-map-printed]", "naturalWidth"))
    )
    assert paper >= 3 * shown, "on paper a map is finer than on the screen"
    assert "/map/?" in desk.text_content("[data-map-sheet]")
