"""The ground as GeoJSON for a map: boundaries, buildings and label points in reach, inside a window."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.db.models import Model, Q, QuerySet

from .geometry import stored
from .models import Building, Node
from .queries import buildings_in, nodes_in

Bbox = tuple[float, float, float, float]
"""West, south, east, north in WGS-84 degrees."""
MOST = 5_000
DIGITS = 6
"""Decimals of a degree written out: about 0.1 m."""


def features_for(
    paths: Iterable[str], bbox: Bbox | None = None, tier: str | None = None, *, on: date | None = None, most: int = MOST
) -> dict[str, Any]:
    """Nodes in reach as a FeatureCollection: polygon where drawn, else point, else null geometry (without `bbox`).

    `tier` is a tier's key (all tiers without). `label` in the properties is [lon, lat] or null; `truncated` on the
    collection tells that there are more than `most`.
    """
    found = nodes_in(paths, on=on, tier=tier).defer(None)
    if bbox is not None:
        found = found.filter(_seen(bbox))
    return _collection(found, most, _node_properties, "boundary")


def building_features(paths: Iterable[str], bbox: Bbox | None = None, *, most: int = MOST) -> dict[str, Any]:
    """Standing buildings in reach as a FeatureCollection: footprint where drawn, else point."""
    found = buildings_in(paths).defer(None).defer("node__boundary").order_by("pk")
    if bbox is not None:
        found = found.filter(_at(bbox))
    return _collection(found, most, _building_properties, "footprint")


def labels_for(
    paths: Iterable[str], bbox: Bbox | None = None, tier: str | None = None, *, on: date | None = None, most: int = MOST
) -> dict[str, Any]:
    """Label points of nodes in reach, without their boundaries: for a map seen from far."""
    found = nodes_in(paths, on=on, tier=tier).filter(lon__isnull=False)
    if bbox is not None:
        found = found.filter(_at(bbox))
    rows = list(found[: most + 1])
    points = [{"type": "Point", "coordinates": _label(row)} for row in rows]
    return _answer(rows, points, most, _node_properties)


def bounds_of(nodes: Sequence[Node]) -> Bbox | None:
    """The window that shows all of these nodes; None when none of them is drawn or placed."""
    wests = [node.min_lon if node.min_lon is not None else node.lon for node in nodes]
    souths = [node.min_lat if node.min_lat is not None else node.lat for node in nodes]
    easts = [node.max_lon if node.max_lon is not None else node.lon for node in nodes]
    norths = [node.max_lat if node.max_lat is not None else node.lat for node in nodes]
    known = [[edge for edge in edges if edge is not None] for edges in (wests, souths, easts, norths)]
    if not all(known):
        return None
    return min(known[0]), min(known[1]), max(known[2]), max(known[3])


def _seen(bbox: Bbox) -> Q:
    """Nodes whose boundary's box meets the window, or whose point lies in it."""
    west, south, east, north = bbox
    drawn = Q(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south)
    return drawn | (Q(min_lon__isnull=True) & _at(bbox))


def _at(bbox: Bbox) -> Q:
    west, south, east, north = bbox
    return Q(lon__range=(west, east), lat__range=(south, north))


def _collection(found: QuerySet[Any], most: int, properties: Any, column: str) -> dict[str, Any]:
    rows = list(found[: most + 1])
    geometries: list[Mapping[str, Any] | None] = []
    for row in rows:
        shape = stored(getattr(row, column))
        if shape is None and row.lon is not None:
            shape = shapely.Point(row.lon, row.lat)
        rounded = None if shape is None else shapely.transform(shape, lambda points: np.round(points, DIGITS))
        geometries.append(None if rounded is None else json.loads(shapely.to_geojson(rounded)))
    return _answer(rows, geometries, most, properties)


def _answer(rows: Sequence[Model], geometries: Sequence[Any], most: int, properties: Any) -> dict[str, Any]:
    pairs = list(zip(rows, geometries, strict=True))[:most]
    features = [
        {"type": "Feature", "id": row.pk, "geometry": geometry, "properties": properties(row)}
        for row, geometry in pairs
    ]
    return {"type": "FeatureCollection", "features": features, "truncated": len(rows) > most}


def _label(node: Node) -> list[float] | None:
    return None if node.lon is None or node.lat is None else [round(node.lon, DIGITS), round(node.lat, DIGITS)]


def _node_properties(node: Node) -> dict[str, Any]:
    return {
        "code": node.code, "name": node.name, "name_en": node.name_en, "tier": node.tier.key,
        "kind": node.kind, "households": node.households, "label": _label(node),
    }  # fmt: skip


def _building_properties(building: Building) -> dict[str, Any]:
    estate = building.estate.name if building.estate else ""
    return {
        "name": f"{estate}{building.name}", "node": building.node.code, "floors": building.floors,
        "households": building.households,
    }  # fmt: skip
