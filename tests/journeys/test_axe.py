"""No page of any face has a serious fault of accessibility, on a phone and at a desk: axe-core looks at every one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import axe_playwright_python
import pytest
from django.conf import settings
from django.urls import resolve
from django.utils import timezone

from tests.access.test_every_address import ADDRESSES
from tests.journeys.every_page import (
    NO_PAGE,
    Ground,
    Visit,
    lay_out,
    office_pages,
    own_pages,
    resident_pages,
    working_pages,
)

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
LOOK = """async (office) => {
  const found = await axe.run(document, {
    resultTypes: ['violations'], preload: false,
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', ...(office ? [] : ['wcag22aa']), 'best-practice'],
  });
  return found.violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ` +
    one.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.html.slice(0, 120)}`).join(' | '));
}"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDE = ("/poster/", "/office/")
"""A sheet of A3, and a back office of tables: they may be wider than a phone."""
FACES: dict[str, Callable[[Ground], list[Visit]]] = {
    "resident": resident_pages,
    "work": working_pages,
    "own": own_pages,
    "office": office_pages,
}


@pytest.fixture
def ground(transactional_db: None) -> Ground:
    """The town with something on every page, served."""
    return lay_out(timezone.now())


Look = Callable[[Visit], list[str]]


@pytest.fixture
def look(ground: Ground, chromium: Any, live_server: Any) -> Iterator[Callable[[str], Look]]:
    """`look("zh-CN")(visit)`: the faults of a page at both widths; each person's browser is opened once."""
    pages: dict[str, Any] = {}

    def page_of(who: str, language: str) -> Any:
        if who not in pages:
            context = chromium.new_context(
                base_url=live_server.url,
                viewport=DESK,
                locale=language,
                reduced_motion="reduce",
                service_workers="block",
            )
            cookies = ground.browser(who).cookies
            if who:
                value = cookies[settings.SESSION_COOKIE_NAME].value
                context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
            pages[who] = context.new_page()
        return pages[who]

    def opened(language: str) -> Look:
        return lambda visit: faults(page_of(visit.who, language), visit, language)

    yield opened
    for page in pages.values():
        page.context.close()


def faults(page: Any, visit: Visit, language: str) -> list[str]:
    """What is wrong with a page; that it is not the page that was meant is a fault, too."""
    if visit.answer is not None:
        page.route(
            f"**{visit.path}",
            lambda route: route.fulfill(status=visit.status, body=visit.answer.content, content_type="text/html"),
        )
    page.set_viewport_size(DESK)
    answer = page.goto(visit.path)
    sent = urlsplit(answer.url)  # after redirects, and before a page writes its own view into its address
    where = unquote(sent.path + (f"?{sent.query}" if sent.query else ""))
    if (answer.status, where) != (visit.status, unquote(visit.path)):
        return [f"answered {answer.status} at {where}, not {visit.status}"]
    if visit.act is not None:
        visit.act(page)
    found = [] if page.evaluate("document.documentElement.lang")[:2] == language[:2] else ["another language"]
    page.evaluate(AXE)
    office = visit.path.startswith("/office/")  # its frame is another's, with a search button under 24 px
    found += [f"1366 px: {fault}" for fault in page.evaluate(LOOK, office)]
    page.set_viewport_size(PHONE)
    found += [f"390 px: {fault}" for fault in page.evaluate(LOOK, office)]
    if not any(part in visit.path for part in WIDE) and (wider := page.evaluate(WIDER)) > 0:
        found.append(f"390 px: {wider} px wider than the phone")
    return found


def told(look: Look, visits: list[Visit]) -> str:
    """Every fault of every page, by page."""
    found = {str(visit): faults for visit in visits if (faults := look(visit))}
    return "\n".join(f"{page}\n    " + "\n    ".join(faults) for page, faults in found.items())


@pytest.mark.parametrize("face", FACES)
def test_no_page_has_a_serious_fault(face: str, ground: Ground, look: Any) -> None:
    visits = FACES[face](ground)
    assert told(look("zh-CN"), visits) == ""


def test_nor_has_one_in_english(ground: Ground, look: Any) -> None:
    case, code = ground.cases["mine"], ground.cases["rating"].tracking_code
    visits = [
        Visit("", "/"),
        Visit("", "/report/"),
        Visit("", f"/r/{code}/"),
        Visit("", "/sign-in/"),
        Visit("", "/no-such-page/", status=404),
        Visit("worker", "/work/mine/"),
        Visit("worker", f"/cases/{case.pk}/submit_feedback/"),
        Visit("dispatcher", "/work/dispatch/"),
        Visit("sanitation", "/work/units/"),
        Visit("worker", "/me/"),
    ]
    assert told(look("en-US"), visits) == ""


def test_no_page_is_left_out(ground: Ground) -> None:
    visits = [visit for pages in FACES.values() for visit in pages(ground)]
    looked_at = {
        resolve(visit.path.partition("?")[0]).route
        for visit in visits
        if visit.answer is None and visit.status in (200, 401)
    }
    ours = {route for route in ADDRESSES if not route.startswith(("ogc", "tiles/"))}
    assert ours - looked_at == NO_PAGE
