"""The audit trail: who looked, who changed what, seen by those whose ground it is, and never altered."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from tests import world as town
from tests.world import World
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import HIDDEN, record, record_look, shown
from yemai.base.audit.models import Entry, Kept, Look
from yemai.base.audit.queries import entries_for, looks_at, looks_for
from yemai.base.parameters.actions import set_calendar_day, set_parameter
from yemai.base.people.actions import appoint, create_person
from yemai.base.people.models import PostKind
from yemai.base.territory.actions import rename_node

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: datetime) -> World:
    """The town and its cast."""
    return town.build(now)


def test_a_look_says_who_at_whom_why_and_when(world: World, now: datetime) -> None:
    case = world.reported()
    look = record_look(actor=world["worker"], subject=case, purpose="case.reporter", now=now)
    assert (look.actor.username, look.subject_kind, look.subject_id) == ("worker", "cases.case", str(case.pk))
    assert (look.purpose, look.at, look.path) == ("case.reporter", now, world.grids[0].path)
    assert list(looks_at(case)) == [look]
    assert not looks_at(world.grids[0]).exists()


def test_opening_a_reporters_contact_is_a_look(world: World) -> None:
    case = world.reported()
    client = world.client("intake")
    client.get(f"/cases/{case.pk}/")
    assert not Look.objects.exists()
    page = client.get(f"/cases/{case.pk}/?reporter=1")
    assert page.status_code == 200
    assert [(look.actor.username, look.purpose) for look in Look.objects.all()] == [("intake", "case.reporter")]


def test_a_change_of_a_parameter_is_written_down(world: World, now: datetime) -> None:
    set_parameter("lamp", 0.7, effective_from=date(2026, 3, 1), actor=world["admin"], now=now)
    set_calendar_day(date(2026, 3, 14), is_workday=True, actor=world["admin"], now=now)
    day, lamp = Entry.objects.all()[:2]
    assert (lamp.action, lamp.actor.username, lamp.at) == ("set_parameter", "admin", now)
    assert (lamp.before["value"], lamp.after["value"]) == (0.8, 0.7)
    assert (day.action, day.object_kind, day.after["is_workday"]) == (
        "set_calendar_day",
        "parameters.calendarday",
        True,
    )


def test_a_change_of_the_ground_is_written_down_where_it_lies(world: World, now: datetime) -> None:
    before = Entry.objects.count()
    rename_node(actor=world["admin"], node=world.grids[1], name="银杏微网格", now=now)
    assert Entry.objects.count() == before + 1
    entry = Entry.objects.all()[0]
    assert (entry.actor.username, entry.path, entry.object_id) == ("admin", world.grids[1].path, str(world.grids[1].pk))
    assert (entry.before["name"], entry.after["name"]) == ("第2微网格", "银杏微网格")


def test_what_is_undone_leaves_no_trace(world: World, now: datetime) -> None:
    class Undo(Exception):
        pass

    before = Entry.objects.count()
    with pytest.raises(Undo), transaction.atomic():
        set_parameter("lamp", 0.7, effective_from=date(2026, 3, 1), now=now)
        raise Undo
    assert Entry.objects.count() == before


def test_secrets_and_contacts_never_reach_the_trail() -> None:
    values: dict[str, Any] = {
        "name": "王芳",
        "phone": "13800000000",
        "url_sealed": "k1.x",
        "new_password": "x",
        "secret": "",
    }
    assert shown(values) == {
        "name": "王芳",
        "phone": HIDDEN,
        "url_sealed": HIDDEN,
        "new_password": HIDDEN,
        "secret": "",
    }


def test_any_value_has_a_spelling(world: World) -> None:
    values = {
        "on": date(2026, 3, 4),
        "at": datetime(2026, 3, 4, 2, tzinfo=UTC),
        "fen": Decimal("1.50"),
        "who": world["worker"],
    }
    assert shown(values) == {
        "on": "2026-03-04",
        "at": "2026-03-04T02:00:00Z",
        "fen": "1.50",
        "who": f"people.person {world['worker'].pk}",
    }
    assert shown({"ways": {"b", "a"}, "shape": b"\x00\x01", "odd": object})["ways"] == ["a", "b"]
    assert shown(None) == {}


def test_a_row_of_the_trail_is_never_changed_or_removed(world: World, now: datetime) -> None:
    entry = record(actor=None, action="test", subject=world.town, now=now, after={"name": "试验镇"})
    look = record_look(actor=world["worker"], subject=world.town, purpose="test", now=now)
    for row in (entry, look):
        for forbidden in (row.save, row.delete, type(row).objects.all().delete):
            with pytest.raises(Kept):
                forbidden()
        with pytest.raises(Kept):
            type(row).objects.update(path="")
    assert Entry.objects.get(pk=entry.pk).after == {"name": "试验镇"}


def test_an_auditor_sees_the_own_ground_alone(world: World, now: datetime) -> None:
    auditor = create_person(actor=None, username="village-auditor", name="村审计", password=town.PASSWORD, now=now)
    PostKind.objects.create(
        key="grid-auditor", name="网格审计员", tier_key="microgrid", permissions=[Permission.AUDIT_VIEW]
    )
    appoint(
        actor=None, person=auditor, post_kind="grid-auditor", node=world.grids[1], now=now, valid_from=date(2026, 1, 1)
    )
    for place in (world.town, world.grids[0], world.grids[1]):
        record(actor=None, action="looked-over", subject=place, now=now)
        record_look(actor=world["worker"], subject=place, purpose="looked-over", now=now)
    set_parameter("lamp", 0.7, effective_from=date(2026, 3, 1), now=now)

    def seen(who: str) -> tuple[set[str], set[str]]:
        person = auditor.__class__.objects.get(username=who)
        entries = entries_for(person).filter(action__in=["looked-over", "set_parameter"])
        return {entry.path for entry in entries}, {look.path for look in looks_for(person)}

    everywhere = {place.path for place in (world.town, world.grids[0], world.grids[1])}
    assert seen("village-auditor") == ({world.grids[1].path}, {world.grids[1].path})
    assert seen("auditor") == (everywhere | {""}, everywhere)
    assert seen("worker") == (set(), set())
