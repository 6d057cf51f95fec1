"""No page of any face has a serious fault of accessibility, on a phone and at a desk: axe-core looks at every one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from tests.access.test_every_address import ADDRESSES, example
from tests.world import PHONE, World, build
from yemai.base.access.doors import Door, access_of, lets_in
from yemai.modules.cases.terms import Outcome, Verb

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
ROLES = ("worker", "leader", "intake", "dispatcher", "supervisor", "sanitation", "admin", "auditor")
WIDTHS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1366, "height": 768}}
LOOK = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']});
  return found.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(' ') + ' ' + node.html.slice(0, 90)).join(' | ')}`);
}"""


@pytest.fixture
def town(transactional_db: None) -> World:
    """The town with its cast and a case in each stage that has a page of its own, served."""
    made = build(timezone.now())
    made.reported("路灯不亮", lon=None, lat=None, place_text="不知道哪里")
    made.dispatched()
    done = made.step(made.handled(), Verb.SUBMIT_FEEDBACK, "worker", text="修好了", outcome=Outcome.SOLVED)
    rating = made.step(done, Verb.CHECK_PASS, "checker")
    made.step(rating, Verb.SCORE, PHONE, score=5)
    return made


def pages(town: World, width: str) -> Iterator[tuple[str, str]]:
    """Who opens which address: each by the first of the cast whom its door lets in."""
    for route, entry in ADDRESSES.items():
        access = access_of(entry.callback)
        assert access is not None
        if access.door == Door.PUBLIC:
            yield "", example(route, town)
        else:
            who = next((name for name in ROLES if lets_in(access, town[name])), None)
            assert who, f"nobody of {ROLES} may open {route}"
            yield who, example(route, town)
    for name in ("take", "mine", "consult", "check", "dispatch", "decide", "bounced", "units", "intake"):
        yield "dispatcher" if name in ("dispatch", "decide", "bounced") else "leader", f"/work/{name}/"
    case = town.handled()
    for who, verb in (
        ("worker", "submit_feedback"),
        ("worker", "escalate"),
        ("intake", "accept"),
        ("leader", "consult"),
    ):
        yield who, f"/cases/{case.pk}/{verb}/"
    yield "worker", f"/cases/{case.pk}/"
    yield "", "/no-such-page/"
    if width == "phone":
        return  # the back office is a desk's
    yield "admin", "/office/"
    for model in admin.site._registry:
        yield "admin", f"/office/{model._meta.app_label}/{model._meta.model_name}/"
    yield "admin", "/office/people/person/add/"
    yield "admin", f"/office/people/person/{town['worker'].pk}/change/"
    yield "admin", f"/office/territory/node/{town.grids[0].pk}/change/"


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_has_a_serious_fault(width: str, town: World, chromium: Any, live_server: Any) -> None:
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    contexts: dict[str, Any] = {}
    for who, path in pages(town, width):
        if (who, path) in seen or "sign-out" in path:
            continue
        seen.add((who, path))
        if who not in contexts:
            contexts[who] = chromium.new_context(base_url=live_server.url, viewport=WIDTHS[width], locale="zh-CN")
            if who:
                signed_in = Client()
                signed_in.force_login(town[who])
                cookie = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
                contexts[who].add_cookies(
                    [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
                )
        answer = contexts[who].request.get(path)
        if answer.status == 405 or not answer.body().lstrip()[:9].lower().startswith(b"<!doctype"):
            continue  # no page: a fragment, a picture, an address that is only sent to
        page = contexts[who].new_page()
        page.goto(path, wait_until="load")
        page.evaluate(AXE)
        if faults := page.evaluate(LOOK):
            found[f"{who or 'anybody'} {path}"] = faults
        page.close()
    for context in contexts.values():
        context.close()
    assert len(seen) > 60
    assert found == {}, "\n".join(f"{page}\n    " + "\n    ".join(faults) for page, faults in found.items())
