"""Teams, absences and deputies: who is in a grid, who is away, who acts for them and how far."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Clock
from tests.modules.people_town import Town, build, fresh
from yemai.base.access.queries import may, reach
from yemai.base.access.terms import Permission
from yemai.base.people import actions, queries
from yemai.base.people.models import Absence, Appointment, Person
from yemai.kernel.refusals import Refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def town(clock: Clock, now: datetime) -> Town:
    return build(now)


def away(town: Town, person: Person, deputy: Person | None = None, days: int = 2, **more: Any) -> Absence:
    given: dict[str, Any] = {"from_at": town.now, "to_at": town.now + days * DAY, "now": town.now} | more
    return actions.report_absence(actor=person, person=person, deputy=deputy, **given)


def refused(code: str, call: Any, *args: Any, **given: Any) -> None:
    with pytest.raises(Refused) as caught:
        call(*args, **given)
    assert caught.value.code == code, caught.value.text


# --- teams ------------------------------------------------------------------------------------------------------------


def test_the_three_teams_of_a_grid_with_duties_and_many_posts(town: Town, django_assert_num_queries: Any) -> None:
    head = town.person("head")
    town.post(head, "party-group-head", town.east1, duties=["coordination", "information"], public_phone="0512-1")
    worker = town.person("worker", ("micro-worker", town.east1), ("building-head", town.east1))
    member = town.person("member", ("party-volunteer", town.east1))
    town.person("neighbour", ("micro-worker", town.east2))
    for number in range(5):
        town.person(f"more{number}", ("warm-resident", town.east1))
    with django_assert_num_queries(2):
        teams = queries.team_of(town.east1)
    assert list(teams) == ["management", "work", "volunteer"]
    leader = teams["management"][0]
    assert (leader.person, leader.public_phone) == (head, "0512-1")
    assert [post.key for post in leader.posts] == ["party-group-head", "micro-leader"]
    assert [duty.value for duty in leader.duties] == ["information", "coordination"]
    assert [entry.person for entry in teams["management"]] == [head, worker]
    assert [entry.person for entry in teams["work"]] == [worker]
    assert teams["volunteer"][0].person == member
    assert len(teams["volunteer"]) == 6


def test_an_empty_grid_has_three_empty_teams_and_a_village_its_heads(town: Town) -> None:
    assert queries.team_of(town.west2) == {"management": [], "work": [], "volunteer": []}
    chief = town.person("chief", ("village-secretary", town.east), ("community-police", town.east))
    (entry,) = queries.heads_of(town.east)
    assert entry.person == chief
    assert [post.key for post in entry.posts] == ["village-secretary", "village-chief", "community-police"]


def test_the_public_board_leaves_out_posts_that_are_not_public(town: Town) -> None:
    worker = town.person("worker", ("micro-worker", town.east1))
    Appointment.objects.get(person=worker).post_kind.__class__.objects.filter(key="micro-worker").update(
        is_public=False
    )
    assert queries.team_of(town.east1)["work"]
    assert queries.team_of(town.east1, public_only=True)["work"] == []


def test_who_is_away_and_who_deputises_shows_in_the_team(town: Town, clock: Clock) -> None:
    worker = town.person("worker", ("micro-worker", town.east1))
    deputy = town.person("deputy", ("micro-worker", town.east2))
    absence = away(town, worker, deputy)
    (entry,) = queries.team_of(town.east1)["work"]
    assert (entry.absent_until, entry.deputy) == (absence.to_at, deputy)
    assert queries.is_absent(worker)
    clock.advance(days=2)
    (entry,) = queries.team_of(town.east1)["work"]
    assert (entry.absent_until, entry.deputy) == (None, None)
    assert not queries.is_absent(worker)


# --- deputies ---------------------------------------------------------------------------------------------------------


def test_a_deputy_acts_with_the_absent_persons_reach_for_that_time_only(town: Town, clock: Clock) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    deputy = town.person("deputy", ("micro-worker", town.east1))
    away(town, chief, deputy, from_at=town.now + DAY, to_at=town.now + 3 * DAY)
    assert not may(fresh(deputy), Permission.CASE_CHECK, town.east2.path)
    assert may(fresh(deputy), Permission.CASE_CHECK, town.east2.path, at=town.now + DAY)
    clock.set(town.now + 2 * DAY)
    assert reach(fresh(deputy), Permission.CASE_CHECK).paths == (town.east.path,)
    assert not may(fresh(deputy), Permission.CASE_CHECK, town.west1.path)
    assert may(fresh(chief), Permission.CASE_CHECK, town.east2.path)
    clock.set(town.now + 3 * DAY)
    assert not may(fresh(deputy), Permission.CASE_CHECK, town.east2.path)


def test_a_deputy_never_appoints_beyond_the_absent_person_and_never_themselves(town: Town) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    deputy = town.person("deputy", ("micro-worker", town.east1))
    newcomer = town.person("newcomer")
    away(town, chief, deputy)
    deputy = fresh(deputy)
    given: dict[str, Any] = {"actor": deputy, "now": town.now}
    actions.appoint(person=newcomer, post_kind="micro-worker", node=town.east2, **given)
    refused("not-yours", actions.appoint, person=newcomer, post_kind="micro-worker", node=town.west1, **given)
    refused("not-yours", actions.appoint, person=newcomer, post_kind="checker", node=town.town, **given)
    refused("own-post", actions.appoint, person=deputy, post_kind="village-secretary", node=town.east, **given)


def test_acting_does_not_pass_on_from_deputy_to_deputy(town: Town) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    second = town.person("second", ("micro-worker", town.east1))
    third = town.person("third", ("micro-worker", town.east1))
    away(town, chief, second, days=1)
    Absence.objects.create(person=second, deputy=third, from_at=town.now, to_at=town.now + DAY)
    assert may(fresh(third), Permission.CASE_HANDLE, town.east1.path)
    assert not may(fresh(third), Permission.CASE_CHECK)


def test_nothing_is_acted_for_an_account_that_was_closed(town: Town) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    deputy = town.person("deputy", ("micro-worker", town.east1))
    away(town, chief, deputy)
    actions.close_account(actor=None, person=chief, now=town.now)
    assert not may(fresh(deputy), Permission.CASE_CHECK)


def test_cases_go_to_the_deputy_in_place_of_the_absent(town: Town) -> None:
    head = town.person("head", ("party-group-head", town.east1))
    deputy = town.person("deputy", ("party-group-head", town.east2))
    clerk = town.person("clerk", ("intake-clerk", town.town))
    office = town.person("office", ("department-handler", town.sanitation))
    colleague = town.person("colleague", ("department-head", town.sanitation))
    assert queries.holders(Permission.CASE_INTAKE, town.east1) == [head, clerk]
    away(town, head, deputy)
    away(town, office, colleague)
    away(town, clerk)
    assert queries.holders(Permission.CASE_INTAKE, town.east1) == [deputy, clerk]
    assert queries.holders(Permission.CASE_INTAKE, town.east1, nearest=True) == [deputy]
    assert queries.holders("intake-clerk", town.east1) == [clerk]
    assert queries.holders(Permission.CASE_INTAKE, town.west1) == [clerk]
    assert queries.holders(Permission.CASE_INTAKE, None) == []
    assert queries.department_people([town.sanitation.pk]) == [colleague]


def test_who_may_deputise(town: Town) -> None:
    worker = town.person("worker", ("micro-worker", town.east1))
    same, beside = (town.person(name, ("micro-worker", grid)) for name, grid in
                    (("same", town.east1), ("beside", town.east2)))  # fmt: skip
    above = town.person("above", ("village-secretary", town.east))
    centre = town.person("centre", ("intake-clerk", town.town))
    elsewhere = town.person("elsewhere", ("micro-worker", town.west1))
    office = town.person("office", ("department-handler", town.sanitation))
    volunteer = town.person("volunteer", ("party-volunteer", town.east1))
    assert set(queries.deputies_for(worker)) == {same, beside, above, centre}
    assert set(queries.deputies_for(above)) == {worker, same, beside, centre}
    for stranger in (elsewhere, office, volunteer, town.person("unposted"), worker):
        refused("not-a-deputy", away, town, worker, stranger)
    assert not Absence.objects.exists()


def test_an_absence_that_makes_no_sense_is_refused(town: Town) -> None:
    worker = town.person("worker", ("micro-worker", town.east1))
    deputy = town.person("deputy", ("micro-worker", town.east1))
    stranger = town.person("stranger", ("micro-worker", town.west1))
    refused("invalid", away, town, worker, from_at=town.now, to_at=town.now)
    refused("invalid", away, town, worker, from_at=town.now - 3 * DAY, to_at=town.now - DAY)
    refused("invalid", away, town, worker, days=400)
    refused(
        "not-yours", actions.report_absence,
        actor=stranger, person=worker, from_at=town.now, to_at=town.now + DAY, now=town.now,
    )  # fmt: skip
    away(town, worker)
    refused("overlaps", away, town, worker, days=1)
    refused("deputy-away", away, town, deputy, worker)
    assert Absence.objects.count() == 1


def test_coming_back_early_ends_the_deputys_reach_at_once(town: Town, clock: Clock) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    deputy = town.person("deputy", ("micro-worker", town.east1))
    absence = away(town, chief, deputy)
    now = clock.advance(hours=5)
    stranger = town.person("stranger", ("micro-worker", town.west1))
    refused("not-yours", actions.end_absence, actor=stranger, absence=absence, now=now)
    actions.end_absence(actor=chief, absence=absence, now=now)
    assert not may(fresh(deputy), Permission.CASE_CHECK)
    refused("already-ended", actions.end_absence, actor=chief, absence=absence, now=now)


def test_an_absence_not_begun_is_taken_back_without_a_trace(town: Town) -> None:
    worker = town.person("worker", ("micro-worker", town.east1))
    absence = away(town, worker, from_at=town.now + DAY)
    actions.end_absence(actor=worker, absence=absence, now=town.now)
    assert not Absence.objects.exists()
