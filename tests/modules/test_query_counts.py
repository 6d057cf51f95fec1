"""What a list costs does not depend on how much there is: the same questions at a hundred cases and at ten thousand."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.messages.models import Message
from yemai.base.parameters import queries as parameters
from yemai.base.people.models import Appointment, Department, Person, PostKind
from yemai.base.search.waiting import wait_for_all
from yemai.base.territory.models import Building, Door, Node
from yemai.base.territory.revision import touch
from yemai.base.territory.rules import child_path
from yemai.base.territory.terms import Topic
from yemai.base.tokens.actions import make_token
from yemai.base.tokens.terms import Scope
from yemai.gates.boundary_files.models import BoundaryRun
from yemai.gates.case_files.models import ImportRun
from yemai.modules.adjustments.models import Adjustment
from yemai.modules.cases.jobs import index
from yemai.modules.cases.models import Assignment, Case, Contact, HotCase, HotIssue, StepRequest
from yemai.modules.cases.queries.listing import PAGE, QUEUES
from yemai.modules.cases.terms import Outcome, RequestKind, Rung, Source, Stage
from yemai.modules.cases.views.device import COOKIE
from yemai.modules.components.models import Component
from yemai.modules.planning.models import Station, Study
from yemai.modules.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.no_database]  # how many, not how: one round on SQLite is enough
DEVICE = "a-phone-that-has-reported-much"
FEW, MANY = 120, 10_000
AROUND = 60
"""How many more nodes, doors, posts, units and runs there are the second time: more than any of their lists shows."""
LON, LAT = WEST + SIDE / 2, SOUTH + SIDE / 2


@pytest.fixture(autouse=True)
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a second a process asks whether a parameter changed; here that second never ends."""
    monkeypatch.setattr(parameters, "CHECK_SECONDS", 3600.0)


@dataclass(frozen=True)
class List:
    """A list by who opens it, the most it may ask the database, and how many rows it shows when it is full."""

    who: str
    address: str
    most: int
    full: int
    shown: Callable[[Any], int]


def rows(answer: Any) -> int:
    """Of a queue, the register, or a phone's own reports."""
    return len(answer.context["rows"])


def hits(answer: Any) -> int:
    """Of a search: the cases found."""
    return sum(len(section.hits) for section in answer.context["sections"] if section.group == "cases")


def under(name: str) -> Callable[[Any], int]:
    """Of a page whose template calls them so."""
    return lambda answer: len(list(answer.context[name]))


def of_box(answer: Any) -> int:
    """Of a page of messages."""
    return len(answer.context["page"].messages)


def of_board(answer: Any) -> int:
    """Open ones and solved ones."""
    return len(answer.context["board"].open) + len(answer.context["board"].solved)


def found(name: str = "") -> Callable[[Any], int]:
    """Of JSON: a list, or a list under a name."""
    return lambda answer: len(json.loads(answer.content)[name] if name else json.loads(answer.content))


def in_team(answer: Any) -> int:
    """Everybody a board names."""
    return sum(len(members) for _name, members in answer.context["team"])


def teams(answer: Any) -> int:
    """Everybody a team names, of the API."""
    return sum(len(members) for members in json.loads(answer.content)["teams"].values())


def nodes(answer: Any) -> int:
    """Of a tree, however deep."""

    def count(part: list[dict[str, Any]]) -> int:
        return sum(1 + count(node["children"]) for node in part)

    return count(json.loads(answer.content))


def tile(answer: Any) -> int:
    """A tile is one picture of however many."""
    return int(bool(answer.content))


def square(z: int) -> str:
    """The tile over the middle of the first micro-grid."""
    x = math.floor((LON + 180) / 360 * 2**z)
    y = math.floor((1 - math.asinh(math.tan(math.radians(LAT))) / math.pi) / 2 * 2**z)
    return f"{z}/{x}/{y}"


