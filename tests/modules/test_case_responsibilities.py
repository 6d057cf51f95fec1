"""Who leads: the responsibility list published in versions, proposals with reasons, returns that are remembered, and their rate."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.modules.office import errors, last_entry, saved, sent, staff
from tests.world import World
from yemai.kernel.refusals import Refused
from yemai.modules.cases.actions.responsibilities import ResponsibilityLine, publish_responsibilities
from yemai.modules.cases.models import Assignment, Case, ResponsibilityList
from yemai.modules.cases.queries.catalogue import catalogue_on
from yemai.modules.cases.queries.proposed import bounce_rates, propose_people, propose_units
from yemai.modules.cases.terms import ReturnReason, Verb

pytestmark = pytest.mark.django_db
GARBAGE = "E0110"


def listed(
    world: World, *lines: ResponsibilityLine, version: str = "2026", on: date = date(2026, 1, 1)
) -> ResponsibilityList:
    catalogue = catalogue_on()
    assert catalogue is not None
    return publish_responsibilities(
        catalogue, lines, version=version, effective_from=on, actor=world["admin"], now=world.now
    )


def handed_up(world: World, code: str = GARBAGE) -> Case:
    """A classed case that waits for the town centre to name a unit."""
    case = world.step(world.reported(), Verb.TAKE, "worker", category=world.category(code).pk)
    case = world.step(case, Verb.ESCALATE, "worker", text="网格里解决不了")
    return world.step(case, Verb.ESCALATE, "leader", text="三支队伍也解决不了")


def dispatched(world: World, unit: str) -> Case:
    return world.step(handed_up(world), Verb.ASSIGN, "dispatcher", department=world.units[unit].pk)


def returned(world: World, unit: str) -> Case:
    case = dispatched(world, unit)
    return world.step(case, Verb.RETURN, unit, return_reason=ReturnReason.values[0], text="不归我们管")


def test_the_responsibility_list_names_the_unit_and_says_so(world: World) -> None:
    listed(
        world,
        ResponsibilityLine("E01", "供水所"),
        ResponsibilityLine(GARBAGE, "环卫所", ("供水所",), basis="镇发〔2026〕3号"),
    )
    first, second = propose_units(handed_up(world), world.now)
    assert first.unit == world.units["sanitation"] and first.joint == [world.units["water"]]
    assert GARBAGE in first.reasons[0] and "镇发〔2026〕3号" in first.reasons[0] and first.note == ""
    assert second.unit == world.units["water"] and "E01" in second.reasons[0]


def test_programs_read_the_proposals_too(world: World) -> None:
    listed(world, ResponsibilityLine(GARBAGE, "环卫所"))
    found = world.client("dispatcher").get(f"/api/v1/cases/{handed_up(world).pk}/candidates").json()
    assert [one["name"] for one in found["proposed_departments"]] == ["环卫所"]
    assert GARBAGE in found["proposed_departments"][0]["reasons"][0]
    assert found["proposed_people"][0]["reasons"]


def test_a_line_for_some_ground_is_closer_than_one_for_all(world: World) -> None:
    listed(
        world, ResponsibilityLine(GARBAGE, "环卫所"), ResponsibilityLine("E01", "供水所", where=world.grids[0].code),
        ResponsibilityLine("E02", "供水所", where=world.grids[1].code),
    )  # fmt: skip
    assert [one.unit for one in propose_units(handed_up(world), world.now)] == [
        world.units["water"], world.units["sanitation"],
    ]  # fmt: skip


def test_a_version_counts_from_its_day_on_and_the_old_one_stays(world: World) -> None:
    old = listed(world, ResponsibilityLine(GARBAGE, "环卫所"))
    listed(world, ResponsibilityLine(GARBAGE, "供水所"), version="2027", on=date(2999, 1, 1))
    assert propose_units(handed_up(world), world.now)[0].unit == world.units["sanitation"]
    assert old.lines.get().lead == world.units["sanitation"]


def test_past_assignments_speak_where_no_list_does(world: World) -> None:
    for _ in range(2):
        world.step(dispatched(world, "sanitation"), Verb.SUBMIT_FEEDBACK, "sanitation", outcome="solved", text="已清运")
    found = propose_units(handed_up(world), world.now)
    assert [one.unit for one in found] == [world.units["sanitation"]]
    assert "2" in found[0].reasons[0]
    assert propose_units(handed_up(world), world.now + timedelta(days=400)) == []


def test_a_kind_returned_twice_comes_with_a_note(world: World) -> None:
    listed(world, ResponsibilityLine(GARBAGE, "环卫所"), ResponsibilityLine("E01", "供水所"))
    returned(world, "sanitation")
    assert propose_units(handed_up(world), world.now)[0].unit == world.units["sanitation"]
    returned(world, "sanitation")
    first, noted = propose_units(handed_up(world), world.now)
    assert first.unit == world.units["water"]
    assert noted.unit == world.units["sanitation"] and "2" in noted.note
    assert str(ReturnReason(ReturnReason.values[0]).label) in noted.note
    page = world.client("dispatcher").get(f"/cases/{handed_up(world).pk}/assign/").content.decode()
    assert noted.note in page


def test_what_was_proposed_is_remembered_and_its_bounces_counted(world: World) -> None:
    dispatched(world, "water")
    listed(world, ResponsibilityLine(GARBAGE, "环卫所"))
    returned(world, "sanitation")
    dispatched(world, "water")
    assert list(Assignment.objects.order_by("pk").values_list("was_proposed", flat=True)) == [None, True, False]
    rates = bounce_rates(world.now)
    assert (rates.proposed.sent, rates.proposed.returned, rates.proposed.percent) == (1, 1, 100)
    assert (rates.other.sent, rates.other.returned) == (1, 0) and rates.unasked.sent == 1
    page = world.client("dispatcher").get("/work/bounced/").content.decode()
    assert "按建议派遣 1 件，退回 1 件" in page


def test_people_of_the_ground_are_proposed_with_reasons(world: World) -> None:
    case = world.step(world.reported(), Verb.TAKE, "worker", category=world.category(GARBAGE).pk)
    found = propose_people(case, [world["worker"], world["worker2"], world["secretary"]], world.now)
    assert [one.person for one in found] == [world["worker2"], world["worker"]]
    assert "就在本网格" in found[0].reasons


def test_proposing_asks_the_same_however_long_the_history(world: World) -> None:
    listed(world, ResponsibilityLine(GARBAGE, "环卫所"), ResponsibilityLine("E01", "供水所"))
    case = handed_up(world)
    case = Case.objects.select_related("category").get(pk=case.pk)
    with CaptureQueriesContext(connection) as short:
        propose_units(case, world.now)
    for _ in range(3):
        dispatched(world, "sanitation")
    with CaptureQueriesContext(connection) as long:
        propose_units(case, world.now)
    assert len(long) == len(short) <= 6


LINES = "垃圾满溢\t供水所\n{code}\t环卫所\t供水所\t\t镇发3号\n"


def form(**more: Any) -> dict[str, Any]:
    return {
        "version": "2026-a",
        "basis": "",
        "effective_from": "2026-01-01",
        "lines": LINES.format(code=GARBAGE),
        **more,
    }


def test_a_version_is_published_from_pasted_lines(world: World) -> None:
    client = staff(world, "admin")
    saved(client, "cases/responsibilitylist/do/publish/", **form())
    made = ResponsibilityList.objects.get()
    assert {(one.lead.name, one.basis) for one in made.lines.all()} == {("供水所", ""), ("环卫所", "镇发3号")}
    assert last_entry("publish_responsibilities").after["lines"] == 2
    assert "环卫所" in client.get(f"/office/cases/responsibilitylist/{made.pk}/change/").content.decode()
    again = client.get(f"/office/cases/responsibilitylist/{made.pk}/do/revise/").content.decode()
    assert f"{GARBAGE}\t环卫所\t供水所\t\t镇发3号" in again


def test_a_list_with_a_line_nobody_can_read_is_not_published(world: World) -> None:
    client = staff(world, "admin")
    wrong = sent(
        client,
        "cases/responsibilitylist/do/publish/",
        **form(lines="没这一类\t环卫所\nE0110\t没这单位\nE0110,环卫所,,000"),
    )
    said = str(errors(wrong)["lines"])
    assert "第 1 行" in said and "没这一类" in said and "没这单位" in said and "000" in said
    assert not ResponsibilityList.objects.exists()
    with pytest.raises(Refused):
        listed(world, ResponsibilityLine(GARBAGE, "环卫所"), ResponsibilityLine(GARBAGE, "供水所"))
