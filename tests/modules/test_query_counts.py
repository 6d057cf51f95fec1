"""What a list costs does not depend on how much there is: the same questions at a hundred cases and at ten thousand."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import World
from yemai.base.messages.models import Message
from yemai.base.tokens.actions import make_token
from yemai.base.tokens.terms import Scope
from yemai.modules.cases.models import Assignment, Case, Contact, StepRequest
from yemai.modules.cases.queries.listing import PAGE
from yemai.modules.cases.terms import Outcome, RequestKind, Rung, Source, Stage
from yemai.modules.cases.views.device import COOKIE

pytestmark = pytest.mark.django_db
DEVICE = "a-phone-that-has-reported-much"
MOST = 16
"""Session, person, reach, town, bell and counts are asked on every page; a list adds a few of its own."""
LISTS: dict[tuple[str, str], int] = {
    ("worker", "/work/mine/"): PAGE, ("worker", "/work/take/"): PAGE, ("leader", "/work/consult/"): PAGE,
    ("checker", "/work/check/"): PAGE, ("leader", "/work/rate/"): PAGE, ("intake", "/work/intake/"): PAGE,
    ("dispatcher", "/work/dispatch/"): PAGE, ("dispatcher", "/work/decide/"): PAGE, ("dispatcher", "/work/bounced/"): PAGE,
    ("supervisor", "/work/bounced/"): PAGE, ("sanitation", "/work/units/"): PAGE, ("intake", "/cases/"): PAGE,
    ("intake", "/cases/?stage=closed&lamp=none"): PAGE, ("worker", "/cases/?q=路灯"): PAGE, ("sanitation", "/cases/"): PAGE,
}  # fmt: skip
"""Each work queue and register by who opens it, and how many rows it then shows."""
PAGES = [
    ("", "/my/reports/"), ("", "/boards/"), ("", "/boards/{grid}/"), ("", "/boards/{grid}/poster/"), ("", "/map/features.json"),
    ("worker", "/messages/"), ("worker", "/messages/bell/"), ("worker", "/counts/"), ("dispatcher", "/counts/"),
    ("worker", "/cases/{case}/"), ("intake", "/intake/proposals/?text=路灯不亮"), ("admin", "/imports/"), ("admin", "/messages/failures/"), ("worker", "/api/v1/me/tokens"),
]  # fmt: skip
OPERATIONS = [
    ("worker", "queues"), ("worker", "queues/take?limit=100"), ("intake", "cases?limit=100"), ("worker", "messages?limit=100"),
    ("worker", "territory"), ("worker", "departments"), ("worker", "teams/{grid}"), ("", "boards"), ("", "boards/{grid}"),
    ("", "categories"), ("", "places/search?q=3栋"), ("", "duplicates?lon=120.601&lat=31.301"), ("", "reports"),
    ("worker", "cases/{case}"), ("worker", "cases/{case}/candidates"),
]  # fmt: skip


def kinds(world: World) -> list[dict[str, Any]]:
    """A case of every kind that some list shows, as columns."""
    worker, unit = world["worker"], world.units["sanitation"]
    handling = {"stage": Stage.HANDLING}
    return [
        {"stage": Stage.REPORTED},
        {**handling, "handler": worker},
        {**handling, "rung": Rung.LEADER},
        {**handling, "rung": Rung.CENTRE},
        {**handling, "rung": Rung.DEPARTMENT, "lead_department": unit},
        {**handling, "rung": Rung.CENTRE, "returns": 2},
        {"stage": Stage.CHECKING},
        {"stage": Stage.RATING},
        {"stage": Stage.SUSPENDED, "handler": worker},
        {"stage": Stage.CLOSED, "outcome": Outcome.SOLVED, "closed_at": world.now, "score": 5},
    ]


def fill(world: World, count: int) -> None:
    """So many cases more, of every kind on every micro-grid, with all that hangs on them."""
    patterns, first = kinds(world), Case.objects.count()
    hour = timedelta(hours=1)
    cases = Case.objects.bulk_create([
        Case(
            tracking_code=f"{first + at:011d}", source=Source.RESIDENT, text="路灯不亮", place_text="3栋", path=world.grids[0].path,
            node=world.grids[0], category=world.category(), reported_at=world.now - at * timedelta(seconds=7), lon=120.601, lat=31.301,
            clock_due_at=world.now + (at % 40 - 20) * hour, clock_warn_at=world.now, **patterns[at % len(patterns)],
        )
        for at in range(count)
    ])  # fmt: skip
    unit, now, asker = world.units["sanitation"], world.now, world["worker"]
    Assignment.objects.bulk_create([
        Assignment(case=case, department=unit, role="lead", assigned_at=now) for case in cases if case.lead_department_id
    ])  # fmt: skip
    StepRequest.objects.bulk_create([
        StepRequest(case=case, kind=RequestKind.EXTENSION, asked_by=asker, asked_at=now, reason="下雨")
        for case in cases if case.stage == Stage.HANDLING and case.handler_id
    ])  # fmt: skip
    device = hashlib.sha256(DEVICE.encode()).hexdigest()
    Contact.objects.bulk_create([
        Contact(case=case, role="reporter", device_hash=device, created_at=now) for case in cases
    ])  # fmt: skip
    Message.objects.bulk_create([
        Message(
            event="case.assigned", audience="handler", channel="in_app", person=asker, title="派给您", state="sent", url=f"/cases/{case.pk}/",
            due_at=now, created_at=now, dedupe_key=f"m{case.pk}",
        )
        for case in cases
    ])  # fmt: skip


def browser(world: World, who: str) -> Client:
    """A person's, or the phone that has reported much."""
    client = world.client(who) if who else Client()
    client.cookies[COOKIE] = DEVICE
    return client


