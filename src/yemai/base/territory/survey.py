"""Whether the ground is drawn well: land belongs to one micro-grid only."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from yemai.kernel.coordinates import distance_m

from .geometry import stored
from .models import Node
from .queries import valid_on, within

SMALL_M2 = 100.0
"""Overlaps below this are what is left of redrawing a line by hand."""


@dataclass(frozen=True)
class Overlap:
    """Two settling nodes, lower code first, and the ground both claim."""

    first: Node
    second: Node
    square_metres: float


def overlaps(paths: Iterable[str]) -> list[Overlap]:
    """Ground claimed by two open settling nodes, the largest first; slivers below 100 m2 are left out."""
    drawn = Node.objects.filter(within(paths), valid_on(), tier__is_settling=True, boundary__isnull=False)
    nodes = list(drawn.select_related("tier").order_by("code"))
    shapes = np.array([stored(node.boundary) for node in nodes], dtype=object)
    if len(nodes) < 2:
        return []
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    found = []
    for left, right in zip(one, other, strict=True):
        if left < right:
            area = square_metres(shapely.intersection(shapes[left], shapes[right]))
            if area >= SMALL_M2:
                found.append(Overlap(nodes[left], nodes[right], area))
    return sorted(found, key=lambda overlap: -overlap.square_metres)


def square_metres(shape: BaseGeometry) -> float:
    """Area of a WGS-84 shape, exact enough for a town: its degrees scaled at its middle."""
    if shape.is_empty:
        return 0.0
    west, south, east, north = shape.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    return float(shape.area * distance_m(lon - 0.5, lat, lon + 0.5, lat) * distance_m(lon, lat - 0.5, lon, lat + 0.5))
