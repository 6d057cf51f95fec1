"""Cutting real footprints into estates and micro-grids.

The rule, stated so that anyone can argue with it:

1. A building holds one household for each 100 m2 of floor area (footprint x floors), at least one. One that would hold
   more than 80 is taken for an office or a mall and counts one.
2. The ground is halved again and again along the longer side, each cut between two buildings and as near as can be to
   equal households: down to at most 3,000 households (a community), then 600 (an estate), then 80 (a micro-grid).
3. A cut that would leave a part of fewer than 30 households is not made. A building lies where its centroid lies.
   The rectangles of the cuts are the boundaries, so no ground lies twice and none is left out.
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import shapely

FLAT_M2, LARGEST, SMALLEST = 100.0, 80, 30
COMMUNITY, ESTATE = 3000, 600
METRES_PER_DEGREE = 111_320.0
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Footprint:
    """One real building."""

    shape: shapely.Polygon
    lon: float
    lat: float
    floors: int
    households: int


@dataclass
class Part:
    """A rectangle of ground, its buildings and the parts it was cut into."""

    box: Box
    buildings: list[Footprint] = field(default_factory=list)

    @property
    def households(self) -> int:
        """Households of all its buildings."""
        return sum(one.households for one in self.buildings)


def footprints(path: Path) -> list[Footprint]:
    """The buildings of a GeoJSON file with `floors`."""
    found = []
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        centre = shape.centroid
        area = shape.area * METRES_PER_DEGREE**2 * math.cos(math.radians(centre.y))
        floors = max(1, int(feature["properties"]["floors"]))
        flats = max(1, round(area * floors / FLAT_M2))
        found.append(Footprint(shape, centre.x, centre.y, floors, flats if flats <= LARGEST else 1))
    return found


def whole(buildings: list[Footprint]) -> Part:
    """Everything in one rectangle with 20 m around it."""
    west, south, east, north = shapely.total_bounds([one.shape for one in buildings])
    return Part((west - 2e-4, south - 2e-4, east + 2e-4, north + 2e-4), list(buildings))


def cut(part: Part, at_most: int) -> list[Part]:
    """Halve `part` until each piece holds at most `at_most` households, or no lawful cut is left."""
    if part.households <= at_most:
        return [part]
    for axis in _axes(part.box):
        if halves := _halved(part, axis):
            return [piece for half in halves for piece in cut(half, at_most)]
    return [part]


def _axes(box: Box) -> tuple[int, int]:
    wide = (box[2] - box[0]) * math.cos(math.radians(box[1])) >= box[3] - box[1]
    return (0, 1) if wide else (1, 0)


def _halved(part: Part, axis: int) -> tuple[Part, Part] | None:
    """The most even cut across `axis` that leaves both sides enough households."""
    ordered = sorted(part.buildings, key=lambda one: (one.lon, one.lat)[axis])
    total, left, best, place = part.households, 0, math.inf, 0
    for at in range(1, len(ordered)):
        left += ordered[at - 1].households
        apart = (ordered[at].lon, ordered[at].lat)[axis] > (ordered[at - 1].lon, ordered[at - 1].lat)[axis]
        if apart and min(left, total - left) >= SMALLEST and abs(total - 2 * left) < best:
            best, place = abs(total - 2 * left), at
    if not place:
        return None
    line = sum((one.lon, one.lat)[axis] for one in ordered[place - 1 : place + 1]) / 2
    low, high = list(part.box), list(part.box)
    low[axis + 2] = high[axis] = line
    return Part((low[0], low[1], low[2], low[3]), ordered[:place]), Part(
        (high[0], high[1], high[2], high[3]), ordered[place:]
    )