PAGES = [
    List("worker", "/work/mine/", 10, PAGE, rows),
    List("worker", "/work/take/", 10, PAGE, rows),
    List("leader", "/work/consult/", 14, PAGE, rows),
    List("checker", "/work/check/", 11, PAGE, rows),
    List("leader", "/work/rate/", 14, PAGE, rows),
    List("intake", "/work/intake/", 10, PAGE, rows),
    List("dispatcher", "/work/dispatch/", 13, PAGE, rows),
    List("dispatcher", "/work/decide/", 12, PAGE, rows),
    List("supervisor", "/work/decide/", 12, PAGE, rows),
    List("dispatcher", "/work/bounced/", 13, PAGE, rows),
    List("supervisor", "/work/bounced/", 13, PAGE, rows),
    List("sanitation", "/work/units/", 10, PAGE, rows),
    List("worker", "/work/take/?lamp=red&q=路灯", 11, PAGE, rows),
    List("intake", "/cases/", 9, PAGE, rows),
    List("intake", "/cases/?stage=closed&lamp=none", 9, PAGE, rows),
    List("worker", "/cases/?q=路灯", 10, PAGE, rows),
    List("sanitation", "/cases/", 9, PAGE, rows),
    List("worker", "/search/?q=路灯&kind=cases&order=newest", 14, PAGE, hits),
    List("intake", "/search/?q=灯不亮&order=newest", 30, 10, hits),
    List("worker", "/search/suggestions/?q=灯不亮", 28, 10, hits),
    List("intake", "/work/hot/", 11, PAGE, lambda answer: len(answer.context["page"].items)),
    List("intake", "/work/hot/{issue}/", 16, 200, lambda answer: len(answer.context["view"].cases)),
    List("secretary", "/cases/?rung=centre&source=resident", 9, PAGE, rows),
    List("worker", "/counts/", 6, 0, lambda _answer: 0),
    List("dispatcher", "/counts/", 6, 0, lambda _answer: 0),
    List("", "/my/reports/", 5, 50, rows),
    List("", "/boards/", 6, AROUND + 5, under("nodes")),
    List("", "/boards/{grid}/", 16, 40, of_board),
    List("", "/boards/{village}/", 16, AROUND + 3, under("children")),
    List("", "/boards/{grid}/poster/", 16, AROUND, in_team),
    List("leader", "/boards/{grid}/doors/", 10, AROUND + 1, under("stickers")),
    List("", "/map/features.json", 5, AROUND + 5, found("features")),
    List("", "/map/features.json?bbox=120.5,31.2,120.65,31.35", 6, 2 * AROUND + 6, found("features")),
    List("worker", "/messages/", 9, 30, of_box),
    List("worker", "/messages/?unread=1", 9, 30, of_box),
    List("worker", "/messages/bell/", 5, 0, lambda _answer: 0),
    List("admin", "/messages/failures/", 9, 30, of_box),
    List("worker", "/me/", 11, 1, under("appointments")),
    List("admin", "/imports/", 9, 30, under("runs")),
    List("admin", "/boundaries/", 9, 30, under("runs")),
    List("dispatcher", "/map/side/?bbox=120.5,31.2,120.7,31.4", 18, 50, under("rows")),
    List(
        "dispatcher",
        "/map/things.json?bbox=120.5,31.2,120.7,31.4&layers=teams,stations,cameras",
        13,
        2 * AROUND + 2,
        found("features"),
    ),
    List("admin", "/cameras/", 10, 0, lambda _answer: 0),
    List("admin", "/components/", 10, AROUND, lambda answer: len(answer.context["page"])),
    List("admin", "/adjustments/", 12, 50, under("waiting")),
    List("admin", "/adjustments/new/", 9, 50, under("nodes")),
    List("admin", "/adjustments/as-of/", 14, AROUND + 5, lambda answer: len(answer.context["page"])),
    List("admin", "/planning/", 9, 60, under("studies")),
    List("admin", "/planning/stations/", 12, 60, under("stations")),
    List("secretary", "/tasks/", 12, 50, under("lines")),
    List("secretary", "/rhythm/", 12, 0, lambda _answer: 0),
    List("secretary", "/rhythm/morning/", 25, 0, lambda _answer: 0),
    List("secretary", "/rhythm/week/", 25, 0, lambda _answer: 0),
    List("secretary", "/rhythm/month/?month=2026-03", 16, 0, lambda _answer: 0),
    List("supervisor", "/cockpit/", 25, 0, lambda _answer: 0),
    List("secretary", "/reports/", 14, 0, lambda _answer: 0),
    List("supervisor", "/ledgers/cases/", 12, PAGE, under("lines")),
    List("supervisor", "/ledgers/cases/?q=路灯", 13, PAGE, under("lines")),
    List("supervisor", "/ledgers/assignments/", 12, PAGE, under("lines")),
    List("supervisor", "/ledgers/hot/", 12, PAGE, under("lines")),
    List("secretary", "/ledgers/posts/", 12, PAGE, under("lines")),
    List("admin", "/ledgers/components/", 12, PAGE, under("lines")),
    List("admin", "/ledgers/adjustments/", 13, PAGE, under("lines")),
    List("intake", "/intake/proposals/?text=路灯不亮&place_text=3栋", 12, 0, lambda _answer: 0),
    List("worker", "/cases/{case}/", 18, 0, lambda _answer: 0),
    List("worker", "/ogc/collections/cases/items?limit=100", 10, 100, found("features")),
    List("worker", "/ogc/collections/buildings/items?limit=100", 10, AROUND + 1, found("features")),
    List("", "/ogc/collections/microgrid/items?limit=100", 8, AROUND + 3, found("features")),
    List("", "/ogc/collections", 4, 3, found("collections")),
    List("worker", f"/tiles/cases/{square(14)}.mvt", 8, 1, tile),
    List("worker", f"/tiles/buildings/{square(16)}.mvt", 6, 1, tile),
    List("", f"/tiles/nodes/{square(14)}.mvt", 4, 1, tile),
]
"""Every list that a browser opens outside the back office."""
OPERATIONS = [
    List("worker", "queues", 7, 2, found()),
    List("worker", "queues/mine?limit=100", 6, 100, found("items")),
    List("worker", "queues/take?limit=100", 6, 100, found("items")),
    List("leader", "queues/consult?limit=100", 6, 100, found("items")),
    List("checker", "queues/check?limit=100", 6, 100, found("items")),
    List("leader", "queues/rate?limit=100", 6, 100, found("items")),
    List("intake", "queues/intake?limit=100", 6, 100, found("items")),
    List("dispatcher", "queues/dispatch?limit=100", 6, 100, found("items")),
    List("dispatcher", "queues/decide?limit=100", 6, 100, found("items")),
    List("supervisor", "queues/bounced?limit=100", 6, 100, found("items")),
    List("sanitation", "queues/units?limit=100", 6, 100, found("items")),
    List("intake", "cases?limit=100", 6, 100, found("items")),
    List("intake", "cases?limit=100&node={village}&lamp=red", 6, 100, found("items")),
    List("worker", "messages?limit=100", 4, 100, found("items")),
    List("worker", "territory", 6, 1, nodes),
    List("intake", "territory", 6, AROUND + 5, nodes),
    List("worker", "departments", 4, AROUND + 2, found()),
    List("worker", "teams/{grid}", 9, AROUND, teams),
    List("", "boards", 3, AROUND + 5, found()),
    List("", "boards/{grid}", 14, AROUND, teams),
    List("", "boards/{village}", 14, AROUND + 3, found("children")),
    List("", "categories", 5, 200, found()),
    List("", "places/search?q=丽发新城3栋", 3, 1, found()),
    List("", f"duplicates?lon={LON}&lat={LAT}", 6, 1, found()),
    List("", "reports", 3, 50, found()),
    List("worker", "cases/{case}/candidates", 16, 0, lambda _answer: 0),
]
"""Every list of the API."""


