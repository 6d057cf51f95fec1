"""The search page, and what its box offers while somebody types."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from yemai.base.access.doors import signed_in
from yemai.base.people.models import Person
from yemai.modules.cases.terms import Stage

from . import finding
from .asking import Asked, asked_of
from .terms import Group, Order


def _actor(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 - signed_in lets nobody else through
    return request.user


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """What was found, group by group; a code that was typed whole leads straight to its thing."""
    actor, now = _actor(request), timezone.now()
    asked = asked_of(request.GET, timezone.localdate(now))
    if asked.typed and not asked.group and not asked.is_filtered and (where := finding.jump(actor, asked.typed)):
        return redirect(where)
    return render(request, "search/page.html", shown(actor, asked, now), status=422 if asked.problem else 200)


def shown(actor: Person, asked: Asked, now: datetime) -> dict[str, Any]:
    """What the page's template asks for."""
    nothing = asked.is_empty or asked.problem is not None
    return {
        "asked": asked,
        "sections": [] if nothing else finding.sections(actor, asked, now),
        "unindexed": finding.unindexed(),
        "groups": [("", asked.address(kind=""), not asked.group)]
        + [(group, asked.address(kind=group), asked.group == group) for group in Group],
        "orders": [(order, asked.address(order=order), asked.order == order) for order in Order],
        "stages": Stage.choices,
    }


@signed_in
def suggest(request: HttpRequest) -> HttpResponse:
    """A few names and the newest cases, for the box in the head of every page."""
    actor, now = _actor(request), timezone.now()
    asked = asked_of({"q": request.GET.get("q", ""), "order": Order.NEWEST}, timezone.localdate(now))
    found = [] if asked.problem or not asked.runs else finding.sections(actor, asked, now)
    return render(request, "search/partials/suggestions.html", {"asked": asked, "sections": found})
