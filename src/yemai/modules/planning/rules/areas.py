"""The ground of each group, and colours by which neighbours are told apart."""

from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from yemai.base.territory.sharing import Placed, shared_ground

from .ground import House

COLOURS = 8


def areas(
    houses: Sequence[House], groups: Sequence[Sequence[int]], ground: BaseGeometry | None = None
) -> list[BaseGeometry]:
    """A polygon in WGS-84 degrees per group of places in `houses`: `shared_ground` of their buildings."""
    return shared_ground([Placed(one.lon, one.lat, one.shape) for one in houses], groups, ground)


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
