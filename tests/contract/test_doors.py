"""Every address declares who may come in; nothing is reachable by having been forgotten."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from yemai.base.access.doors import access_of
from yemai.conf.api import api
from yemai.conf.openapi import guard_of, operations_of

pytestmark = pytest.mark.no_database

# What guards itself in another way, by the beginning of its address, and how.
OTHERWISE_GUARDED = {
    "api/v1/": "every operation declares its access to the API itself, see tests of the API",
}


def addresses(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every address pattern with its view."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


ADDRESSES = dict(addresses())


@pytest.mark.parametrize("route", [route for route in ADDRESSES if not route.startswith(tuple(OTHERWISE_GUARDED))])
def test_every_address_declares_who_may_come_in(route: str) -> None:
    view = ADDRESSES[route]
    assert access_of(view) is not None, (
        f"/{route} says nothing: put @public, @signed_in or @needs(...) before {view.__module__}.{view.__qualname__}"
    )


def test_the_exceptions_are_still_needed() -> None:
    for beginning in OTHERWISE_GUARDED:
        inside = [view for route, view in ADDRESSES.items() if route.startswith(beginning)]
        assert any(access_of(view) is None for view in inside), (
            f"/{beginning} declares everything: take it off the list"
        )


@pytest.mark.django_db
def test_the_back_office_lets_no_stranger_in(client: Client) -> None:
    assert admin.site.urls[0], "there are pages to try"
    tried = 0
    for route in ADDRESSES:
        if route.startswith("office/") and "<" not in route and "(?P" not in route and "login" not in route:
            response = client.get(f"/{route}")
            assert response.status_code != 200, f"/{route} was shown to a stranger"
            tried += 1
    assert tried >= 5


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation of the API."""
    return [
        (method, path, operation)
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_of_the_api_declares_who_may_call_it() -> None:
    assert len(operations_of(api)) == len(operations()) > 30
    for operation in operations_of(api):
        guard_of(operation)  # raises for one that says nothing


@pytest.mark.django_db
def test_the_guard_of_an_operation_is_asked_before_anything_else(client: Client) -> None:
    for method, path, operation in operations():
        if {} not in operation["security"]:
            response = client.generic(
                method.upper(), re.sub(r"{\w+}", "1", path), "{}", content_type="application/json"
            )
            assert response.status_code == 401, f"{method.upper()} {path} answered a stranger {response.status_code}"
