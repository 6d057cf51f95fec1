"""Posts: the shipped kinds, appointing within one's reach, ex-officio posts, accounts, ground that changes."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.modules.people_town import Town, build, fresh, kind
from yemai.base.access.queries import can_grant, grantable_posts, may, reach
from yemai.base.access.terms import Permission
from yemai.base.people import actions, queries
from yemai.base.people.models import Appointment, Person, PostKind
from yemai.base.people.posts import presets
from yemai.base.territory.actions import close_node, install_ladder, move_node, redraw_node
from yemai.base.territory.presets import ladders
from yemai.kernel.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(clock: Any, now: datetime) -> Town:
    return build(now)


def refused(code: str, call: Any, **given: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(**given)
    assert caught.value.code == code, caught.value.text
    return caught.value


def held(person: Person, on: date | None = None) -> set[tuple[str, str]]:
    return {(row.post_kind.key, str(row.node or row.department)) for row in queries.appointments_of(fresh(person), on)}


# --- the shipped kinds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [ladder.key for ladder in ladders()])
def test_every_ladder_gets_a_head_on_each_tier_and_somebody_for_every_permission(now: datetime, key: str) -> None:
    tiers = install_ladder(key, actor=None, now=now)
    assert actions.install_posts() > 0
    heads = {post.tier_key: post for post in PostKind.objects.exclude(tier_key=None) if "chief" in post.key}
    heads |= {post.tier_key: post for post in PostKind.objects.filter(key="micro-leader")}
    assert {tier.key for tier in tiers} == set(heads)
    assert {tier.head_label for tier in tiers} == {post.name for post in heads.values()}
    granted = {name for post in PostKind.objects.all() for name in post.permissions}
    assert granted == set(Permission)


def test_installing_posts_again_keeps_what_was_edited(town: Town) -> None:
    PostKind.objects.filter(key="checker").update(name="质检员")
    assert actions.install_posts() == 0
    assert kind("checker").name == "质检员"


def test_nobody_may_both_dispatch_and_check_nor_administer_and_audit() -> None:
    for post in presets():
        assert not {"case.dispatch", "case.check"} <= set(post.permissions), post.key
        assert not {"person.appoint", "audit.view"} <= set(post.permissions), post.key
        assert "audit.view" not in post.grants or post.key == "town-chief"


def test_volunteers_see_no_case_by_their_post() -> None:
    assert {post.permissions for post in presets() if post.team == "volunteer"} == {()}


# --- ex-officio -------------------------------------------------------------------------------------------------------


def test_a_party_group_head_becomes_micro_leader_and_council_member_and_stops_being_so(town: Town) -> None:
    head = town.person("head", ("party-group-head", town.east1))
    assert held(head) == {("party-group-head", "东一"), ("micro-leader", "东一"), ("council-member", "东村")}
    assert may(head, Permission.CASE_CONSULT, town.east1.path)
    source = Appointment.objects.get(person=head, post_kind__key="party-group-head")
    actions.end_appointment(actor=None, appointment=source, now=town.now)
    assert held(head) == set()
    assert not may(fresh(head), Permission.CASE_CONSULT)


def test_an_ex_officio_post_ends_only_with_the_post_it_derives_from(town: Town) -> None:
    secretary = town.person("secretary", ("town-secretary", town.town))
    derived = Appointment.objects.get(person=secretary, post_kind__key="town-chief")
    refused("ex-officio", actions.end_appointment, actor=None, appointment=derived, now=town.now)
    assert held(secretary) == {("town-secretary", "试验镇"), ("town-chief", "试验镇")}


def test_ending_on_a_day_to_come_ends_the_derived_posts_that_same_day(town: Town) -> None:
    secretary = town.person("secretary", ("village-secretary", town.east))
    source = Appointment.objects.get(person=secretary, post_kind__key="village-secretary")
    last = town.now.date() + timedelta(days=10)
    actions.end_appointment(actor=None, appointment=source, on=last, now=town.now)
    assert ("village-chief", "东村") in held(secretary, last - timedelta(days=1))
    assert held(secretary, last) == set()


def test_one_person_many_posts_and_one_grid_many_people(town: Town) -> None:
    both = town.person(
        "both", ("micro-worker", town.east1), ("building-head", town.east1), ("micro-worker", town.west1)
    )
    town.person("other", ("micro-worker", town.east1))
    assert len(held(both)) == 3
    assert reach(both, Permission.CASE_HANDLE).paths == (town.east1.path, town.west1.path)
    assert [person.username for person in queries.holders("micro-worker", town.east1)] == ["both", "other"]


# --- appointing -------------------------------------------------------------------------------------------------------


def test_a_village_chief_appoints_in_the_own_village_and_nowhere_else(town: Town) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    newcomer = town.person("newcomer")
    made = actions.appoint(
        actor=chief, person=newcomer, post_kind="micro-worker", node=town.east2, now=town.now,
        duties=["publicity", "information"], public_phone=" 0512-5550000 ",
    )  # fmt: skip
    assert made.duties == ["information", "publicity"]
    assert made.public_phone == "0512-5550000"
    assert held(newcomer) == {("micro-worker", "东二")}
    for node, post in ((town.west1, "micro-worker"), (town.town, "intake-clerk"), (town.west, "village-secretary")):
        refused("not-yours", actions.appoint, actor=chief, person=newcomer, post_kind=post, node=node, now=town.now)
    assert held(newcomer) == {("micro-worker", "东二")}


def test_no_one_grants_a_permission_they_can_not_give_even_in_their_own_village(town: Town) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    newcomer = town.person("newcomer")
    PostKind.objects.create(key="own-auditor", name="村审计", permissions=["audit.view"])
    for node in (town.east, town.east1):
        refused(
            "not-yours", actions.appoint, actor=chief, person=newcomer, post_kind="own-auditor", node=node, now=town.now
        )


def test_powers_that_come_ex_officio_count_as_granted(town: Town) -> None:
    """A secretary's own post holds no permission; the chief's that follows does."""
    chief = town.person("chief", ("village-secretary", town.east))
    PostKind.objects.create(
        key="shadow-auditor", name="兼任审计", permissions=["audit.view"], derived_from=kind("party-group-head")
    )
    newcomer = town.person("newcomer")
    refused(
        "not-yours", actions.appoint,
        actor=chief, person=newcomer, post_kind="party-group-head", node=town.east1, now=town.now,
    )  # fmt: skip
    assert not can_grant(chief, kind("party-group-head"), town.east1)


def test_a_power_over_the_parent_counts_at_the_parent(town: Town) -> None:
    """The council post sits one node up; lending it a power there must be within the granter's reach too."""
    leader = kind("micro-leader").permissions
    PostKind.objects.create(key="local-appointer", name="任免员", permissions=["person.appoint", *leader])
    PostKind.objects.filter(key="council-member").update(permissions=["case.view"])
    local = town.person("local", ("local-appointer", town.east1))
    newcomer = town.person("newcomer")
    assert can_grant(local, kind("micro-worker"), town.east1)
    refused(
        "not-yours", actions.appoint,
        actor=local, person=newcomer, post_kind="party-group-head", node=town.east1, now=town.now,
    )  # fmt: skip


