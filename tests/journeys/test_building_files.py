"""A sheet of buildings through the page in a real browser: chosen, seen on the map, ticked, written."""

from typing import Any

import pytest
from django.utils import timezone

from tests.journeys.test_islands import no_complaints
from tests.journeys.test_outbox import sign_in
from tests.modules.test_building_files import HEAD, at, office_sheet, table
from tests.world import World, build
from yemai.base.jobs.actions import run_due
from yemai.base.territory.models import Building
from yemai.gates.boundary_files.models import BoundaryRun

BUTTON = "main form button[type=submit]"


@pytest.fixture
def town(transactional_db: None) -> World:
    """The town with its cast, served."""
    return build(timezone.now())


def brought(page: Any, name: str, content: bytes) -> BoundaryRun:
    """Choose buildings and the file, agree to the columns, wait while the worker looks."""
    page.goto("/boundaries/")
    page.check("input[name=subject][value=buildings]")
    page.set_input_files("#id_file", [{"name": name, "mimeType": "application/octet-stream", "buffer": content}])
    with page.expect_navigation():
        page.locator(BUTTON).first.click()
    with page.expect_navigation(url="**/boundaries/*/"):
        page.locator(BUTTON).first.click()
    run_due(timezone.now(), 100)
    page.wait_for_selector(".survey-figures")
    return BoundaryRun.objects.latest("pk")


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_a_sheet_is_seen_on_the_map_and_written(town: World, screen: str, request: pytest.FixtureRequest) -> None:
    page: Any = request.getfixturevalue(screen)
    sign_in(page, "admin")
    complaints = no_complaints(page)
    brought(page, "楼栋.xlsx", office_sheet())
    page.wait_for_selector("[data-survey-map][data-drawn='4']")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(BUTTON).last.click()
    run_due(timezone.now(), 100)
    page.wait_for_selector(".survey-figures >> text=新建楼栋")
    assert Building.objects.count() == 5
    assert complaints == []


def test_a_doubt_is_found_on_the_map_and_ticked(town: World, desk: Any) -> None:
    sign_in(desk, "admin")
    complaints = no_complaints(desk)
    rows = [HEAD, ["和平苑", "1栋", "36", *at(0.5), "", ""], ["和平苑", "2栋", "24", *at(1), "", ""]]
    run = brought(desk, "楼栋.csv", table(rows))
    desk.wait_for_selector("[data-survey-map][data-drawn='2']")
    desk.click("button:text-is('和平苑2栋')")
    desk.wait_for_selector("[data-survey-map][data-shown]")
    desk.check("input[name=mend][value='edge:3']")
    desk.locator(BUTTON).last.click()
    run_due(timezone.now(), 100)
    desk.wait_for_selector(".survey-figures >> text=新建楼栋")
    run.refresh_from_db()
    assert run.result["created"] == 2
    assert complaints == []
