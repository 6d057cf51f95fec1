"""The ground of each group: every point belongs to the building whose walls are nearest, clipped to the ground at hand."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .ground import METRES_PER_DEGREE, Floats, House, Ints

WALL_STEP_M = 6.0
"""Walls are looked at every so many metres; a line between two groups is so near to the middle between them."""
SMOOTH_M = 3.0
"""Lines between groups are drawn in steps of about so many metres, not at every corner of a wall."""
AROUND_M = 30.0
"""Ground without a boundary reaches so far around its buildings."""
COLOURS = 8


def areas(
    houses: Sequence[House], groups: Sequence[Sequence[int]], ground: BaseGeometry | None = None
) -> list[BaseGeometry]:
    """A polygon (of one or more parts) in WGS-84 degrees per group of places in `houses`; they share their borders.

    Without `ground` the areas end 30 m from the walls. Together they are `ground` exactly, where no group is empty.
    """
    if not houses:
        return [shapely.Polygon() for _ in groups]
    middle = float(np.mean([one.lat for one in houses]))
    scale = np.array([METRES_PER_DEGREE * np.cos(np.radians(middle)), METRES_PER_DEGREE])
    walls = [_walls(one, scale) for one in houses]
    whole = (
        shapely.union_all([shapely.buffer(wall, AROUND_M, quad_segs=4) for wall in walls])
        if ground is None
        else shapely.transform(ground, lambda xy: xy * scale)
    )
    owner = np.full(len(houses), -1)
    for number, group in enumerate(groups):
        owner[list(group)] = number
    points, of = _samples(walls, np.array([(one.lon, one.lat) for one in houses]) * scale)
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


def _walls(house: House, scale: Floats) -> BaseGeometry:
    if house.shape is None or house.shape.is_empty:
        return shapely.Point(np.array([house.lon, house.lat]) * scale)
    return shapely.transform(house.shape, lambda xy: xy * scale)


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


def colours(shapes: Sequence[BaseGeometry]) -> list[int]:
    """A number from 0 to 7 for each area, so that areas that touch differ (where eight are enough, as they mostly are)."""
    if not shapes:
        return []
    tree = shapely.STRtree(list(shapes))
    near: list[set[int]] = [set() for _ in shapes]
    left, right = tree.query(list(shapes), predicate="intersects")
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        if one != other:
            near[one].add(other)
    chosen: dict[int, int] = {}
    used = [0] * COLOURS
    for place in sorted(range(len(shapes)), key=lambda at: (-len(near[at]), at)):
        taken = {chosen[other] for other in near[place] if other in chosen}
        free = [one for one in range(COLOURS) if one not in taken] or list(range(COLOURS))
        best = min(free, key=lambda one: (used[one], one))
        chosen[place] = best
        used[best] += 1
    return [chosen[place] for place in range(len(shapes))]
