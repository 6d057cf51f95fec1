"""What stands around the demo town's cases: stations and public cameras, each beside the middle of its grid."""

import math
from datetime import datetime

from yemai.base.people.models import Person
from yemai.modules.cameras.actions import add_camera
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


def _beside(places: Places, key: str, east: float, north: float) -> tuple[float, float]:
    node = places.nodes[key]
    node.refresh_from_db()
    lon, lat = node.lon or 0.0, node.lat or 0.0
    return lon + east / (METRES_PER_DEGREE * math.cos(math.radians(lat))), lat + north / METRES_PER_DEGREE
