"""Reach: the ground a permission holds on, as prefixes, ranges and answers, for a constant number of queries."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Clock
from tests.modules.people_town import Town, build, fresh
from yemai.base.access.queries import Reach, may, permissions_of, reach
from yemai.base.access.terms import Permission
from yemai.base.people import actions
from yemai.base.territory.models import Node
from yemai.base.territory.rules import minimal

PATHS = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=4).map(lambda ids: "".join(f"{i:07d}" for i in ids)))


@pytest.fixture
def town(db: None, clock: Clock, now: datetime) -> Town:
    return build(now)


def test_a_post_reaches_its_node_and_all_below_it_and_nothing_else(town: Town) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    found = reach(chief, Permission.CASE_VIEW)
    assert found.paths == (town.east.path,)
    covered = {node.name for node in Node.objects.all() if found.covers(node.path)}
    assert covered == {"东村", "东一", "东二"}
    assert {node.name for node in Node.objects.filter(found.q())} == covered


def test_what_a_wider_post_covers_is_not_named_again(town: Town) -> None:
    person = town.person(
        "person", ("micro-worker", town.east1), ("assigned-cadre", town.east), ("assigned-cadre", town.west2)
    )
    assert reach(person, Permission.CASE_VIEW).paths == (town.east.path, town.west2.path)
    assert reach(person, Permission.CASE_HANDLE).paths == (town.east1.path,)
    nodes = Node.objects.filter(reach(person, Permission.CASE_VIEW).q("path"))
    assert {node.name for node in nodes} == {"东村", "东一", "东二", "西二"}


def test_a_department_reaches_its_own_matters_and_no_ground(town: Town) -> None:
    office = town.person("office", ("department-handler", town.sanitation))
    found = reach(office, Permission.CASE_DEPARTMENT)
    assert found
    assert (found.paths, found.departments) == ((), frozenset({town.sanitation.pk}))
    assert not found.covers(town.town.path)
    assert not Node.objects.filter(found.q()).exists()
    assert not reach(office, Permission.CASE_VIEW)


def test_nobody_without_a_post_an_account_or_a_live_one_reaches_anything(town: Town) -> None:
    unposted, closed = town.person("unposted"), town.person("closed", ("auditor", town.town))
    closed.is_active = False
    for person in (unposted, closed, AnonymousUser()):
        for permission in Permission:
            assert not reach(person, permission)
        assert permissions_of(person) == frozenset()
    assert not Node.objects.filter(reach(unposted, Permission.CASE_VIEW).q()).exists()


def test_a_place_that_is_nowhere_is_in_nobodys_reach(town: Town) -> None:
    clerk = town.person("clerk", ("intake-clerk", town.town))
    assert may(clerk, Permission.CASE_INTAKE)
    assert may(clerk, Permission.CASE_INTAKE, town.west2.path)
    assert not may(clerk, Permission.CASE_INTAKE, "")
    assert not may(clerk, Permission.CASE_CHECK)


def test_reach_costs_two_queries_however_much_is_held_and_asked(town: Town, django_assert_num_queries: Any) -> None:
    person = town.person(
        "person", *[("micro-worker", node) for node in (town.east1, town.east2, town.west1, town.west2)]
    )
    for number in range(4):
        absent = town.person(f"absent{number}", ("micro-worker", town.east1), ("building-head", town.east1))
        actions.report_absence(
            actor=None, person=absent, deputy=person, from_at=town.now, to_at=town.now + timedelta(days=1), now=town.now
        )
    person = fresh(person)
    with django_assert_num_queries(2):
        for permission in Permission:
            may(person, permission, town.east1.path)
            reach(person, permission, town.now + timedelta(days=3))
        permissions_of(person)


def test_an_action_on_the_same_object_is_seen_at_once(town: Town) -> None:
    person = town.person("person")
    assert not may(person, Permission.CASE_HANDLE)
    made = actions.appoint(actor=None, person=person, post_kind="micro-worker", node=town.east1, now=town.now)
    assert may(person, Permission.CASE_HANDLE)
    actions.end_appointment(actor=None, appointment=made, now=town.now)
    assert not may(fresh(person), Permission.CASE_HANDLE)


@given(PATHS, st.lists(st.integers(1, 3), min_size=1, max_size=5))
def test_minimal_prefixes_cover_exactly_what_all_posts_together_cover(paths: list[str], ids: list[int]) -> None:
    path = "".join(f"{number:07d}" for number in ids)
    found = Reach(tuple(minimal(paths)))
    assert found.covers(path) == any(path.startswith(top) for top in paths)
    assert not any(a != b and a.startswith(b) for a in found.paths for b in found.paths)
