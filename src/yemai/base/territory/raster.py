"""What a raster over polygons is made from: their sides, where its lines belong, which cells a polygon covers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]

AT_ONCE = 2_000_000
"""Rows expanded in one go, so that building needs little more memory than what is kept."""
LEAST_WIDTH = 1e-5
"""Degrees; what is narrower than a metre draws no more lines to itself than a metre does."""
ALONG, UP = 0.4871, 0.5237
"""Where in a cell its mark stands, as shares of width and height: not where drawn lines like to run, as middles are."""


def expanded(first: npt.NDArray[np.integer], count: npt.NDArray[np.integer]) -> tuple[Whole, Whole]:
    """The runs `first[i], first[i] + 1, ...` of `count[i]` numbers each, one after the other: each `i`, each number."""
    ends = np.cumsum(count, dtype=np.int64)
    which = np.repeat(np.arange(len(count)), count)
    return which, np.arange(len(which)) + (first - (ends - count))[which]


def begins(keys: Whole) -> Flags:
    """Whether each of sorted keys is another than the one before it."""
    found = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=found[1:])
    return found


def shares(count: Whole) -> Iterator[slice]:
    """Runs of rows of about AT_ONCE in sum of `count`."""
    ends = np.cumsum(count)
    cuts = np.searchsorted(ends, np.arange(AT_ONCE, ends[-1] if len(ends) else 0, AT_ONCE))
    yield from (slice(start, end) for start, end in pairwise(sorted({0, *cuts.tolist(), len(count)})))


def marks(lines: Floats, share: float) -> Floats:
    """One place between each two neighbouring lines."""
    return lines[:-1] + share * np.diff(lines)


@dataclass(frozen=True)
class Sides:
    """The sides of polygons: the west end, the east end, in degrees, and the index of the polygon each belongs to.

    Sides of one polygon stand together, polygons ascending.
    """

    west_x: Floats
    west_y: Floats
    east_x: Floats
    east_y: Floats
    owner: npt.NDArray[np.int32]

    @classmethod
    def of(cls, polygons: Geometries) -> "Sides":
        """Every ring of every part; shapes that are missing or empty have none."""
        parts, part_owner = shapely.get_parts(polygons, return_index=True)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        corners, ring = shapely.get_coordinates(rings, return_index=True)
        first = np.flatnonzero(ring[1:] == ring[:-1])
        is_turned = corners[first, 0] > corners[first + 1, 0]
        west, east = first + is_turned, first + ~is_turned
        owner = part_owner[ring_part].astype(np.int32)[ring[first]]
        x, y = np.ascontiguousarray(corners[:, 0]), np.ascontiguousarray(corners[:, 1])
        return cls(x[west], y[west], x[east], y[east], owner)

    def __getitem__(self, some: slice) -> "Sides":
        return Sides(self.west_x[some], self.west_y[some], self.east_x[some], self.east_y[some], self.owner[some])


class Spread:
    """Where lines of a raster belong on one axis, from the stretches (n x 2) that the polygons take of it.

    Every polygon draws equally many, evenly over its stretch: they stand close where polygons are small, far apart
    where they are large, and between two towns there are none.
    """

    def __init__(self, stretches: Floats) -> None:
        low, width = stretches[:, 0], np.maximum(stretches[:, 1] - stretches[:, 0], LEAST_WIDTH)
        knots = np.r_[low, low + width]
        order = np.argsort(knots)
        density = np.cumsum(np.r_[1 / width, -1 / width][order])[:-1]
        self.knots = knots[order]
        self.share = np.r_[0.0, np.cumsum(np.maximum(density, 0.0) * np.diff(self.knots))]
        self.across = float(np.ptp(self._at(np.array([0.05, 0.95]))) / np.median(width))
        """How many polygons of the usual size lie side by side, whatever lies far off."""

    def _at(self, places: Floats) -> Floats:
        found: Floats = np.interp(places * self.share[-1], self.share, self.knots)
        return found

    def lines(self, count: int, margin: float) -> Floats:
        """At most `count + 3`, ascending, the outermost `margin` beyond the polygons."""
        inner = self._at(np.linspace(0.0, 1.0, count + 1))
        return np.unique(np.r_[self.knots[0] - margin, inner, self.knots[-1] + margin])


@dataclass(frozen=True)
class Covers:
    """Runs of cells in a row whose marks lie in a polygon: places of the first and past the last, and the polygon."""

    start: Whole
    end: Whole
    owner: Whole

    @classmethod
    def of(cls, sides: Sides, xs: Floats, ys: Floats) -> "Covers":
        """Along the marks of each row of cells a polygon begins and ends by turns (even-odd, so holes are left out)."""
        heights, width = marks(ys, UP), len(xs) + 1
        first = np.searchsorted(heights, np.minimum(sides.west_y, sides.east_y))
        side, row = expanded(first, np.searchsorted(heights, np.maximum(sides.west_y, sides.east_y)) - first)
        west_x, west_y = sides.west_x[side], sides.west_y[side]
        share = (heights[row] - west_y) / (sides.east_y[side] - west_y)
        column = np.searchsorted(marks(xs, ALONG), west_x + share * (sides.east_x[side] - west_x)) + 1
        turns = (sides.owner[side].astype(np.int64) * len(ys) + row + 1) * width + column
        turns.sort()
        owner, place = np.divmod(turns, len(ys) * width)
        return cls(place[0::2], place[1::2], owner[0::2])

    @property
    def cells(self) -> int:
        """How many there are in all runs."""
        return int((self.end - self.start).sum())

    def upon(self, is_asked: Flags, count: int) -> Iterator[Whole]:
        """Keys (cell * count + polygon) of those cells that are asked for, unsorted, in shares."""
        places = np.flatnonzero(is_asked)
        before = np.zeros(len(is_asked) + 1, np.int32)
        np.cumsum(is_asked, dtype=np.int32, out=before[1:])
        first, past = before[self.start], before[self.end]
        for some in shares((past - first).astype(np.int64)):
            run, place = expanded(first[some], (past - first)[some])
            yield places[place] * count + self.owner[some][run]
