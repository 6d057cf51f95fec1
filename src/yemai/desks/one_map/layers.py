"""What stands on the ground besides cases: stations with their circles, cameras, the teams on duty; GeoJSON in WGS-84."""

import json
import math
from datetime import date, datetime
from typing import Any

import shapely
from django.db.models import Count, Q
from django.utils import timezone

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Appointment, Person
from yemai.base.people.queries import absences_by_person, in_force
from yemai.base.people.terms import Team
from yemai.base.territory.map import Bbox, features_for
from yemai.base.territory.models import Building, Node, Tier
from yemai.base.territory.queries import nodes_in, town, within
from yemai.base.territory.rules import minimal
from yemai.modules.cameras.queries import cameras_for
from yemai.modules.components.queries import components_for
from yemai.modules.components.terms import Condition
from yemai.modules.planning.models import Station
from yemai.modules.planning.queries import stations_in

METRES_PER_DEGREE = 111_320.0
CIRCLE_M = 500.0
"""Ten minutes' walk: the circle drawn around a station (15-minute life circle, GB/T 50180-2018: five and ten minutes)."""
CORNERS = 12
DIGITS = 6
MOST = 2_000
"""Things of one kind drawn in a window; a map with more of them shows nothing."""
NAMES_MOST = 6

Feature = dict[str, Any]


def _feature(geometry: Feature, **said: Any) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": said}


def _point(lon: float, lat: float) -> Feature:
    return {"type": "Point", "coordinates": [round(lon, DIGITS), round(lat, DIGITS)]}


def _circle(lon: float, lat: float) -> Feature:
    wide = CIRCLE_M / METRES_PER_DEGREE
    ring = shapely.transform(
        shapely.Point(0, 0).buffer(wide, quad_segs=CORNERS),
        lambda at: at / [math.cos(math.radians(lat)), 1.0] + [lon, lat],
    )
    circle: Feature = json.loads(shapely.to_geojson(shapely.set_precision(ring, 10.0**-DIGITS)))
    return circle


def _at(window: Bbox) -> Q:
    west, south, east, north = window
    return Q(lon__range=(west, east), lat__range=(south, north))


def paths_of(actor: Person) -> list[str]:
    """The ground an actor works on or keeps."""
    return minimal(
        [path for one in (Permission.CASE_VIEW, Permission.TERRITORY_EDIT) for path in reach(actor, one).paths]
    )


def _station(one: Station) -> dict[str, Any]:
    return {
        "layer": "station", "id": one.pk, "name": one.name, "kind": one.get_kind_display(),
        "text": one.node.label, "code": one.node.code,
    }  # fmt: skip


def stations(actor: Person, window: Bbox) -> list[Feature]:
    """Each twice: its circle, then its point."""
    found = stations_in(paths_of(actor)).filter(_at(window))[:MOST]
    rows = [(one, _station(one)) for one in found]
    return [
        *(_feature(_circle(one.lon, one.lat), **{**said, "layer": "circle"}) for one, said in rows),
        *(_feature(_point(one.lon, one.lat), **said) for one, said in rows),
    ]


def cameras(actor: Person, window: Bbox) -> list[Feature]:
    """Where they hang and whom to ask."""
    return [
        _feature(
            _point(one.lon, one.lat), layer="camera", id=one.pk, name=one.name, text=f"{one.owner} · {one.contact}"
        )
        for one in cameras_for(actor).filter(_at(window))[:MOST]
    ]


def components(actor: Person, window: Bbox) -> list[Feature]:
    """Lamps, covers, bins: each with its state."""
    return [
        _feature(
            _point(one.lon, one.lat), layer="component", id=one.pk, name=one.name,
            text=" · ".join(filter(None, (one.get_condition_display(), one.department))),
            sound=one.condition == Condition.SOUND,
        )
        for one in components_for(actor).filter(_at(window))[:MOST]
    ]  # fmt: skip


def teams(actor: Person, window: Bbox, at: datetime) -> list[Feature]:
    """Micro-grids with who holds a post there at a moment and is not away: posts, never tracks."""
    west, south, east, north = window
    placed = Q(node__lon__range=(west, east), node__lat__range=(south, north))
    held = (
        Appointment.objects.filter(
            within(paths_of(actor), "node__path"),
            placed,
            in_force(timezone.localdate(at)),
            person__is_active=True,
            node__tier__is_settling=True,
        )
        .exclude(post_kind__team=Team.NONE)
        .select_related("person", "post_kind", "node")
        .defer("node__boundary")
        .order_by("node__code", "post_kind__rank", "pk")[: MOST * NAMES_MOST]
    )
    rows = list(held)
    away = absences_by_person([one.person for one in rows], at)
    by_node: dict[int, dict[int, Appointment]] = {}
    for one in rows:
        if one.node is not None:
            by_node.setdefault(one.node.pk, {}).setdefault(one.person_id, one)
    found = []
    for people in list(by_node.values())[:MOST]:
        first = next(iter(people.values()))
        if first.node is None or first.node.lon is None or first.node.lat is None:
            continue
        there = [one for one in people.values() if one.person_id not in away]
        said = "、".join(f"{one.person.label}（{one.post_kind.label}）" for one in there[:NAMES_MOST])
        found.append(
            _feature(
                _point(first.node.lon, first.node.lat), layer="team", name=first.node.label, text=said,
                code=first.node.code, count=len(there), away=len(people) - len(there),
            )
        )  # fmt: skip
    return found


def ground_counts(window: Bbox, on: date) -> dict[str, int]:
    """How many nodes of each tier meet a window on a day (`g0` the top tier, `g1` ...), and how many buildings lie in it.

    The ground is public, so these are equal for all.
    """
    west, south, east, north = window
    drawn = Q(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south)
    seen = nodes_in([town().path], on=on).filter(drawn | (Q(min_lon__isnull=True) & _at(window)))
    rows = seen.order_by().values_list("tier__depth").annotate(n=Count("pk"))
    counts = {f"g{depth}": 0 for depth in Tier.objects.values_list("depth", flat=True)}
    counts |= {f"g{depth}": n for depth, n in rows}
    return counts | {"buildings": Building.objects.filter(_at(window), ended_on__isnull=True).count()}


def ground_on(paths: list[str], window: Bbox, on: date) -> Feature:
    """The boundaries as they were on a day, each with the depth of its tier and whether it still stands."""
    found = features_for(paths, window, on=on)
    depths = dict(Tier.objects.values_list("key", "depth"))
    codes = [one["properties"]["code"] for one in found["features"]]
    standing = set(Node.objects.filter(code__in=codes, valid_to__isnull=True).values_list("code", flat=True))
    for one in found["features"]:
        one["properties"]["stands"] = one["properties"]["code"] in standing
        one["properties"]["depth"] = depths[one["properties"]["tier"]]
    return found
