"""The ground as planning sees it: buildings as points in metres, and which of them are neighbours."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

METRES_PER_DEGREE = 111_320.0
REACH_M = 100.0
"""Farther apart than this, wall to wall, two buildings are no neighbours: a river, a main road or a park lies between."""
TOUCHING_M = 1.0


@dataclass(frozen=True)
class House:
    """A building: the caller's key, WGS-84 degrees, households (0 or more), its estate and its team of today."""

    key: int
    lon: float
    lat: float
    households: int
    estate: Hashable | None = None
    team: Hashable | None = None
    shape: BaseGeometry | None = None
    """Footprint in WGS-84 degrees; without one the building is a point."""


def metres(places: Sequence[tuple[float, float]]) -> Floats:
    """Longitudes and latitudes as x, y in metres [n, 2] on a plane that touches their middle; true to 0.1 % in a town."""
    degrees = np.asarray(places, dtype=float).reshape(-1, 2)
    return degrees * _scale(degrees)


def _scale(degrees: Floats) -> Floats:
    middle = float(degrees[:, 1].mean()) if len(degrees) else 0.0
    return np.array([METRES_PER_DEGREE * np.cos(np.radians(middle)), METRES_PER_DEGREE])


def neighbours(houses: Sequence[House], reach_m: float = REACH_M) -> list[set[int]]:
    """Per building the places (in `houses`) of its neighbours.

    Neighbours are two buildings of one estate (or two outside all estates) with nothing of that estate between them (an
    edge of the Delaunay triangulation of its centres) and at most `reach_m` from wall to wall, or touching each other.
    """
    found: list[set[int]] = [set() for _ in houses]
    if not houses:
        return found
    degrees = np.array([(one.lon, one.lat) for one in houses], dtype=float)
    scale = _scale(degrees)
    walls = [
        shapely.Point(at * scale) if house.shape is None else shapely.transform(house.shape, lambda xy: xy * scale)
        for house, at in zip(houses, degrees, strict=True)
    ]
    estates: dict[Hashable | None, list[int]] = {}
    for place, house in enumerate(houses):
        estates.setdefault(house.estate, []).append(place)
    for places in estates.values():
        own = np.array(places)
        shapes = np.array([walls[place] for place in places], dtype=object)
        pairs = _edges(degrees[own] * scale) | _touching(shapes)
        for one, other in sorted(pairs):
            if shapely.distance(shapes[one], shapes[other]) <= reach_m:
                found[places[one]].add(places[other])
                found[places[other]].add(places[one])
    return found


def _edges(points: Floats) -> set[tuple[int, int]]:
    """Edges of the Delaunay triangulation; of two points, or points on one line, the edges along it."""
    rounded = np.round(points, 3)
    places: dict[tuple[float, float], int] = {}
    pairs: set[tuple[int, int]] = set()
    for place, (x, y) in enumerate(rounded.tolist()):
        first = places.setdefault((x, y), place)
        if first != place:
            pairs.add((first, place))
    if len(places) < 2:
        return pairs
    triangles = shapely.delaunay_triangles(shapely.MultiPoint(rounded)).geoms
    for triangle in triangles:
        corners = [places[x, y] for x, y in np.round(shapely.get_coordinates(triangle)[:3], 3).tolist()]
        pairs |= {(min(a, b), max(a, b)) for a in corners for b in corners if a != b}
    if not len(triangles):
        line = sorted(places)
        pairs |= {(min(places[a], places[b]), max(places[a], places[b])) for a, b in pairwise(line)}
    return pairs


def _touching(shapes: npt.NDArray[np.object_]) -> set[tuple[int, int]]:
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=TOUCHING_M)
    return {(int(a), int(b)) for a, b in zip(left, right, strict=True) if a < b}


def connected_parts(members: Iterable[int], near: Sequence[set[int]]) -> list[list[int]]:
    """The connected parts of `members` on the neighbour graph, each sorted, in order of their first member."""
    left = set(members)
    parts = []
    while left:
        part = {min(left)}
        edge = list(part)
        while edge:
            fresh = (near[edge.pop()] & left) - part
            part |= fresh
            edge += fresh
        left -= part
        parts.append(sorted(part))
    return sorted(parts)


def is_connected(members: Sequence[int], near: Sequence[set[int]]) -> bool:
    """Whether one can walk between any two members from neighbour to neighbour without leaving them."""
    return len(connected_parts(members, near)) == 1


def along(members: Sequence[int], points: Floats) -> list[int]:
    """The members in order along their longer direction."""
    own = np.array(members)
    centred = points[own] - points[own].mean(axis=0)
    direction = np.linalg.svd(centred, full_matrices=False)[2][0]
    direction = direction * (1 if direction[np.abs(direction).argmax()] > 0 else -1)
    order = np.lexsort((own, np.round(centred @ direction, 3)))
    return [int(place) for place in own[order]]


EXACT_HALVES = 160
"""Up to so many buildings every cut across is tried; above, the first one past the middle is taken."""


def halves(members: Sequence[int], near: Sequence[set[int]], points: Floats, weight: Ints) -> list[list[int]]:
    """Connected members cut in two connected parts of about equal weight, across their longer direction."""
    order = along(members, points)
    rank = {place: number for number, place in enumerate(order)}
    loads = {place: int(weight[place]) for place in members}
    total, half = sum(loads.values()), sum(loads.values()) / 2
    taken, rim, load = {order[0]}, near[order[0]] & rank.keys(), loads[order[0]]
    best: tuple[float, list[list[int]]] | None = None
    while len(taken) < len(order):
        is_late = load >= half or len(taken) == len(order) - 1
        if is_late or (len(order) <= EXACT_HALVES and 3 * load >= total):
            rest = connected_parts(rank.keys() - taken, near)
            largest = max(rest, key=lambda part: (sum(loads[one] for one in part), part))
            uneven = abs(2 * sum(loads[one] for one in largest) - total)
            if best is None or uneven < best[0]:
                best = uneven, [sorted(rank.keys() - set(largest)), largest]
            if is_late and (len(order) > EXACT_HALVES or 3 * load >= 2 * total):
                break
        nearest = min(rim, key=lambda one: rank[one])
        taken.add(nearest)
        load += loads[nearest]
        rim = (rim | (near[nearest] & rank.keys())) - taken
    if best is None:  # one building cannot be cut
        raise ValueError("nothing to cut")
    return best[1]
