"""A raster over polygons: in most cells no line runs, so that a point's cell alone says which polygons hold it."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]

CELLS_PER_POLYGON = 100
"""Ten cells across: one point in four then lies in a cell near a line."""
MOST_CELLS = 16_000_000
"""64 MB, however many polygons and however far apart."""
MOST_PAIRS = 60_000_000
"""Of a cell and a polygon upon it; where polygons lie upon each other by the thousand the cells get wider instead."""
AT_ONCE = 2_000_000
"""Rows expanded in one go, so that building needs little more memory than what is kept."""
LEAST_WIDTH = 1e-5
"""Degrees; what is narrower than a metre draws no more lines to itself than a metre does."""
SLACK = 1e-9
"""Degrees added to the reach of a line: far above the rounding of any sum here, far below any reach."""


def expanded(first: npt.NDArray[np.integer], count: npt.NDArray[np.integer]) -> tuple[Whole, Whole]:
    """The runs `first[i], first[i] + 1, ...` of `count[i]` numbers each, one after the other: each `i`, each number."""
    ends = np.cumsum(count, dtype=np.int64)
    which = np.repeat(np.arange(len(count)), count)
    return which, np.arange(len(which)) - (ends - count)[which] + first[which]


def _distinct(keys: Whole) -> Whole:
    """Sorted, each once; for millions of numbers this is many times faster than numpy's own `unique`."""
    keys.sort()
    return keys[np.diff(keys, prepend=-1) > 0]


def _shares(count: Whole) -> Iterator[slice]:
    """Runs of rows of about AT_ONCE in sum of `count`."""
    ends = np.cumsum(count)
    cuts = np.searchsorted(ends, np.arange(AT_ONCE, ends[-1] if len(ends) else 0, AT_ONCE))
    places = np.unique([0, *cuts, len(count)]).tolist()
    yield from (slice(start, end) for start, end in pairwise(places))


@dataclass(frozen=True)
class Sides:
    """The sides of polygons: west end, east end (n x 2, degrees) and the index of the polygon each belongs to."""

    west: Floats
    east: Floats
    owner: Whole

    @classmethod
    def of(cls, polygons: Geometries) -> "Sides":
        """Every ring of every part; shapes that are missing or empty have none."""
        parts, part_owner = shapely.get_parts(polygons, return_index=True)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        corners, ring = shapely.get_coordinates(rings, return_index=True)
        side = np.flatnonzero(ring[1:] == ring[:-1])
        first, second = corners[side], corners[side + 1]
        is_turned = (first[:, 0] > second[:, 0])[:, None]
        owner = part_owner[ring_part[ring[side]]].astype(np.int64)
        return cls(np.where(is_turned, second, first), np.where(is_turned, first, second), owner)

    def __getitem__(self, some: slice) -> "Sides":
        return Sides(self.west[some], self.east[some], self.owner[some])


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

    def _at(self, shares: Floats) -> Floats:
        places: Floats = np.interp(shares * self.share[-1], self.share, self.knots)
        return places

    def lines(self, count: int, margin: float) -> Floats:
        """At most `count + 3`, ascending, the outermost `margin` beyond the polygons."""
        inner = self._at(np.linspace(0.0, 1.0, count + 1))
        return np.unique(np.r_[self.knots[0] - margin, inner, self.knots[-1] + margin])


