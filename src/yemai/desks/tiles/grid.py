"""The squares of the map: Web Mercator as whole numbers, and one tile of it."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

EXTENT_BITS = 12
EXTENT = 1 << EXTENT_BITS
"""Units along the side of a tile (a screen shows it 512 pixels wide, so a pixel is eight units)."""
UNITS_PER_PIXEL = EXTENT // 512
BUFFER = 64
"""Units drawn beyond the edge, so that a line along the edge is as thick as elsewhere."""
ZOOM_MAX = 18
"""Deeper, a map enlarges these tiles: their unit is less than four centimetres."""
WORLD_BITS = ZOOM_MAX + EXTENT_BITS
WORLD = 1 << WORLD_BITS
"""The world's side in units of the deepest zoom: it fits 32 bits, and a tile's own units are a shift away."""
LATITUDE_MAX = math.degrees(math.atan(math.sinh(math.pi)))
"""Where the Mercator square ends: 85.0511 degrees."""

Floats = npt.NDArray[np.float64]
WorldInts = npt.NDArray[np.int32]
Box = tuple[int, int, int, int]
"""West, north, east, south in world units (y grows southwards)."""


def to_world(degrees: Floats) -> WorldInts:
    """Longitude and latitude (n x 2, WGS-84) as world units; beyond the square they lie on its edge."""
    lons, lats = degrees[:, 0], np.clip(degrees[:, 1], -LATITUDE_MAX, LATITUDE_MAX)
    x = (lons + 180) / 360
    y = (1 - np.arcsinh(np.tan(np.radians(lats))) / math.pi) / 2
    world: WorldInts = np.rint(np.clip(np.column_stack([x, y]), 0, 1) * WORLD).astype(np.int32)
    return world


def to_degrees(world: npt.NDArray[np.integer] | Floats) -> Floats:
    """World units (n x 2) as longitude and latitude in degrees."""
    share = np.asarray(world, dtype=np.float64) / WORLD
    lats = np.degrees(np.arctan(np.sinh(math.pi * (1 - 2 * share[:, 1]))))
    return np.column_stack([share[:, 0] * 360 - 180, lats])


@dataclass(frozen=True, order=True)
class Tile:
    """One square: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """Is there such a square at a zoom we draw?"""
        return 0 <= self.z <= ZOOM_MAX and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    @property
    def shift(self) -> int:
        """Bits between a world unit and a unit of this tile."""
        return ZOOM_MAX - self.z

    def box(self, beyond: int = 0) -> Box:
        """The square with `beyond` of its own units around it, in world units; may reach past the edge of the world."""
        west, north = (self.x << EXTENT_BITS) - beyond, (self.y << EXTENT_BITS) - beyond
        side = EXTENT + 2 * beyond
        return west << self.shift, north << self.shift, (west + side) << self.shift, (north + side) << self.shift

    def quantised(self, world: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
        """World units (n x 2) as the nearest units of this tile, from its upper left corner."""
        west, north, _east, _south = self.box()
        half = (1 << self.shift) >> 1
        inside = world.astype(np.int64) - np.array([west, north], dtype=np.int64)
        units: npt.NDArray[np.int64] = (inside + half) >> self.shift
        return units

    def degrees(self, beyond: int = 0) -> tuple[float, float, float, float]:
        """West, south, east, north of `box` in degrees."""
        west, north, east, south = self.box(beyond)
        corners = to_degrees(np.array([[west, south], [east, north]]))
        return float(corners[0, 0]), float(corners[0, 1]), float(corners[1, 0]), float(corners[1, 1])