def test_nobody_appoints_themselves_and_a_worker_appoints_nobody(town: Town) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    worker = town.person("worker", ("micro-worker", town.east1))
    refused(
        "own-post", actions.appoint, actor=chief, person=chief, post_kind="micro-worker", node=town.east1, now=town.now
    )
    refused(
        "not-yours", actions.appoint, actor=worker, person=chief, post_kind="warm-resident", node=town.east1,
        now=town.now,
    )  # fmt: skip
    held_post = Appointment.objects.get(person=chief, post_kind__key="village-secretary")
    refused("not-yours", actions.end_appointment, actor=worker, appointment=held_post, now=town.now)


def test_a_system_administrator_staffs_the_loop_without_seeing_a_case(town: Town) -> None:
    admin = town.person("admin", ("system-administrator", town.town))
    newcomer = town.person("newcomer")
    actions.appoint(actor=admin, person=newcomer, post_kind="party-group-head", node=town.east1, now=town.now)
    assert may(newcomer, Permission.CASE_CHECK, town.east1.path)
    assert not may(admin, Permission.CASE_VIEW)
    refused(
        "not-yours", actions.appoint, actor=admin, person=newcomer, post_kind="auditor", node=town.town, now=town.now
    )
    keys = {post.key for post in grantable_posts(admin, town.town)}
    assert "checker" in keys
    assert "auditor" not in keys
    assert "micro-worker" not in keys