@dataclass(frozen=True)
class Covers:
    """Runs of cells in a row whose middles lie in a polygon: places of the first and past the last, and the polygon."""

    start: Whole
    end: Whole
    owner: Whole

    @classmethod
    def of(cls, sides: Sides, xs: Floats, ys: Floats) -> "Covers":
        """Along the middle of each row of cells a polygon begins and ends by turns (even-odd, so holes are left out)."""
        middles, width = (ys[:-1] + ys[1:]) / 2, len(xs) + 1
        low, high = np.minimum(sides.west[:, 1], sides.east[:, 1]), np.maximum(sides.west[:, 1], sides.east[:, 1])
        first = np.searchsorted(middles, low)
        side, row = expanded(first, np.searchsorted(middles, high) - first)
        west, east = sides.west[side], sides.east[side]
        share = (middles[row] - west[:, 1]) / (east[:, 1] - west[:, 1])
        column = np.searchsorted((xs[:-1] + xs[1:]) / 2, west[:, 0] + share * (east[:, 0] - west[:, 0])) + 1
        turns = np.sort((sides.owner[side] * len(ys) + row + 1) * width + column)
        owner, place = np.divmod(turns, len(ys) * width)
        return cls(place[0::2], place[1::2], owner[0::2])

    @property
    def cells(self) -> int:
        """How many there are in all runs."""
        return int((self.end - self.start).sum())


