"""Many points as few marks: one per square of a tile when near, hexagons over the whole map when far."""

import math

import numpy as np
import numpy.typing as npt

from .grid import EXTENT, WORLD, Tile
from .shapes import Ints, Kind, Shapes

SQUARES = 8
"""Clusters along the side of a tile: 64 pixels each."""
HEXAGON = EXTENT // 24
"""Units from a hexagon's middle to its corners: 21 pixels."""
FINE = 256
"""Squares along a tile by which the database counts for hexagons: two pixels, far smaller than what they are put in."""

Floats = npt.NDArray[np.float64]


def fine_per_degree(zoom: int) -> float:
    """Fine squares to a degree of longitude or latitude. The same for every tile of a zoom, so neighbours agree."""
    return FINE * (1 << zoom) / 360


def points(xy: Ints) -> Shapes:
    """One feature per point, in units of a tile."""
    count = len(xy)
    return Shapes(Kind.POINT, xy, np.ones(count, dtype=np.int64), np.arange(count), np.zeros(count, dtype=bool))


def hexagon_of(xy: Floats) -> Ints:
    """Column and row (axial, corners up) of the hexagon each point lies in; points as units of the zoom from its origin."""
    q = (math.sqrt(3) / 3 * xy[:, 0] - xy[:, 1] / 3) / HEXAGON
    r = (2 / 3 * xy[:, 1]) / HEXAGON
    s = -q - r
    near = np.rint(np.stack([q, r, s]))
    off = np.abs(near - np.stack([q, r, s]))
    # The three must add up to 0: the one that was rounded furthest is worked out from the others.
    worst = off.argmax(axis=0)
    column = np.where(worst == 0, -near[1] - near[2], near[0])
    row = np.where(worst == 1, -near[0] - near[2], near[1])
    return np.stack([column, row], axis=1).astype(np.int64)


def middles(hexagons: Ints) -> Floats:
    """The middles of hexagons, in units of the zoom."""
    x = HEXAGON * math.sqrt(3) * (hexagons[:, 0] + hexagons[:, 1] / 2)
    return np.stack([x, HEXAGON * 1.5 * hexagons[:, 1]], axis=1)


def gathered(world: Floats, counts: Ints, tile: Tile) -> tuple[Shapes, Ints, Ints]:
    """The hexagons that reach into a tile as polygons in its units, their number from the tile's view, and their sums.

    `world`: places (n x 2, world units), with `counts` (n x k) to add up. Places must be known a hexagon beyond the tile.
    """
    at = hexagon_of(np.asarray(world, dtype=np.float64) / (1 << tile.shift))
    there, which = np.unique(at, axis=0, return_inverse=True)
    sums = np.zeros((len(there), counts.shape[1]), dtype=np.int64)
    np.add.at(sums, which.ravel(), counts)
    middle = middles(there) - np.array([tile.x, tile.y]) * EXTENT
    seen = ((middle > -HEXAGON) & (middle < EXTENT + HEXAGON)).all(axis=1)
    middle, sums, there = middle[seen], sums[seen], there[seen]
    turns = np.radians(np.arange(-90, 270, 60))  # clockwise on the screen, as an outer ring must run
    corners = HEXAGON * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    xy = np.rint(middle[:, None, :] + corners).astype(np.int64).reshape(-1, 2)
    count = len(middle)
    shapes = Shapes(Kind.POLYGON, xy, np.full(count, 6), np.arange(count), np.zeros(count, dtype=bool))
    return shapes, _ids(there, tile), sums


def _ids(hexagons: Ints, tile: Tile) -> Ints:
    """A number for each hexagon of a zoom, the same in every tile it reaches into."""
    across = (WORLD >> tile.shift) // HEXAGON + 4
    return (hexagons[:, 0] + across) * 4 * across + hexagons[:, 1] + across
