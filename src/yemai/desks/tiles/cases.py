"""Cases on the map as one person may see them: points near, clusters further off, hexagons from far."""

import hashlib
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Avg, Count, F, Func, IntegerField, Q, QuerySet
from django.utils import timezone

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.modules.cases import rules
from yemai.modules.cases.map_index import in_window
from yemai.modules.cases.models import Case, StoryStep
from yemai.modules.cases.queries.listing import cases_for, lamp_q, narrowed
from yemai.modules.cases.queries.standing import department_reach
from yemai.modules.cases.terms import Lamp, Stage

from .asking import Asked, age_of
from .counting import HEXAGON, SQUARES, fine_per_degree, gathered, points
from .encoding import Properties, encode_layer, encode_tile
from .grid import EXTENT, Tile, to_world
from .shapes import cleaned
from .wire import Value

POINTS_FROM, CLUSTERS_FROM = 15, 12
POINTS_MOST = 3_000
"""A tile with more cases than this is shown as clusters at any zoom: nobody could tell the points apart."""
FORM = "2"
"""Part of every ETag: another form of the tiles must not be taken for this one."""


class Floor(Func):
    """The whole number at or below. Our own, because Django's calls back into Python on SQLite, row by row."""

    function = "FLOOR"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Cut off after the point, and one less where that was not below."""
        inner, values = compiler.compile(self.source_expressions[0])
        cut = f"CAST({inner} AS INTEGER)"
        return f"({cut} - ({inner} < {cut}))", (*values, *values, *values)


def stamp(person: Person, now: datetime) -> str:
    """Changes with any step of any case, with what the person may see, and every minute, because lamps change by the clock.

    One indexed look-up: every change of a case is a row in its story.
    """
    newest = StoryStep.objects.order_by("-pk").values_list("pk", flat=True).first()
    ground, units = reach(person, Permission.CASE_VIEW).paths, sorted(department_reach(person).departments)
    said = f"{FORM} {newest} {person.pk} {ground} {units} {int(now.timestamp()) // 60}"
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def case_tile(person: Person, tile: Tile, now: datetime, asked: Asked | None = None) -> bytes:
    """The tile of the cases a person may see, in one query (two where there are too many points); b"" for none.

    `asked` narrows them; without it every case counts, whatever became of it.
    """
    seen = cases_for(person) if asked is None else narrowed(cases_for(person), asked.filter(now), now)
    if tile.z < CLUSTERS_FROM:
        return encode_tile([_hexagons(seen, tile, now)])
    at = now if asked is None else asked.moment(now)
    found = None if tile.z < POINTS_FROM else _points(seen, tile, now, at)
    return encode_tile([_clusters(seen, tile, now) if found is None else found])


def _within(seen: QuerySet[Case], tile: Tile, beyond: int = 0) -> QuerySet[Case]:
    """Cases in the tile's square; each place belongs to one tile."""
    return in_window(seen, *tile.degrees(beyond))


def _points(seen: QuerySet[Case], tile: Tile, now: datetime, at: datetime) -> bytes | None:
    """Case by case, their ages as of `at`; None when there are too many."""
    rows = list(
        _within(seen, tile)
        .order_by("pk")
        .values_list(
            "pk", "lon", "lat", "stage", "clock_warn_at", "clock_due_at", "reported_at",
            "category__kind", "category__major", "category__minor",
        )[: POINTS_MOST + 1]
    )  # fmt: skip
    if not rows or len(rows) > POINTS_MOST:
        return None if rows else b""
    here = timezone.get_current_timezone()
    columns: dict[str, list[Value | None]] = {
        "id": [row[0] for row in rows],
        "lamp": [str(rules.lamp(Stage(row[3]), row[4], row[5], now)) for row in rows],
        "stage": [row[3] for row in rows],
        "age": [age_of(row[6], at) for row in rows],
        "category": [f"{row[7]}{row[8]}{row[9]}" if row[7] else None for row in rows],
        "reported_on": [row[6].astimezone(here).date().isoformat() for row in rows],
    }
    places = to_world(np.array([row[1:3] for row in rows], dtype=np.float64))
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    return encode_layer("cases", points(tile.quantised(places)), Properties.of(columns, len(rows)), ids)


def _clusters(seen: QuerySet[Case], tile: Tile, now: datetime) -> bytes:
    """One mark for each square of the tile, in the middle of its cases: how many, and how many are overdue."""
    west, south, east, north = tile.degrees()
    counted = _counted(
        _within(seen, tile),
        now,
        column=(F("lon") - west) * (SQUARES / (east - west)),
        row=(F("lat") - south) * (SQUARES / (north - south)),
    )
    rows = list(counted.annotate(lon_mean=Avg("lon"), lat_mean=Avg("lat")).values_list(
        "column", "row", "count", "red", "lon_mean", "lat_mean"
    ))  # fmt: skip
    if not rows:
        return b""
    places = to_world(np.array([row[4:6] for row in rows], dtype=np.float64))
    ids = np.array([row[1] * SQUARES + row[0] + 1 for row in rows], dtype=np.int64)
    columns = {"count": [row[2] for row in rows], "red": [row[3] for row in rows]}
    within = np.clip(tile.quantised(places), 0, EXTENT - 1)
    return encode_layer("clusters", points(within), Properties.of(columns, len(rows)), ids)


def _hexagons(seen: QuerySet[Case], tile: Tile, now: datetime) -> bytes:
    """Hexagons with how many cases lie in each, counted by the database on a fine grid that all tiles share."""
    fine = fine_per_degree(tile.z)
    # A hexagon reaches two of its radii beyond the tile at the most; one more for the fine squares at the rim.
    counted = _counted(_within(seen, tile, 3 * HEXAGON), now, column=F("lon") * fine, row=F("lat") * fine)
    rows = np.array(list(counted.values_list("column", "row", "count", "red")), dtype=np.int64).reshape(-1, 4)
    if not len(rows):
        return b""
    middles = to_world(np.asarray((rows[:, :2] + 0.5) / fine, dtype=np.float64))
    shapes, ids, sums = gathered(middles.astype(np.float64), rows[:, 2:], tile)
    columns = {"count": sums[:, 0].tolist(), "red": sums[:, 1].tolist()}
    return encode_layer("hexagons", cleaned(shapes), Properties.of(columns, len(ids)), ids)


def _counted(cases: QuerySet[Case], now: datetime, *, column: Any, row: Any) -> QuerySet[Any]:
    """How many cases, and how many of them overdue, by whole column and row."""
    is_red: Q = lamp_q(Lamp.RED, now)
    placed = cases.order_by().annotate(column=Floor(column), row=Floor(row)).values("column", "row")
    return placed.annotate(count=Count("pk"), red=Count("pk", filter=is_red))
