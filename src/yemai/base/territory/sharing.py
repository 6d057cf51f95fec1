"""Ground shared out among groups of buildings: every point belongs to the building whose walls are nearest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

METRES_PER_DEGREE = 111_320.0
WALL_STEP_M = 6.0
"""Walls are looked at every so many metres; a line between two groups is so near to the middle between them."""
SMOOTH_M = 3.0
"""Lines between groups are drawn in steps of about so many metres, not at every corner of a wall."""
AROUND_M = 30.0
"""Ground without a boundary reaches so far around its buildings."""


@dataclass(frozen=True)
class Placed:
    """A building on the map, WGS-84 degrees: its own point, and its footprint where one is drawn."""

    lon: float
    lat: float
    shape: BaseGeometry | None = None


def shared_ground(
    buildings: Sequence[Placed], groups: Sequence[Sequence[int]], ground: BaseGeometry | None = None
) -> list[BaseGeometry]:
    """A polygon (of one or more parts) in WGS-84 degrees per group of places in `buildings`; they share their borders.

    Without `ground` the areas end 30 m from the walls. Together they are `ground` exactly, where no group is empty.
    """
    if not buildings:
        return [shapely.Polygon() for _ in groups]
    middle = float(np.mean([one.lat for one in buildings]))
    scale = np.array([METRES_PER_DEGREE * np.cos(np.radians(middle)), METRES_PER_DEGREE])
    walls = [_walls(one, scale) for one in buildings]
    whole = (
        shapely.union_all([shapely.buffer(wall, AROUND_M, quad_segs=4) for wall in walls])
        if ground is None
        else shapely.transform(ground, lambda xy: xy * scale)
    )
    owner = np.full(len(buildings), -1)
    for number, group in enumerate(groups):
        owner[list(group)] = number
    points, of = _samples(walls, np.array([(one.lon, one.lat) for one in buildings]) * scale)
    cells = np.asarray(
        shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=whole, ordered=True).geoms, dtype=object
    )
    joined = np.array(
        [shapely.union_all(cells[owner[of] == number]) for number in range(len(groups))], dtype=object
    )  # fmt: skip
    # Before it is clipped: now every line between two groups is the same line for both, and stays so.
    joined = shapely.coverage_simplify(joined, SMOOTH_M, simplify_boundary=False)
    shapely.prepare(whole)
    return [_surfaces(shapely.transform(shapely.intersection(one, whole), lambda xy: xy / scale)) for one in joined]


def _walls(one: Placed, scale: Floats) -> BaseGeometry:
    if one.shape is None or one.shape.is_empty:
        return shapely.Point(np.array([one.lon, one.lat]) * scale)
    return shapely.transform(one.shape, lambda xy: xy * scale)


def _samples(walls: Sequence[BaseGeometry], middles: Floats) -> tuple[Floats, Ints]:
    """Points along the walls and the building's own point [n, 2], with the building of each; a point two share is the
    first one's. The own point, which may lie in the court of a building, decides where its cases are located."""
    dense = [wall if wall.geom_type == "Point" else shapely.segmentize(wall, WALL_STEP_M) for wall in walls]
    points, of = shapely.get_coordinates(dense, return_index=True)
    points, of = np.concatenate([points, middles]), np.concatenate([of, np.arange(len(walls))])
    _, first = np.unique(np.round(points, 2), axis=0, return_index=True)
    first.sort()
    return points[first], of[first]


def _surfaces(shape: BaseGeometry) -> BaseGeometry:
    """What has area: lines and points where two cells merely touch are nobody's ground."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [one for one in getattr(shape, "geoms", []) if one.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else shapely.Polygon()