def program(world: World, who: str) -> Client:
    """A person's program, or a phone's."""
    headers = {}
    if who:
        _row, secret = make_token(world[who], label="试验", scopes=Scope, now=world.now)
        headers = {"Authorization": f"Bearer {secret}"}
    client = Client(headers=headers)
    client.cookies[COOKIE] = DEVICE
    return client


def cost(client: Client, address: str) -> int:
    """How many queries an address costs: the fewest of three, since once a second a process asks whether rules changed."""
    asked = []
    for _time in range(3):
        with CaptureQueriesContext(connection) as counted:
            answer = client.get(address)
        assert answer.status_code == 200, address
        asked.append(len(counted))
    return min(asked)


def costs(
    world: World,
    clients: dict[tuple[str, str], Client],
    make: Callable[[World, str], Client],
    wanted: list[tuple[str, str]],
) -> dict[str, int]:
    """By address."""
    there = {"grid": world.grids[0].code, "case": Case.objects.filter(handler=world["worker"]).earliest("pk").pk}
    found = {}
    for who, address in wanted:
        client = clients.setdefault((make.__name__, who), make(world, who))
        path = address.format(**there)
        found[f"{who} {address}"] = cost(client, path if path.startswith("/") else f"/api/v1/{path}")
    return found


def test_every_list_costs_the_same_at_ten_thousand_cases_as_at_a_hundred(world: World) -> None:
    clients: dict[tuple[str, str], Client] = {}

    def all_costs() -> dict[str, int]:
        return {
            **costs(world, clients, browser, [*LISTS, *PAGES]),
            **{f"api {name}": count for name, count in costs(world, clients, program, OPERATIONS).items()},
        }

    fill(world, 600)
    before = all_costs()
    fill(world, 9_400)
    assert Case.objects.count() == 10_000
    after = all_costs()
    grown = {name: (before[name], after[name]) for name in after if after[name] != before[name]}
    assert grown == {}
    assert {name: count for name, count in after.items() if count > MOST} == {}
    for (who, address), rows in LISTS.items():
        shown = browser(world, who).get(address).context["rows"]
        assert len(list(shown)) == rows, f"{who} {address}: a list that is not full proves nothing"
