"""Every address tried by every role: its door lets in whom it declares, turns away everybody else, and never breaks."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests import world
from tests.world import CAST, World
from yemai.base.access.doors import Door, access_of, lets_in
from yemai.base.people.models import Person
from yemai.modules.cases.models import HotCase, HotIssue

SKIPPED = ("api/", "office/", "sign-in/with/")  # tested beside their own rules; the last ask outside services


def addresses(resolver: URLResolver | None = None, before: str = "") -> dict[str, URLPattern]:
    """Every address pattern but those skipped, by its route."""
    found: dict[str, URLPattern] = {}
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found |= addresses(entry, route)
        elif isinstance(entry, URLPattern) and not route.startswith(SKIPPED):
            found[route] = entry
    return found


ADDRESSES = addresses()
ROLES = ["anybody", *CAST]
POSTING = {"anybody", "nobody", "worker", "dispatcher", "admin"}
"""Roles that also send an empty form: the door is the same for every method, so a few of each kind are enough."""


@pytest.fixture
def town(now: datetime) -> World:
    return world.build(now)


def example(route: str, town: World) -> str:
    """An address of this pattern: of things that are there where the pattern says of what kind, else of none."""
    case = town.handled()
    node = town.grids[0]
    issue = HotIssue.objects.create(
        words="垃圾", node=node, path=node.path, first_at=town.now, last_at=town.now, found_at=town.now
    )
    HotCase.objects.create(issue=issue, case=case, how="job", added_at=town.now)
    code = node.code if route.startswith("boards/") else case.tracking_code
    there: dict[str, Any] = {
        "<int:case_id>": case.pk,
        "<int:issue_id>": issue.pk,
        "<str:code>": code,
        "<str:token>": town.door.token,
        "<slug:provider_id>": "oidc",
        "<str:verb>": "comment",
        "<str:size>": "full",
        "<str:name>": "mine",
        "<slug:kind>": "cases",
        "<str:collection_id>": "cases",
        "<str:feature_id>": case.pk,
    }
    path = route
    for pattern, value in there.items():
        path = path.replace(pattern, str(value))
    while "<" in path:  # ids of things that nobody has made: 404 for whoever is let in
        head, _, rest = path.partition("<")
        kind, _, tail = rest.partition(">")
        nothing = {"int": "1", "uuid": "00000000-0000-0000-0000-000000000001"}.get(kind.partition(":")[0], "nothing")
        path = head + nothing + tail
    return f"/{path}"


def browser(who: str, town: World) -> tuple[Client, Person | None]:
    """A browser of that role, which shows server errors as pages instead of raising them."""
    client = Client(raise_request_exception=False)
    if who == "anybody":
        return client, None
    client.force_login(town[who])
    return client, town[who]


@pytest.mark.django_db
@pytest.mark.parametrize("route", ADDRESSES)
def test_the_door_does_what_it_declares(route: str, town: World) -> None:
    access = access_of(ADDRESSES[route].callback)
    assert access is not None
    path = example(route, town)
    for who in ROLES:
        for method in ("get", "post") if who in POSTING else ("get",):
            client, person = browser(who, town)
            response = getattr(client, method)(path)
            told = f"{who}: {method.upper()} {path} answered {response.status_code}"
            assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, told
            is_sent_to_sign_in = response.status_code == HTTPStatus.FOUND and response["Location"].startswith(
                "/sign-in/"
            )
            if access.door == Door.PUBLIC or (person is not None and lets_in(access, person)):
                assert not is_sent_to_sign_in or person is None or "again" in response["Location"], told
            elif person is None:
                assert is_sent_to_sign_in, told
            else:
                assert response.status_code == HTTPStatus.FORBIDDEN, told


@pytest.mark.django_db
def test_every_role_of_the_cast_is_tried(town: World) -> None:
    assert {town[name].username for name in CAST} == {person.username for person in Person.objects.all()}
    assert len(ADDRESSES) > 50
