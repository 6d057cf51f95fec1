"""A raster over polygons: most points are answered by their cell alone, the others by the few lines near it."""

from bisect import bisect_right

import numpy as np
import numpy.typing as npt
import shapely

from .raster import (
    ALONG,
    UP,
    Covers,
    Flags,
    Floats,
    Geometries,
    Sides,
    Spread,
    Whole,
    begins,
    expanded,
    marks,
    shares,
)

Small = npt.NDArray[np.int32]

CELLS_PER_POLYGON, CELLS_PER_SIDE = 60, 1
"""So that most cells have no line near them, and the others few."""
MOST_CELLS = 16_000_000
"""64 MB, however many polygons and however far apart."""
MOST_PAIRS = 60_000_000
"""Of a cell and a polygon upon it; where polygons lie upon each other by the thousand the cells get wider instead."""
SLACK = 1e-9
"""Degrees added to the reach of a line when cells are filled: far above all rounding here, far below any reach."""
DOUBT = 1e-11
"""Degrees; a microscopic distance, and still a thousand times the rounding of coordinates: within it we do not say."""
POINTS_AT_ONCE = 32_768
"""So that what is worked out for them stays in the processor's own memory."""
MOST_SIDES = 24
"""Of one cell for one point looked at in turn; with more, arrays are quicker."""

OK, EDGE, OVERLAP = 0, 1, 2
UNSURE = -1


