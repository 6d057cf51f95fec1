"""Builds the demo town in one transaction, once, and names the people who can sign in to it."""

from datetime import datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from yemai.base.parameters.actions import set_parameter
from yemai.base.parameters.queries import parameter
from yemai.base.people.models import Appointment, Person
from yemai.base.people.queries import in_force
from yemai.base.transactions import writing
from yemai.conf.seeding import has_town, install_shipped
from yemai.kernel.refusals import Refused

from . import around, ground, results, staff, stories
from .reading import shipped

FOUNDED = timedelta(days=200)
"""How long ago the town's grids were laid and its people took their posts."""


class CastRow(TypedDict):
    """One demo account; `face` is where its work is: field, leader, centre, department or office (the back office)."""

    name: str
    username: str
    password: str
    duty: str
    face: str


def load(now: datetime | None = None) -> bool:
    """Build the demo town as if it had been at work until `now`; False when it stands already.

    Raises Refused `not-empty` where a town of one's own has been laid: invented people must never mix with real ones.
    """
    now = now or timezone.now()
    with writing(), translation.override(settings.LANGUAGE_CODE):
        if has_town():
            if is_demo():
                return False
            raise Refused("not-empty", _("这里已有自己的镇，不能再装演示镇。请换一个空的数据目录。"))
        founded = now - FOUNDED
        day = timezone.localdate(founded)
        install_shipped("leaf-veins", now=founded)
        set_parameter("demo_town", True, effective_from=day, basis=str(shipped("town")["about"]))
        places = ground.lay(founded)
        people = staff.hire(places, founded, now)
        around.share_out(founded)
        around.stand(places, people, now)
        stories.play(places, people, now)
        results.count(now)
        results.assign(now)
    return True


def is_demo() -> bool:
    """Whether this deployment's town is the invented one."""
    return bool(parameter("demo_town"))


def cast() -> list[CastRow]:
    """The demo people, those to try first on top; empty where the town is not the demo's."""
    if not is_demo():
        return []
    script = shipped("people")
    names = [row["username"] for row in script["cast"]]
    there = {person.username: person for person in Person.objects.filter(username__in=names, is_active=True)}
    duties = _duties(list(there.values()))
    return [
        CastRow(
            name=there[row["username"]].name,
            username=row["username"],
            password=script["password"],
            duty=duties.get(there[row["username"]].pk, ""),
            face=row["face"],
        )
        for row in script["cast"]
        if row["username"] in there
    ]


def _duties(people: list[Person]) -> dict[int, str]:
    """Each person's posts with their places, in words."""
    held = (
        Appointment.objects.filter(in_force(), person__in=people)
        .exclude(post_kind__key__in=("council-member", "party-group-head"))  # every micro-grid leader has both
        .select_related("post_kind", "node", "department")
        .order_by("person", "-derived_from", "post_kind__rank", "pk")
    )
    found: dict[int, list[str]] = {}
    for row in held:
        place = row.node or row.department
        found.setdefault(row.person_id, []).append(f"{row.post_kind.name}·{place.name if place else ''}")
    return {person: "，".join(words) for person, words in found.items()}
