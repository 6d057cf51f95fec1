"""Features of a collection: which, in what reference system, written as GeoJSON; a page asks the same few questions always."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from django.db.models import Max, Min, QuerySet
from shapely.geometry.base import BaseGeometry

from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.kernel.coordinates import geometry_from_wgs84
from yemai.kernel.refusals import Absent

from .layers import Layer
from .parameters import Wanted, Window
from .terms import COUNT_MOST, CRS_NAMES, EDGE_MOST, LATITUDE_FIRST, METRES

Shown = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Features of one page; `after` leads to the next (None at the end), `matched` counts all pages (None: not counted)."""

    features: list[Shown]
    matched: int | None
    after: int | None


def page_of(layer: Layer, asker: Person | None, wanted: Wanted, now: datetime) -> Page:
    """The page asked for, in the order of the rows' ids; with `bbox` three questions of the table, else two."""
    queryables = layer.queryables(now)
    rows = layer.rows(asker).filter(layer.during(wanted.span))
    for name, value in wanted.filters.items():
        rows = rows.filter(queryables[name].q(value))
    is_exact = True
    if wanted.window is not None:
        rows = rows.filter(layer.in_window(wanted.window, layer.seen))
        misses, is_exact = _misses(layer, rows, wanted.window)
        rows = rows.exclude(pk__in=misses) if misses else rows
    found = list(rows.filter(pk__gt=wanted.after).order_by("pk")[: wanted.limit + 1])
    page = found[: wanted.limit]
    shapes = [layer.shape(row) for row in page]
    features = [
        feature_of(layer, row, shape, wanted.crs, now)
        for row, shape in zip(page, shapes, strict=True)
        if is_exact or wanted.window is None or wanted.window.shows(shape)
    ]
    return Page(features, _counted(rows) if is_exact else None, page[-1].pk if len(found) > len(page) else None)


def _misses(layer: Layer, rows: QuerySet[Any], window: Window) -> tuple[Sequence[int], bool]:
    """Rows whose box meets the window and whose shape does not; whether that is all of them.

    Only boxes on the window's edge are in doubt. Where those are too many, each page is tested by itself instead, and
    may come out shorter than it might be.
    """
    if not layer.column:
        return [], True
    doubtful = rows.filter(~layer.in_window(window, layer.held)).order_by("pk")
    edge = list(doubtful.values_list("pk", layer.column)[: EDGE_MOST + 1])
    if len(edge) > EDGE_MOST:
        return [], False
    return [pk for pk, wkb in edge if not window.shows(shapely.from_wkb(bytes(wkb)))], True


def _counted(rows: QuerySet[Any]) -> int | None:
    count = rows.order_by()[: COUNT_MOST + 1].count()
    return count if count <= COUNT_MOST else None


def one_feature(layer: Layer, asker: Person | None, feature_id: str, crs: str, now: datetime) -> Shown:
    """One feature, in force or not. Raises Absent for what is not there and what may not be seen alike."""
    row = layer.rows(asker).filter(layer.found_by(feature_id)).first()
    if row is None:
        raise Absent()
    return feature_of(layer, row, layer.shape(row), crs, now)


def feature_of(layer: Layer, row: Any, shape: BaseGeometry | None, crs: str, now: datetime) -> Shown:
    """A row as GeoJSON."""
    return {
        "type": "Feature",
        "id": layer.key(row),
        "geometry": None if shape is None else geometry_in(shape, crs),
        "properties": layer.properties(row, now),
    }


def geometry_in(shape: BaseGeometry, crs: str) -> Shown:
    """A GeoJSON geometry in one of the reference systems, its axes in the order the system has them (Part 2, 6.2)."""
    name = CRS_NAMES[crs]
    if name == METRES:
        shape = geometry_from_wgs84(shape, name)

    def written(points: Any) -> Any:
        rounded = np.round(points, 3 if name == METRES else 8)  # a millimetre either way
        return rounded[:, ::-1] if name in LATITUDE_FIRST else rounded

    geometry: Shown = json.loads(shapely.to_geojson(shapely.transform(shape, written)))
    return geometry


@dataclass(frozen=True)
class Extent:
    """Where and since when there is ground: west, south, east, north (None while nothing is drawn), and the first day."""

    bbox: list[float] | None
    since: str | None


def extents() -> dict[str, Extent]:
    """The extent of each tier by its key, and of the whole ground under "". One query."""
    edges = (Min("min_lon"), Min("min_lat"), Max("max_lon"), Max("max_lat"), Min("valid_from"))
    found: dict[str, Extent] = {}
    for tier, *box, since in Node.objects.order_by("tier__key").values_list("tier__key").annotate(*edges):
        found[tier] = Extent(None if box[0] is None else box, since.isoformat())
    boxes = [one.bbox for one in found.values() if one.bbox]
    if boxes:
        low, high = [min(axis) for axis in zip(*boxes, strict=True)], [max(axis) for axis in zip(*boxes, strict=True)]
        found[""] = Extent([*low[:2], *high[2:]], None)
    return found
