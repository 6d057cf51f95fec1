"""A town on the three-tier ladder with nobody in it: what the tests of people and access build on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.test import Client

from yemai.base.people.actions import appoint, create_department, create_person, install_posts
from yemai.base.people.models import Appointment, Department, Person, PostKind
from yemai.base.territory.actions import create_node, install_ladder
from yemai.base.territory.models import Node, Tier

PASSWORD = "叶脉-Test-2026"


@dataclass
class Town:
    """One town, two villages, two micro-grids in each; a sanitation office."""

    now: datetime
    town: Node
    east: Node
    west: Node
    east1: Node
    east2: Node
    west1: Node
    west2: Node
    sanitation: Department

    def person(self, username: str, *posts: tuple[str, Node | Department], **more: Any) -> Person:
        """Somebody with these posts, put there by the operator."""
        person = create_person(
            actor=None, username=username, name=more.pop("name", username), password=PASSWORD, now=self.now, **more
        )
        for key, place in posts:
            self.post(person, key, place)
        return fresh(person)

    def post(self, person: Person, key: str, place: Node | Department, **more: Any) -> Appointment:
        """A post given by the operator."""
        where: dict[str, Any] = {"department" if isinstance(place, Department) else "node": place}
        return appoint(actor=None, person=person, post_kind=key, now=self.now, **where, **more)


def fresh(person: Person) -> Person:
    """The person as the next request will see them."""
    return Person.objects.get(pk=person.pk)


def kind(key: str) -> PostKind:
    """A kind of post."""
    return PostKind.objects.get(key=key)


def signed_in(person: Person, **more: Any) -> Client:
    """A browser in which this person is signed in."""
    client = Client(**more)
    client.force_login(person)
    return client


def build(now: datetime, ladder: str = "leaf-veins") -> Town:
    """The town with every kind of post its ladder knows."""
    install_ladder(ladder, actor=None, now=now)
    tiers = {tier.key: tier for tier in Tier.objects.all()}
    install_posts()

    def node(tier: str, parent: Node | None, name: str, code: str | None = None) -> Node:
        return create_node(tier=tiers[tier], parent=parent, name=name, actor=None, now=now, code=code)

    town = node("town", None, "试验镇", "990101001000")
    east, west = node("village", town, "东村", "990101001001"), node("village", town, "西村", "990101001002")
    grids = [node("micro-grid", parent, name) for parent, name in
             ((east, "东一"), (east, "东二"), (west, "西一"), (west, "西二"))]  # fmt: skip
    office = create_department(actor=None, code="sanitation", name="环卫所", node=town, now=now)
    return Town(now, town, east, west, *grids, office)
