"""Opens the demo's accounts and puts people on their posts: every role of the loop, one away, some with two posts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yemai.base.people import actions
from yemai.base.people.models import Department, Person

from .ground import Places
from .reading import shipped


@dataclass
class Staff:
    """The demo's people by user name and its departments by code."""

    people: dict[str, Person] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)


def hire(places: Places, since: datetime, now: datetime) -> Staff:
    """Everybody on their posts since `since`; absences lie around `now`."""
    script = shipped("people")
    staff = Staff()
    for row in script["departments"]:
        staff.departments[row["code"]] = actions.create_department(
            actor=None, node=places.nodes["town"], now=since, **row
        )
    for row in script["cast"]:
        staff.people[row["username"]] = actions.create_person(
            actor=None,
            username=row["username"],
            name=row["name"],
            name_en=row["name_en"],
            size=row.get("size", "normal"),
            is_staff=row.get("is_staff", False),
            now=since,
        )
        for post, where in row["posts"]:
            actions.appoint(
                actor=None,
                person=staff.people[row["username"]],
                post_kind=post,
                node=places.nodes.get(where),
                department=staff.departments.get(where),
                duties=row.get("duties", ()),
                public_phone=row.get("phone", ""),
                now=since,
            )
    _share_password(staff, script["password"], now)
    for row in script["absences"]:
        actions.report_absence(
            actor=None,
            person=staff.people[row["person"]],
            deputy=staff.people[row["deputy"]],
            reason=row["reason"],
            from_at=now + timedelta(days=row["from_days"]),
            to_at=now + timedelta(days=row["to_days"]),
            now=now,
        )
    return staff


def _share_password(staff: Staff, password: str, now: datetime) -> None:
    """One password, hashed once: doing it for each of forty people would take longer than all the rest."""
    first, *others = staff.people.values()
    actions.set_password(actor=None, person=first, password=password, now=now)
    for person in others:
        person.password = first.password
    Person.objects.bulk_update(others, ["password"])