class Cells:
    """Which polygons may hold a point, by the cell it lies in.

    Cells are the rectangles between `xs` and `ys` (ascending degrees); before the first line and after the last lies
    nothing. With `n` polygons, `state[row * width + column]` is, for a cell that no line comes within `reach` of,
    `3 * n` where no polygon covers it, `3 * i` where polygon `i` alone does, `3 * i + 2` where several do and `i` is
    the first of them; for any other cell it is `-1 - k`, and `members[starts[k]:starts[k + 1]]` are the polygons that
    cover it or have a line near it, ascending.
    """

    xs: Floats
    ys: Floats
    width: int
    state: Small
    starts: Small
    members: Small

    def __init__(self, polygons: Geometries, reach: float) -> None:
        self.count, self.reach = len(polygons), reach + SLACK
        sides = Sides.of(polygons)
        if len(sides.owner):
            self._lay(polygons, sides)
        else:
            self.xs = self.ys = np.empty(0)
            self.width, self.state = 1, np.full(1, 3 * self.count, np.int32)
            self.starts = self.members = np.empty(0, np.int32)
        self._xs, self._ys, self._state = self.xs.tolist(), self.ys.tolist(), self.state.data

    @property
    def nbytes(self) -> int:
        """Memory kept, in bytes, but for two short lists."""
        return sum(one.nbytes for one in (self.xs, self.ys, self.state, self.starts, self.members))

    def at(self, lon: float, lat: float) -> int:
        """The state of the cell of one point; plain floats, because numpy is slow on one number."""
        return self._state[bisect_right(self._ys, lat) * self.width + bisect_right(self._xs, lon)]

    def at_many(self, lons: Floats, lats: Floats) -> Small:
        """The states of the cells of many points."""
        rows = np.searchsorted(self.ys, lats, "right")
        found: Small = self.state[rows * self.width + np.searchsorted(self.xs, lons, "right")]
        return found

    def near(self, state: int) -> Small:
        """The polygons to be looked at where the state is below nought."""
        return self.members[self.starts[-1 - state] : self.starts[-state]]

    def near_many(self, states: Small) -> tuple[Whole, Small]:
        """For states below nought: the position of each in `states`, and every polygon to be looked at there."""
        first = self.starts[-1 - states]
        at, place = expanded(first, self.starts[-states] - first)
        return at, self.members[place]

    def _lay(self, polygons: Geometries, sides: Sides) -> None:
        bounds = shapely.bounds(polygons)
        bounds = bounds[np.isfinite(bounds).all(axis=1)]
        across, down = Spread(bounds[:, [0, 2]]), Spread(bounds[:, [1, 3]])
        wanted = min(MOST_CELLS, len(bounds) * CELLS_PER_POLYGON)
        while True:
            columns = int(np.clip(np.sqrt(wanted * across.across / max(down.across, 1e-9)), 1, wanted))
            self.xs = across.lines(columns, 2 * self.reach)
            self.ys = down.lines(max(1, wanted // columns), 2 * self.reach)
            self.width = len(self.xs) + 1
            covers = Covers.of(sides, self.xs, self.ys)
            if wanted == 1 or covers.cells + self._crossings(sides).sum() <= MOST_PAIRS:
                break
            wanted = max(1, wanted // 4)
        self._fill(sides, covers)

    def _crossings(self, sides: Sides) -> Whole:
        """About how many lines of the raster each side crosses."""
        columns = np.searchsorted(self.xs, sides.east[:, 0]) - np.searchsorted(self.xs, sides.west[:, 0])
        rows = np.searchsorted(self.ys, sides.east[:, 1]) - np.searchsorted(self.ys, sides.west[:, 1])
        crossed: Whole = columns + np.abs(rows)
        return crossed

    def _fill(self, sides: Sides, covers: Covers) -> None:
        size = (len(self.ys) + 1) * self.width
        near = [_distinct(self._near(sides[some])) for some in _shares(self._crossings(sides) + 1)]
        is_near = np.zeros(size, np.bool_)
        for keys in near:
            is_near[keys // self.count] = True
        deep = np.zeros(size, np.int32)
        np.add.at(deep, covers.start, 1)
        np.add.at(deep, covers.end, -1)
        np.cumsum(deep, out=deep)
        # The sum of the indices of all that cover a cell, by steps along the row; it may run over and back again,
        # and is read where there is one alone.
        total = np.zeros(size, np.uint32)
        np.add.at(total, covers.start, covers.owner.astype(np.uint32))
        np.subtract.at(total, covers.end, covers.owner.astype(np.uint32))
        np.cumsum(total, out=total)
        state = np.full(size, 3 * self.count, np.int32)
        alone = np.flatnonzero(deep == 1)
        state[alone] = 3 * total[alone].astype(np.int32)
        near.extend(self._upon(covers, is_near | (deep > 1)))
        self._list(state, is_near, _distinct(np.concatenate(near)))

    def _near(self, sides: Sides) -> Whole:
        """Key (cell * polygons + polygon) of every cell that a side comes within reach of; a few too many at corners."""
        first = np.searchsorted(self.xs, sides.west[:, 0] - self.reach, "right")
        last = np.searchsorted(self.xs, sides.east[:, 0] + self.reach, "right")
        side, column = expanded(first, last - first + 1)
        west, along = sides.west[side], (sides.east - sides.west)[side]
        with np.errstate(over="ignore"):
            run = np.maximum(along[:, 0], 1e-300)
            enters = np.clip((self.xs[column - 1] - self.reach - west[:, 0]) / run, 0, 1)
            leaves = np.clip((self.xs[column] + self.reach - west[:, 0]) / run, 0, 1)
        one, other = west[:, 1] + enters * along[:, 1], west[:, 1] + leaves * along[:, 1]
        low = np.searchsorted(self.ys, np.minimum(one, other) - self.reach, "right")
        high = np.searchsorted(self.ys, np.maximum(one, other) + self.reach, "right")
        part, row = expanded(low, high - low + 1)
        keys: Whole = (row * self.width + column[part]) * self.count + sides.owner[side[part]]
        return keys

    def _upon(self, covers: Covers, is_asked: Flags) -> Iterator[Whole]:
        """Keys of the asked-for cells and the polygons their middles lie in."""
        places = np.flatnonzero(is_asked)
        before = np.r_[0, np.cumsum(is_asked, dtype=np.int32)]
        first, past = before[covers.start], before[covers.end]
        for some in _shares((past - first).astype(np.int64)):
            run, place = expanded(first[some], (past - first)[some])
            yield places[place] * self.count + covers.owner[some][run]

    def _list(self, state: Small, is_near: Flags, keys: Whole) -> None:
        cell, owner = np.divmod(keys, self.count)
        first = np.flatnonzero(np.diff(cell, prepend=-1))
        place = cell[first]
        state[place] = np.where(is_near[place], -1 - np.arange(len(first)), 3 * owner[first] + 2)
        self.state, self.members = state, owner.astype(np.int32)
        self.starts = np.r_[first, len(keys)].astype(np.int32)