def kinds() -> list[dict[str, Any]]:
    """A case of every kind that some list shows, as columns; `unit` and `handler` are filled in turn by turn."""
    handling = {"stage": Stage.HANDLING}
    return [
        {"stage": Stage.REPORTED},
        {**handling, "handler": True},
        {**handling, "rung": Rung.LEADER},
        {**handling, "rung": Rung.CENTRE},
        {**handling, "rung": Rung.DEPARTMENT, "lead_department": True},
        {**handling, "rung": Rung.CENTRE, "returns": 2},
        {"stage": Stage.CHECKING, "lead_department": True},
        {"stage": Stage.RATING},
        {"stage": Stage.SUSPENDED, "handler": True},
        {"stage": Stage.CLOSED, "outcome": Outcome.SOLVED, "score": 5},
        {"stage": Stage.CONSULTING, "rung": Rung.LEADER},
        {"stage": Stage.VERIFYING, "verifier": True},
    ]


def columns(world: World, at: int) -> dict[str, Any]:
    """What the case in place `at` is: of every kind, on every micro-grid, in many hands."""
    staff = [world.people[name] for name in ("worker", "worker2", "stranger")]
    units = list(world.units.values())
    patterns = kinds()
    turn = at // len(patterns)
    values = dict(patterns[at % len(patterns)])
    if values.get("stage") == Stage.CLOSED:
        values["closed_at"] = world.now - timedelta(hours=turn % 100)
    if "lead_department" in values:
        values["lead_department"] = units[turn // 3 % len(units)]
    for name in ("handler", "verifier"):
        if name in values:
            values[name] = staff[turn // 3 % len(staff)]
    return {"node": world.grids[turn % 3], **values}


def fill(world: World, count: int) -> None:
    """So many cases more, with all that hangs on them."""
    first, hour, now = Case.objects.count(), timedelta(hours=1), world.now
    category, made = world.category(), []
    for at in range(first, first + count):
        values = columns(world, at)
        made.append(
            Case(
                tracking_code=f"{at:011d}", source=Source.RESIDENT, text="路灯不亮", place_text="3栋", path=values["node"].path,
                category=category, reported_at=now - at * timedelta(seconds=7), lon=LON, lat=LAT,
                clock_due_at=now + (at % 37 - 20) * hour, clock_warn_at=now, **values,
            )
        )  # fmt: skip
    cases = Case.objects.bulk_create(made, batch_size=2_000)
    wait_for_all(Case.objects.filter(pk__in=[case.pk for case in cases]))
    hot(world, cases)
    asker = world.people["worker"]
    Assignment.objects.bulk_create([
        Assignment(case=case, department=case.lead_department, role="lead", assigned_at=now)
        for case in cases if case.lead_department_id
    ])  # fmt: skip
    StepRequest.objects.bulk_create([
        StepRequest(case=case, kind=RequestKind.EXTENSION, asked_by=asker, asked_at=now, reason="下雨")
        for case in cases if case.stage == Stage.HANDLING and case.handler_id
    ])  # fmt: skip
    device = hashlib.sha256(DEVICE.encode()).hexdigest()
    Contact.objects.bulk_create([
        Contact(case=case, role="reporter", device_hash=device, created_at=now) for case in cases
    ])  # fmt: skip
    index(now)
    Message.objects.bulk_create([
        Message(
            event="case.assigned", audience="handler", channel="in_app", person=asker, title="派给您", state="sent",
            url=f"/cases/{case.pk}/", due_at=now, created_at=now, dedupe_key=f"m{case.pk}", node=case.node,
        )
        for case in cases
    ])  # fmt: skip


def hot(world: World, cases: list[Case]) -> None:
    """One issue of many cases, and many of one."""
    ground: dict[str, Any] = {
        "node": world.village, "path": world.village.path, "first_at": world.now, "last_at": world.now,
        "found_at": world.now,
    }  # fmt: skip
    large = HotIssue.objects.first() or HotIssue.objects.create(words="搅拌站", **ground)
    few = HotIssue.objects.bulk_create(HotIssue(words="路灯", **ground) for _ in range(PAGE + 5))
    there = [*few, *[large] * 205]
    HotCase.objects.bulk_create(
        HotCase(issue=issue, case=case, how="job", added_at=world.now)
        for issue, case in zip(there, cases, strict=False)
    )


def fill_around(world: World, count: int) -> None:
    """So many micro-grids, buildings, doors, units, posts, failures and runs more: what lists besides cases show."""
    now, grid, start = world.now, world.grids[0], Node.objects.count()
    post = PostKind.objects.get(key="micro-worker")
    for at in range(start, start + count):
        node = Node(
            code=f"99010101009{at:07d}", tier=grid.tier, parent=world.village, name=f"格{at}", path=f"~{at}",
            valid_from=date(2020, 1, 1), boundary=grid.boundary, min_lon=grid.min_lon, min_lat=grid.min_lat,
            max_lon=grid.max_lon, max_lat=grid.max_lat, lon=grid.lon, lat=grid.lat,
        )  # fmt: skip
        node.save()
        node.path = child_path(world.village.path, node.pk)
        node.save(update_fields=["path"])
        building = Building.objects.create(
            estate=world.building.estate, node=grid, name=f"{at}幢", floors=6, households=9, lon=LON, lat=LAT
        )
        Door.objects.create(token=f"door{at}", node=grid, building=building, label=f"{at}幢")
        Department.objects.create(code=f"u{at}", name=f"单位{at}", kind="line", node=world.town)
        person = Person.objects.create(username=f"more{at}", name=f"人{at}", joined_at=now)
        Appointment.objects.create(person=person, post_kind=post, node=grid, valid_from=date(2026, 1, 1))
        Message.objects.create(
            event="case.assigned", audience="handler", channel="sms", person=person, node=node, title="没送到",
            state="failed", due_at=now, created_at=now, dedupe_key=f"f{at}",
        )  # fmt: skip
        ImportRun.objects.create(
            file_name=f"{at}.csv", file_sha256=f"h{at}", mapping={}, started_by=person, started_at=now
        )
        Study.objects.create(name=f"课题{at}", node=world.village, made_by=person, made_at=now)
        adjustment(world, person)
        Station.objects.create(node=world.village, name=f"站点{at}", lon=LON, lat=LAT)
        Component.objects.create(code=f"9901010118{at:06d}", name="路灯", node=grid, lon=LON, lat=LAT)
        Task.objects.create(
            title=f"任务{at}", node=world.village, owner=person, due_on=date(2026, 1, 9), made_by=person, made_at=now
        )
        BoundaryRun.objects.create(
            file_name=f"{at}.geojson", stored_name="x", wanted={}, started_by=person, started_at=now
        )
    touch(*Topic)


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


def adjustment(world: World, person: Person) -> None:
    """A change of three nodes that waits for its day."""
    made = Adjustment.objects.create(
        kind="rename", on=world.now.date(), state="planned", path=world.village.path, made_by=person, made_at=world.now,
        plan={"name": "新名", "name_en": ""},
    )  # fmt: skip
    made.before.set(world.grids)


class Desk:
    """Everybody's browser and program, and what each list costs from there."""

    def __init__(self, world: World) -> None:
        self.world = world
        adjustment(world, world["admin"])  # its nodes are read with one more question than nothing
        Component.objects.create(code="9901010118999999", name="路灯", node=world.grids[0], lon=LON, lat=LAT)
        Task.objects.create(
            title="查井盖", node=world.village, owner=world["worker"], due_on=date(2026, 1, 8), made_at=world.now
        )
        self.browsers = {who: browser(world, who) for who in {one.who for one in PAGES}}
        self.programs = {who: program(world, who) for who in {one.who for one in OPERATIONS}}

    def measured(self) -> dict[str, tuple[int, int]]:
        """List -> how many questions it asks, and how many rows it shows."""
        first = Case.objects.filter(handler=self.world.people["worker"]).earliest("pk")
        there = {
            "grid": self.world.grids[0].code,
            "village": self.world.village.code,
            "case": first.pk,
            "issue": HotIssue.objects.earliest("pk").pk,
        }
        answers = {}
        for one in PAGES:
            answers[f"{one.who} {one.address}"] = cost(self.browsers[one.who], one.address.format(**there), one)
        for one in OPERATIONS:
            path = f"/api/v1/{one.address.format(**there)}"
            answers[f"api {one.who} {one.address}"] = cost(self.programs[one.who], path, one)
        return answers


def cost(client: Client, address: str, one: List) -> tuple[int, int]:
    """Opened a second time, when what is remembered for good is remembered."""
    assert client.get(address).status_code == 200, address
    with CaptureQueriesContext(connection) as counted:
        answer = client.get(address)
    return len(counted), one.shown(answer)


def test_every_list_costs_the_same_at_ten_thousand_cases_as_at_a_hundred(world: World) -> None:
    desk = Desk(world)
    fill(world, FEW)
    before = desk.measured()
    fill(world, MANY - FEW)
    fill_around(world, AROUND)
    assert Case.objects.count() == MANY
    after = desk.measured()
    assert {name: (before[name][0], asked) for name, (asked, _rows) in after.items() if asked != before[name][0]} == {}
    stated = dict(zip(after, [*PAGES, *OPERATIONS], strict=True))
    assert {name: asked for name, (asked, _rows) in after.items() if asked > stated[name].most} == {}
    # a list that is not full proves nothing
    assert {name: shown for name, (_asked, shown) in after.items() if shown < stated[name].full} == {}
    again = desk.browsers["intake"].get("/cases/").context["page"]
    deep = List("intake", f"/cases/?after={again.next_cursor}", 10, PAGE, rows)
    assert cost(desk.browsers["intake"], deep.address, deep) == (after["intake /cases/"][0], PAGE)


def test_no_work_queue_is_left_out() -> None:
    assert {one.address.split("/")[2] for one in PAGES if one.address.startswith("/work/")} == {*QUEUES, "hot"}
    assert {one.address.split("/")[1].split("?")[0] for one in OPERATIONS if "queues/" in one.address} == set(QUEUES)
