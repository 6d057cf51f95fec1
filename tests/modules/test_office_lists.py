"""Lists of the back office ask the database the same few questions, however many rows they show."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.modules.office import operator, staff
from tests.world import World
from yemai.base.audit.actions import record, record_look
from yemai.base.jobs.models import Job
from yemai.base.messages.models import Message, Robot
from yemai.base.parameters import queries
from yemai.base.parameters.models import CalendarDay, Parameter
from yemai.base.people.actions import appoint, create_department, create_person, report_absence
from yemai.base.territory.actions import create_node
from yemai.base.territory.models import AddressAlias, Building, Door, Estate, Tier
from yemai.base.triage.models import TrainedModel
from yemai.gates.case_files.models import ImportRun
from yemai.modules.cases.models import Catalogue, ReplyTemplate, ResponsibilityList

pytestmark = pytest.mark.django_db
MOST = 14
"""Session, person, posts, roots; then count, rows, what stands beside them, days to narrow by, and the filters."""


@pytest.fixture(autouse=True)
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a second a process asks whether a parameter changed; here that second never ends."""
    monkeypatch.setattr(queries, "CHECK_SECONDS", 3600.0)


def more_of_everything(world: World, at: int) -> None:
    """One more row for every register."""
    now = world.now
    tier = Tier.objects.get(key="microgrid")
    grid = create_node(tier=tier, parent=world.village, name=f"新{at}", actor=None, now=now)
    estate = Estate.objects.create(node=grid, name=f"苑{at}")
    AddressAlias.objects.create(text=f"别名{at}", estate=estate)
    building = Building.objects.create(estate=estate, node=grid, name=f"{at}栋")
    Door.objects.create(token=f"t{at}", node=grid, building=building)
    unit = create_department(actor=None, code=f"u{at}", name=f"单位{at}", node=world.town, now=now)
    person = create_person(actor=None, username=f"p{at}", name=f"人{at}", now=now)
    appoint(actor=None, person=person, post_kind="micro-leader", node=grid, now=now)
    appoint(actor=None, person=person, post_kind="department-handler", department=unit, now=now)
    other = create_person(actor=None, username=f"q{at}", name=f"副{at}", now=now)
    appoint(actor=None, person=other, post_kind="micro-worker", node=grid, now=now)
    days = {"from_at": now + timedelta(days=1), "to_at": now + timedelta(days=2)}
    report_absence(actor=None, person=person, deputy=other, now=now, **days)
    Parameter.objects.create(key="lamp", version=100 + at, value=0.7, effective_from=date(2026, 1, 1))
    CalendarDay.objects.create(day=date(2027, 1, 1) + timedelta(days=at), is_workday=False)
    Job.objects.create(kind="cases.recompute", run_at=now, state=Job.State.FAILED)
    robot = Robot.objects.create(node=grid, kind="wecom", name=f"群{at}", url_sealed="x", url_blind=f"b{at}")
    Message.objects.create(
        event="case.assigned", audience="centre", channel="wecom", robot=robot, node=grid, title="派遣", state="failed",
        due_at=now, created_at=now, dedupe_key=f"d{at}",
    )  # fmt: skip
    record(actor=person, action="rename_node", subject=grid, now=now)
    record_look(actor=person, subject=building, purpose="case.reporter", now=now)
    ImportRun.objects.create(file_name=f"{at}.csv", file_sha256=f"h{at}", mapping={}, started_by=person, started_at=now)
    Catalogue.objects.create(version=f"v{at}", label="目录", effective_from=date(2030, 1, 1))
    ResponsibilityList.objects.create(
        catalogue=Catalogue.objects.earliest("id"),
        version=f"清单{at}",
        effective_from=date(2030, 1, 1),
        published_at=now,
    )
    TrainedModel.objects.create(
        subject="category", origin="retrained", made_at=now, verdict="kept", card={"rows": at, "accuracy": 0.9}
    )
    ReplyTemplate.objects.create(name=f"模板{at}", text="做了什么", changed_at=now)
    case = world.handled()
    case.lead_department = unit
    case.save(update_fields=["lead_department"])


def asked(client: Client, address: str) -> tuple[int, int]:
    """How many queries a page costs, and how many rows it shows."""
    with CaptureQueriesContext(connection) as counted:
        page = client.get(address)
    assert page.status_code == 200, address
    return len(counted), len(page.context["cl"].result_list)


def costs(client: Client, addresses: list[str]) -> dict[str, tuple[int, int]]:
    client.get("/office/")  # whatever is remembered for good is remembered now
    return {address: asked(client, address) for address in addresses}


def lists() -> list[str]:
    return [f"/office/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]


def test_a_list_costs_the_same_with_more_rows(world: World) -> None:
    client = operator(world)
    more_of_everything(world, 1)
    before = costs(client, lists())
    for at in range(2, 8):
        more_of_everything(world, at)
    after = costs(client, lists())
    assert {address: count for address, (count, _rows) in after.items()} == {
        address: count for address, (count, _rows) in before.items()
    }
    assert {address: count for address, (count, _rows) in after.items() if count > MOST} == {}
    fixed = {
        "/office/territory/tier/",
        "/office/people/postkind/",
        "/office/outbox/messagerule/",
        "/office/cases/category/",
    }
    assert [address for address in after if address not in fixed and after[address][1] - before[address][1] < 6] == []


def test_reach_costs_two_questions_more_and_no_more_with_rows(world: World) -> None:
    client = staff(world, "admin")
    open_to: list[str] = [address for address in lists() if client.get(address).status_code == 200]
    more_of_everything(world, 1)
    before: dict[str, Any] = {address: count for address, (count, _rows) in costs(client, open_to).items()}
    for at in range(2, 6):
        more_of_everything(world, at)
    assert {address: count for address, (count, _rows) in costs(client, open_to).items()} == before
    assert max(before.values()) <= MOST


def test_a_page_shows_fifty(world: World) -> None:
    tier = Tier.objects.get(key="microgrid")
    for at in range(60):
        create_node(tier=tier, parent=world.village, name=f"格{at}", actor=None, now=world.now)
    client = staff(world, "admin")
    page = client.get("/office/territory/node/")
    assert (len(page.context["cl"].result_list), page.context["cl"].result_count) == (50, 65)
    assert len(client.get("/office/territory/node/?all=").context["cl"].result_list) == 50
    assert len(client.get("/office/territory/node/?p=2").context["cl"].result_list) == 15
