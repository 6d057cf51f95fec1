"""What stands around the demo town's cases: stations, public cameras, and which unit leads on what."""

import math
from datetime import datetime

from django.utils import timezone

from yemai.base.people.models import Person
from yemai.modules.cameras.actions import add_camera
from yemai.modules.cases.actions.responsibilities import ResponsibilityLine, publish_responsibilities
from yemai.modules.cases.queries.catalogue import catalogue_on
from yemai.modules.planning.actions import add_station
from yemai.modules.planning.terms import StationKind

from .ground import METRES_PER_DEGREE, Places
from .reading import shipped
from .staff import Staff


def stand(places: Places, staff: Staff, now: datetime) -> None:
    """Enter them in the name of whoever keeps the registers."""
    plan = shipped("town")
    keeper = Person.objects.get(pk=staff.people[plan["keeper"]].pk)
    for name, kind, owner, beside, east, north in plan["stations"]:
        lon, lat = _beside(places, beside, east, north)
        add_station(places.nodes[owner], name, StationKind(kind), lon, lat, actor=keeper, now=now)
    for name, beside, east, north, owner, contact in plan["cameras"]:
        lon, lat = _beside(places, beside, east, north)
        add_camera(name, lon=lon, lat=lat, owner=owner, contact=contact, actor=keeper, now=now)


def share_out(since: datetime) -> None:
    """Publish which unit leads on what, in force as long as the town."""
    catalogue = catalogue_on()
    assert catalogue is not None  # noqa: S101 - it ships
    lines = [
        ResponsibilityLine(what, lead, (joint,) if joint else (), basis=basis)
        for what, lead, joint, basis in shipped("town")["responsibilities"]
    ]
    day = timezone.localdate(since)
    publish_responsibilities(catalogue, lines, version=f"{day:%Y}", effective_from=day, actor=None, now=since)


def _beside(places: Places, key: str, east: float, north: float) -> tuple[float, float]:
    node = places.nodes[key]
    node.refresh_from_db()
    lon, lat = node.lon or 0.0, node.lat or 0.0
    return lon + east / (METRES_PER_DEGREE * math.cos(math.radians(lat))), lat + north / METRES_PER_DEGREE