def test_a_superuser_made_at_the_machine_staffs_an_empty_system_but_sees_no_case(town: Town) -> None:
    root = Person.objects.create_superuser("root", "leaf-veins-2026-x", name="根")
    newcomer = town.person("newcomer")
    actions.appoint(actor=root, person=newcomer, post_kind="auditor", node=town.town, now=town.now)
    assert held(newcomer) == {("auditor", "试验镇")}
    assert not reach(root, Permission.CASE_VIEW)


@pytest.mark.parametrize(
    ("post", "place"),
    [
        ("micro-worker", "east"),
        ("intake-clerk", "east1"),
        ("micro-worker", "sanitation"),
        ("department-handler", "town"),
        ("micro-worker", ""),
    ],
)
def test_a_post_sits_on_its_tier_or_in_a_department(town: Town, post: str, place: str) -> None:
    newcomer = town.person("newcomer")
    where: dict[str, Any] = {"department" if place == "sanitation" else "node": getattr(town, place)} if place else {}
    refused("wrong-place", actions.appoint, actor=None, person=newcomer, post_kind=post, now=town.now, **where)


def test_twice_the_same_post_an_unknown_post_and_a_strange_duty_are_refused(town: Town) -> None:
    worker = town.person("worker", ("micro-worker", town.east1))
    given: dict[str, Any] = {"actor": None, "person": worker, "node": town.east1, "now": town.now}
    refused("already-holds", actions.appoint, post_kind="micro-worker", **given)
    refused("no-such-post", actions.appoint, post_kind="king", **given)
    refused("invalid", actions.appoint, post_kind="building-head", duties=["espionage"], **given)
    assert held(worker) == {("micro-worker", "东一")}


def test_a_post_begins_on_its_day_and_may_be_taken_back_before(town: Town) -> None:
    worker = town.person("worker")
    start = town.now.date() + timedelta(days=3)
    made = town.post(worker, "micro-worker", town.east1, valid_from=start)
    assert held(worker) == set()
    assert held(worker, start) == {("micro-worker", "东一")}
    actions.end_appointment(actor=None, appointment=made, now=town.now)
    assert held(worker, start) == set()
    refused("already-ended", actions.end_appointment, actor=None, appointment=made, on=start, now=town.now)


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_an_account_is_opened_with_a_sealed_phone_that_can_still_be_found(town: Town) -> None:
    admin = town.person("admin", ("system-administrator", town.town))
    person = actions.create_person(
        actor=admin, username="new", name="新人", password="leaf-veins-2026-x", phone="139 0000-1111",
        email=" New@Example.CN ", now=town.now,
    )  # fmt: skip
    assert "13900001111" not in person.phone_sealed
    assert queries.phone_of(person) == "13900001111"
    assert queries.person_by_phone("+86 139-0000-1111") is None
    assert queries.person_by_phone("13900001111") == person
    assert fresh(person).email == "new@example.cn"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"username": "admin"}, "invalid", "username"),
        ({"username": "a b"}, "invalid", "username"),
        ({"name": " "}, "invalid", "name"),
        ({"email": "taken@EXAMPLE.cn"}, "invalid", None),
        ({"email": "nonsense"}, "invalid", "email"),
        ({"password": "123"}, "weak-password", "password"),
        ({"password": "password123"}, "weak-password", "password"),
        ({"is_staff": True}, "not-yours", None),
    ],
)
def test_an_account_that_can_not_be_opened(town: Town, given: dict[str, Any], code: str, field: str | None) -> None:
    admin = town.person("admin", ("system-administrator", town.town), email="taken@example.cn")
    values = {"username": "new", "name": "新人", "password": "leaf-veins-2026-x"} | given
    error = refused(code, actions.create_person, actor=admin, now=town.now, **values)
    assert field is None or field in error.fields
    assert given.get("email", "") != "taken@EXAMPLE.cn" or "这个邮箱已登记在另一人名下" in str(error.text)
    assert Person.objects.count() == 1


def test_only_who_appoints_opens_accounts(town: Town) -> None:
    worker = town.person("worker", ("micro-worker", town.east1))
    refused("not-yours", actions.create_person, actor=worker, username="new", name="新人", now=town.now)