class Cells:
    """Answers for points: `3 * i + flag`, where `i` is the lowest index of the polygons that hold or near the point.

    The flag is OVERLAP where two or more hold it and have no line within `reach` of it, else EDGE where one has, else
    OK; `3 * n` (`n` polygons) where there is none. UNSURE where rounding might decide: near DOUBT of the reach itself.

    Cells are the rectangles between `xs` and `ys` (ascending degrees); before the first line and after the last lies
    nothing. `state[row * width + column]` is the answer for a cell that no line comes within `reach` of. For any other
    it is `-1 - k`; `members[starts[k]:starts[k + 1]]` are `2 * i + 1` where the cell's mark (a point in it) lies in
    polygon `i`, else `2 * i`, ascending; `places[side_starts[m]:side_starts[m + 1]]` are the sides of that polygon near
    the cell. A point lies in the polygon if the mark does, but for every side between the two.
    """

    xs: Floats
    ys: Floats
    width: int
    state: Small
    starts: Small
    members: Small
    side_starts: Small
    places: Small

    def __init__(self, polygons: Geometries, reach: float) -> None:
        self.count, self.reach = len(polygons), reach
        self.least, self.most = (reach - DOUBT) ** 2, (reach + DOUBT) ** 2
        self.sides = Sides.of(polygons)
        if len(self.sides.owner):
            self._fill(self._lay(polygons))
        else:
            self.xs = self.ys = np.empty(0)
            self.width, self.state = 1, np.full(1, 3 * self.count, np.int32)
            self.starts = self.members = self.side_starts = self.places = np.empty(0, np.int32)
        self._marks = marks(self.xs, ALONG), marks(self.ys, UP)
        # numpy is slow on one number; lists and views of memory are not
        self._xs, self._ys, self._state = self.xs.tolist(), self.ys.tolist(), self.state.data
        self._mark_x, self._mark_y = (one.tolist() for one in self._marks)
        self._lists = self.starts.data, self.members.data, self.side_starts.data, self.places.data
        self._ends = self.sides.west_x.data, self.sides.west_y.data, self.sides.east_x.data, self.sides.east_y.data

    @property
    def nbytes(self) -> int:
        """Memory kept, in bytes, but for short lists."""
        held = [self.state, self.starts, self.members, self.side_starts, self.places]
        return sum(one.nbytes for one in [*held, *vars(self.sides).values()])

    # --- one point --------------------------------------------------------------------------------------------------

    def at(self, lon: float, lat: float) -> int:
        """The answer for one point."""
        row, column = bisect_right(self._ys, lat), bisect_right(self._xs, lon)
        state = self._state[row * self.width + column]
        return state if state >= 0 else self._beside(-1 - state, row - 1, column - 1, lon, lat)

    def _beside(self, cell: int, row: int, column: int, lon: float, lat: float) -> int:
        starts, members, side_starts, _places = self._lists
        first, past = starts[cell], starts[cell + 1]
        if side_starts[past] - side_starts[first] > MOST_SIDES:
            return int(self.at_many(np.array([lon]), np.array([lat]))[0])
        lowest, inner, flag = self.count, 0, OK
        for member in range(first, past):
            held = members[member]
            turns = self._turns(side_starts[member], side_starts[member + 1], row, column, lon, lat)
            if turns == UNSURE:
                return UNSURE
            if turns is None:
                flag = EDGE
            elif (turns + held) % 2:
                inner += 1
            else:
                continue
            if lowest > held >> 1:
                lowest = held >> 1
        return 3 * lowest + (OVERLAP if inner > 1 else flag)

    def _turns(self, first: int, past: int, row: int, column: int, lon: float, lat: float) -> int | None:
        """How many of these sides stand between the point and its cell's mark; None where one is within reach."""
        west_x, west_y, east_x, east_y = self._ends
        mark_x, mark_y, places = self._mark_x[column] - lon, self._mark_y[row] - lat, self._lists[3]
        turns = 0
        for place in range(first, past):
            side = places[place]
            x, y, to_x, to_y = west_x[side] - lon, west_y[side] - lat, east_x[side] - lon, east_y[side] - lat
            run, rise = to_x - x, to_y - y
            length, point = run * run + rise * rise, rise * x - run * y
            if point * point <= self.most * length:  # else even the endless line is out of reach
                share = min(1.0, max(0.0, -(x * run + y * rise) / length)) if length else 0.0
                gap = (x + share * run) ** 2 + (y + share * rise) ** 2
                if gap <= self.most:
                    return None if gap < self.least else UNSURE
            if (mark_x * y > mark_y * x) != (mark_x * to_y > mark_y * to_x):
                mark, doubt = rise * (x - mark_x) - run * (y - mark_y), DOUBT * (abs(run) + abs(rise))
                if -doubt <= point <= doubt or -doubt <= mark <= doubt:
                    return UNSURE
                turns += (point > 0) != (mark > 0)
        return turns

    # --- many points ------------------------------------------------------------------------------------------------

    def at_many(self, lons: Floats, lats: Floats) -> Small:
        """The answers for many points."""
        rows, columns = np.searchsorted(self.ys, lats, "right"), np.searchsorted(self.xs, lons, "right")
        found: Small = self.state[rows * self.width + columns]
        beside = np.flatnonzero(found < 0)
        for at in range(0, len(beside), POINTS_AT_ONCE):
            some = beside[at : at + POINTS_AT_ONCE]
            marked = self._marks[0][columns[some] - 1], self._marks[1][rows[some] - 1]
            found[some] = self._beside_many(-1 - found[some], lons[some], lats[some], *marked)
        return found

    def _beside_many(self, cells: Small, lons: Floats, lats: Floats, mark_x: Floats, mark_y: Floats) -> Small:
        first = self.starts[cells]
        at, member = expanded(first, self.starts[cells + 1] - first)
        begin = self.side_starts[member]
        part, place = expanded(begin, self.side_starts[member + 1] - begin)
        point = at[part]
        lon, lat = lons[point], lats[point]
        near, between, doubt = self._between(self.places[place], lon, lat, mark_x[point] - lon, mark_y[point] - lat)
        is_edge = np.bincount(part[near], minlength=len(at)) > 0
        turns = np.bincount(part[between], minlength=len(at)) + self.members[member]
        is_inner = (turns % 2 > 0) & ~is_edge
        hits = np.flatnonzero(is_edge | is_inner)[::-1]
        lowest = np.full(len(cells), self.count, np.int32)
        lowest[at[hits]] = self.members[member[hits]] >> 1  # ascending within a point, written backwards
        flags = np.where(np.bincount(at[is_edge], minlength=len(cells)) > 0, EDGE, OK)
        flags[np.bincount(at[is_inner], minlength=len(cells)) > 1] = OVERLAP
        found: Small = (3 * lowest + flags).astype(np.int32)
        found[point[doubt]] = UNSURE
        return found

    def _between(
        self, side: Small, lon: Floats, lat: Floats, mark_x: Floats, mark_y: Floats
    ) -> tuple[Flags, Flags, Flags]:
        """Each with one side: is it within reach, does it stand between point and mark, is that in doubt."""
        x, y = self.sides.west_x[side] - lon, self.sides.west_y[side] - lat
        to_x, to_y = self.sides.east_x[side] - lon, self.sides.east_y[side] - lat
        run, rise = to_x - x, to_y - y
        length = run * run + rise * rise
        share = np.clip(-(x * run + y * rise) / np.where(length > 0, length, 1.0), 0.0, 1.0)
        gap = (x + share * run) ** 2 + (y + share * rise) ** 2
        is_astride = (mark_x * y > mark_y * x) != (mark_x * to_y > mark_y * to_x)
        point, mark = rise * x - run * y, rise * (x - mark_x) - run * (y - mark_y)
        doubt = DOUBT * (np.abs(run) + np.abs(rise))
        is_near = gap <= self.most
        is_doubtful = is_astride & ~is_near & (np.minimum(np.abs(point), np.abs(mark)) <= doubt)
        return is_near, is_astride & ((point > 0) != (mark > 0)), is_doubtful | (is_near & (gap >= self.least))

    def candidates(self, lons: Floats, lats: Floats) -> tuple[Whole, Small]:
        """For points in cells with lines: the position of each, and every polygon that may hold or near it, ascending."""
        place = np.searchsorted(self.ys, lats, "right") * self.width + np.searchsorted(self.xs, lons, "right")
        cells = -1 - self.state[place]
        at, member = expanded(self.starts[cells], self.starts[cells + 1] - self.starts[cells])
        return at, self.members[member] >> 1

    # --- building ---------------------------------------------------------------------------------------------------

    def _lay(self, polygons: Geometries) -> Covers:
        """Choose the lines; what the polygons cover."""
        bounds = shapely.bounds(polygons)
        bounds = bounds[np.isfinite(bounds).all(axis=1)]
        across, down = Spread(bounds[:, [0, 2]]), Spread(bounds[:, [1, 3]])
        wanted = min(MOST_CELLS, len(bounds) * CELLS_PER_POLYGON + len(self.sides.owner) * CELLS_PER_SIDE)
        while True:
            columns = int(np.clip(np.sqrt(wanted * across.across / max(down.across, 1e-9)), 1, wanted))
            self.xs = across.lines(columns, 2 * (self.reach + SLACK))
            self.ys = down.lines(max(1, wanted // columns), 2 * (self.reach + SLACK))
            self.width = len(self.xs) + 1
            covers = Covers.of(self.sides, self.xs, self.ys)
            if wanted == 1 or covers.cells + self._crossings().sum() <= MOST_PAIRS:
                return covers
            wanted = max(1, wanted // 4)

    def _crossings(self) -> Whole:
        """About how many lines of the raster each side crosses."""
        sides = self.sides
        columns = np.searchsorted(self.xs, sides.east_x) - np.searchsorted(self.xs, sides.west_x)
        rows = np.searchsorted(self.ys, sides.east_y) - np.searchsorted(self.ys, sides.west_y)
        crossed: Whole = columns + np.abs(rows)
        return crossed

    def _fill(self, covers: Covers) -> None:
        size = (len(self.ys) + 1) * self.width
        near = np.concatenate([self._near(some) for some in shares(self._crossings() + 1)])
        near.sort()
        cell: Whole = near // len(self.sides.owner)
        side: Whole = near - cell * len(self.sides.owner)
        is_near = np.zeros(size, np.bool_)
        is_near[cell] = True
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
        self.state = np.where(deep == 1, 3 * total.astype(np.int32), np.int32(3 * self.count))
        upon = [*covers.upon(is_near | (deep > 1), self.count), np.empty(0, np.int64)]
        self.places = side.astype(np.int32)
        self._list(is_near, cell * self.count + self.sides.owner[side], np.concatenate(upon))

    def _near(self, some: slice) -> Whole:
        """Key (cell * sides + side) of every cell that a side comes within reach of; a few too many at corners."""
        sides, reach = self.sides[some], self.reach + SLACK
        first = np.searchsorted(self.xs, sides.west_x - reach, "right")
        last = np.searchsorted(self.xs, sides.east_x + reach, "right")
        side, column = expanded(first, last - first + 1)
        west_x, west_y = sides.west_x[side], sides.west_y[side]
        run, rise = np.maximum(sides.east_x - sides.west_x, 1e-300)[side], (sides.east_y - sides.west_y)[side]
        with np.errstate(over="ignore"):
            enters = np.clip((self.xs[column - 1] - reach - west_x) / run, 0, 1)
            leaves = np.clip((self.xs[column] + reach - west_x) / run, 0, 1)
        one, other = west_y + enters * rise, west_y + leaves * rise
        low = np.searchsorted(self.ys, np.minimum(one, other) - reach, "right")
        high = np.searchsorted(self.ys, np.maximum(one, other) + reach, "right")
        part, row = expanded(low, high - low + 1)
        cell = row * self.width + column[part]
        keys: Whole = cell * len(self.sides.owner) + side[part] + (some.start or 0)
        return keys

    def _list(self, is_near: Flags, beside: Whole, upon: Whole) -> None:
        """Members from keys (cell * polygons + polygon): of each side near a cell, sorted, and of each cell's mark."""
        first = np.flatnonzero(begins(beside))
        upon.sort()
        keys = np.concatenate([beside[first] * 2, upon * 2 + 1])  # of one cell and polygon: with sides, with the mark
        keys.sort(kind="stable")  # two sorted runs: merged
        is_first = begins(keys >> 1)
        has_sides, holds_mark = keys[is_first] % 2 == 0, keys[np.r_[is_first[1:], True]] % 2
        cell, owner = np.divmod(keys[is_first] >> 1, self.count)
        self.members = (owner * 2 + holds_mark).astype(np.int32)
        counts = np.zeros(len(cell) + 1, np.int64)
        counts[1:][has_sides] = np.diff(first, append=len(beside))
        self.side_starts = np.cumsum(counts).astype(np.int32)
        starts = np.flatnonzero(begins(cell))
        self.starts = np.r_[starts, len(cell)].astype(np.int32)
        place = cell[starts]
        self.state[place] = np.where(is_near[place], -1 - np.arange(len(starts)), 3 * owner[starts] + OVERLAP)
