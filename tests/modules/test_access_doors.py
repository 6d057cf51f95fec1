"""Doors: who is let in, who is sent to sign in, who is told no."""

from datetime import datetime

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from tests.modules.people_town import Town, build, signed_in
from yemai.base.access.doors import Access, Door, access_of, declared, needs, public
from yemai.base.access.doors import signed_in as for_the_signed_in
from yemai.base.access.terms import Permission


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


EITHER = needs(Permission.CASE_CHECK, Permission.CASE_SUPERVISE)
urlpatterns = [
    path("open/", public(answer)),
    path("staff/", for_the_signed_in(answer)),
    path("checking/", EITHER(answer)),
    path("", include("yemai.base.access.urls")),
    path("", include("yemai.shell.urls")),
]
pytestmark = [pytest.mark.urls(__name__)]


@pytest.fixture
def town(db: None, now: datetime) -> Town:
    return build(now)


def test_each_door_by_who_knocks(town: Town) -> None:
    knockers = {
        "stranger": Client(),
        "unposted": signed_in(town.person("unposted")),
        "worker": signed_in(town.person("worker", ("micro-worker", town.east1))),
        "checker": signed_in(town.person("checker", ("checker", town.town))),
        "supervisor": signed_in(town.person("supervisor", ("supervisor", town.town))),
    }
    found = {
        address: {name: browser.get(f"/{address}/").status_code for name, browser in knockers.items()}
        for address in ("open", "staff", "checking")
    }
    assert found == {
        "open": dict.fromkeys(knockers, 200),
        "staff": dict.fromkeys(knockers, 200) | {"stranger": 302},
        "checking": {"stranger": 302, "unposted": 403, "worker": 403, "checker": 200, "supervisor": 200},
    }


def test_a_stranger_comes_back_to_the_page_and_not_to_the_target_of_a_form_or_fragment(db: None) -> None:
    browser = Client()
    assert browser.get("/staff/?lamp=red").url == "/sign-in/?next=/staff/%3Flamp%3Dred"
    sent = browser.post("/staff/", headers={"Referer": "http://testserver/cases/?page=2"})
    assert sent.url == "/sign-in/?next=http%3A//testserver/cases/%3Fpage%3D2"
    fragment = browser.get("/staff/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/cases/"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (
        200,
        "/sign-in/?next=http%3A//testserver/cases/",
    )


def test_a_door_is_declared_on_the_view() -> None:
    assert access_of(public(answer)) == Access(Door.PUBLIC)
    assert access_of(for_the_signed_in(answer)) == Access(Door.SIGNED_IN)
    found = access_of(EITHER(answer))
    assert found is not None
    assert found.permissions == {Permission.CASE_CHECK, Permission.CASE_SUPERVISE}
    assert not declared(answer)
    with pytest.raises(TypeError):
        needs()