def test_a_password_is_reset_only_by_who_could_have_given_every_post(town: Town) -> None:
    """Otherwise a village chief could walk into the town centre through a person who also works there."""
    chief = town.person("chief", ("village-secretary", town.east))
    mine = town.person("mine", ("micro-worker", town.east1))
    shared = town.person("shared", ("micro-worker", town.east1), ("dispatcher", town.town))
    actions.set_password(actor=chief, person=mine, password="another-long-one-9", now=town.now)
    assert fresh(mine).check_password("another-long-one-9")
    refused("not-yours", actions.set_password, actor=chief, person=shared, password="another-long-one-9", now=town.now)
    refused("not-yours", actions.set_password, actor=chief, person=chief, password="another-long-one-9", now=town.now)
    refused("weak-password", actions.set_password, actor=chief, person=mine, password="short", now=town.now)


def test_a_closed_account_loses_its_posts_and_gets_none_back_when_reopened(town: Town) -> None:
    admin = town.person("admin", ("system-administrator", town.town))
    head = town.person("head", ("party-group-head", town.east1))
    actions.close_account(actor=admin, person=head, now=town.now)
    assert held(head) == set()
    assert not reach(fresh(head), Permission.CASE_VIEW)
    refused(
        "closed-account", actions.appoint,
        actor=admin, person=head, post_kind="micro-worker", node=town.east1, now=town.now,
    )  # fmt: skip
    actions.reopen_account(actor=admin, person=head, now=town.now)
    assert fresh(head).is_active
    assert held(head) == set()


def test_whom_one_may_look_up(town: Town) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    worker = town.person("worker", ("micro-worker", town.east1))
    stranger = town.person("stranger", ("micro-worker", town.west1))
    unposted = town.person("unposted")
    town_admin = town.person("admin", ("system-administrator", town.town))
    assert set(queries.people_for(worker)) == {worker}
    assert set(queries.people_for(chief)) == {chief, worker, unposted}
    assert set(queries.people_for(town_admin)) == {chief, worker, stranger, unposted, town_admin}
    with pytest.raises(Refused) as caught:
        queries.person_for(chief, stranger.pk)
    assert (caught.value.code, caught.value.status) == ("not-found", 404)


# --- ground that changes ----------------------------------------------------------------------------------------------


def test_posts_follow_a_moved_grid_with_their_ex_officio_posts(town: Town) -> None:
    head = town.person("head", ("party-group-head", town.east1))
    moved = move_node(town.east1, town.west, actor=None, now=town.now)
    assert held(head) == {("party-group-head", "东一"), ("micro-leader", "东一"), ("council-member", "西村")}
    assert reach(fresh(head), Permission.CASE_CONSULT).paths == (moved.path,)


def test_posts_follow_a_redrawn_village_and_its_grids(town: Town) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    worker = town.person("worker", ("micro-worker", town.east1))
    square = {"type": "Polygon", "coordinates": [[[120, 31], [120.1, 31], [120.1, 31.1], [120, 31.1], [120, 31]]]}
    opened = redraw_node(town.east, square, actor=None, now=town.now)
    assert reach(fresh(chief), Permission.CASE_VIEW).paths == (opened.path,)
    assert reach(fresh(chief), Permission.CASE_VIEW).covers(reach(fresh(worker), Permission.CASE_HANDLE).paths[0])


def test_of_two_grids_merged_a_person_keeps_one_post(town: Town) -> None:
    both = town.person("both", ("micro-worker", town.east1), ("micro-worker", town.east2))
    close_node(town.east2, into=[town.east1], actor=None, now=town.now)
    assert held(both) == {("micro-worker", "东一")}
    assert queries.appointments_of(both).count() == 1


def test_posts_end_with_ground_that_nobody_takes_over(town: Town) -> None:
    worker = town.person("worker", ("micro-worker", town.east1))
    close_node(town.east1, actor=None, now=town.now)
    assert held(worker) == set()
    refused(
        "wrong-place", actions.appoint,
        actor=None, person=worker, post_kind="micro-worker", node=type(town.east1).objects.get(pk=town.east1.pk),
        now=town.now,
    )  # fmt: skip
