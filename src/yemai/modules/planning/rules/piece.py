"""The best division of one connected piece of ground: column generation, then an exact choice among the groups that matter.

The bound is a bound of every contiguous division of the piece, not only of the groups looked at: at prices p of the
buildings any division costs at least the sum of p plus, per centre, the least reduced cost of its groups (if negative).
"""

from dataclasses import dataclass
from time import monotonic

import numpy as np

from .ground import Floats
from .linear import INFINITE, Growing, least_cost
from .pricing import Group, Piece, Tables, judged

ROUNDS = 200
NEAR = 1e-3
"""Prices are good enough when the bound is so near (relatively) to the least cost with groups taken in fractions."""
PRICE, PRICE_PER_HOUSEHOLD, WIDER = 5.0, 2.0, 3.0
"""Where the prices of buildings are held at first, and how much farther they may go whenever they press against it."""
NARROW, WIDE = 3, 192
"""Groups kept per row on the way while looking for new ones: few at first, ten times more whenever that finds none.
Where even that is cut short the bound falls back to the knapsack's, which is weaker and still true."""
ON_THE_WAY, AT_THE_END = 40_000, 2_500
"""Sets in hand while enumerating the groups that may matter, and such groups; more, and a gap stays open."""
LIKELY = 14
"""Groups per building that the first choice is made among."""
FIRST_ROOM = 0.004
"""Of the bound: how much dearer than its prices a group may be in the first proof."""
NODES = 500
"""Of the search tree of one choice."""
NEW_PER_ROUND = 60
TINY = 1e-6
ENOUGH = 0.01
"""A division proven within this (relatively) is not searched on."""


@dataclass(frozen=True)
class Solved:
    """A division of a piece, what it costs, and what every division costs at least."""

    groups: list[Group]
    cost: float
    bound: float
    looked_at: int
    """Groups the last choice was made among."""
    complete: bool
    """Whether these were all the groups that can be part of a better division."""


def solve(piece: Piece, start: list[Group], *, until: float = INFINITE) -> Solved:
    """The cheapest division found, beginning from `start`, a division that covers every building once.

    `until` is a reading of the monotonic clock after which no more is tried; without it the answer is always the same.
    """
    search = _Search(piece, start)
    search.price(until)
    search.keep_likely()
    search.choose(until)
    if search.gap > ENOUGH:
        search.finish(until)
    return Solved(search.best, search.cost, min(search.bound, search.cost), len(search.groups), search.complete)


class _Search:
    def __init__(self, piece: Piece, start: list[Group]) -> None:
        self.piece = piece
        self.count = len(piece.households)
        self.labels = int(piece.label.max()) + 1
        box = (PRICE + PRICE_PER_HOUSEHOLD * piece.households).tolist()
        self.master = Growing([1.0] * self.count + [-INFINITE] * self.labels, [1.0] * (self.count + self.labels), box)
        self.groups: list[Group] = []
        self.known: dict[tuple[tuple[int, ...], int], float] = {}
        self.best, self.cost = start, sum(one.cost for one in start)
        self.bound, self.complete = -np.inf, False
        self.prices: Floats = np.zeros(self.count + self.labels)
        for group in [*start, *nearby(piece)]:
            self.add(group)

    @property
    def gap(self) -> float:
        """Relative distance between the division in hand and the bound."""
        return (self.cost - self.bound) / max(abs(self.cost), 1.0)

    def add(self, group: Group) -> bool:
        """Whether the group is new, or cheaper than when it was seen last."""
        key = (group.members, self.label(group))
        if group.cost >= self.known.get(key, np.inf) - TINY:
            return False
        self.known[key] = group.cost
        self.groups.append(group)
        self.master.add(group.cost, self.rows(group))
        return True

    def label(self, group: Group) -> int:
        return int(self.piece.label[group.row])

    def rows(self, group: Group) -> list[int]:
        label = self.label(group)
        return [*group.members, self.count + label] if label >= 0 else list(group.members)

    def price(self, until: float) -> None:
        """Add groups that pay at the prices of the moment until none does; raises the bound on the way."""
        steady: Floats | None = None
        width = NARROW
        for _ in range(ROUNDS):
            value, prices = self.master.solve()
            asked = prices if steady is None else 0.6 * steady + 0.4 * prices
            is_new = self._look(asked, width) or self._look(prices, width)
            if monotonic() > until:
                return
            is_near = self.bound >= value - max(TINY, NEAR * abs(value))
            if self.master.is_boxed_in and (is_near or not is_new):
                self.master.widen(WIDER)
            elif is_near or (not is_new and width >= WIDE):
                return
            elif not is_new:
                width *= 8
            steady = self.prices

    def _look(self, prices: Floats, width: int) -> bool:
        """Whether any new group pays at these prices (which need not be those of the moment)."""
        tables = Tables(self.piece, prices[: self.count], prices[self.count :])
        found = tables.groups_below(-TINY, width * len(self.piece.centre))
        self._raise(prices, found.least)
        return sum([self.add(group) for group in _varied(found.groups, NEW_PER_ROUND)]) > 0

    def _raise(self, prices: Floats, least: Floats) -> None:
        per_centre = np.zeros(self.count)
        np.minimum.at(per_centre, self.piece.centre, least)
        bound = float(prices.sum() + per_centre.sum())
        if bound > self.bound:
            self.bound, self.prices = bound, prices

    def keep_likely(self, per_building: int = LIKELY) -> None:
        """Lay aside groups that cost much more than the prices of their buildings; the division in hand stays."""
        paid = {group: group.cost - float(self.prices[self.rows(group)].sum()) for group in self.groups}
        likely = sorted(self.groups, key=lambda group: (paid[group], group.members))[: per_building * self.count]
        self.groups = likely + [group for group in self.best if group not in set(likely)]

    def choose(self, until: float) -> float:
        """The best division among the groups in hand; hands back a bound of all divisions made of them."""
        low, high = [1.0] * self.count + [-INFINITE] * self.labels, [1.0] * (self.count + self.labels)
        columns = [[(row, 1.0) for row in self.rows(group)] for group in self.groups]
        places = {(group.members, self.label(group)): place for place, group in enumerate(self.groups)}
        start = [places.get((group.members, self.label(group)), -1) for group in self.best]
        answer = least_cost(
            [one.cost for one in self.groups], columns, low, high, nodes=NODES,
            seconds=max(0.1, until - monotonic()) if until < INFINITE else INFINITE,
            start=None if -1 in start else start,
        )  # fmt: skip
        if answer is None:
            return INFINITE
        if answer.cost < self.cost - TINY:
            self.best, self.cost = [self.groups[place] for place in answer.chosen], answer.cost
        return answer.bound

    def finish(self, until: float) -> None:
        """Choose among all groups whose reduced cost is at most `room`, for a growing room, until the gap is closed.

        A division with a dearer group costs more than the bound at these prices plus the room, so the bound rises with
        every step; where the groups become too many it stays at the last.
        """
        tables = Tables(self.piece, self.prices[: self.count], self.prices[self.count :])
        base = self.bound
        room, is_widened = FIRST_ROOM * max(abs(base), 1.0), False
        while self.gap > ENOUGH and monotonic() <= until:
            room = min(room, self.cost - base + TINY)
            found = tables.groups_below(room, ON_THE_WAY, all_or_none=True)
            if found.complete and len(found.groups) <= AT_THE_END:
                self.groups = found.groups
                self.bound = max(self.bound, min(self.choose(until), base + room, self.cost))
                room *= 2
            elif is_widened:
                return
            else:
                is_widened = True
                for group in tables.groups_below(room, AT_THE_END).groups:
                    self.add(group)
                self.keep_likely(2 * LIKELY)
                self.choose(until)


def nearby(piece: Piece) -> list[Group]:
    """Groups grown around every centre, the cheapest neighbour next; something for the first prices to weigh."""
    most = len(piece.size_cost) - 1
    sets, labels = [], []
    for row, centre in enumerate(piece.centre.tolist()):
        members, load = np.zeros(len(piece.households), dtype=bool), 0
        following = centre
        while True:
            members[following] = True
            load += int(piece.households[following])
            sets.append(members.copy())
            labels.append(int(piece.label[row]))
            fits = np.flatnonzero(piece.near[members].any(axis=0) & ~members & (piece.households <= most - load))
            if not len(fits):
                break
            following = int(fits[np.argmin(piece.place_cost[row, fits])])
    return judged(piece, np.array(sets), np.array(labels))


def _varied(groups: list[Group], at_most: int) -> list[Group]:
    """The best few of every centre before more of any: the next prices need many different groups."""
    seen: dict[int, int] = {}
    ranked = []
    for place, group in enumerate(groups):
        turn = seen[group.row] = seen.get(group.row, 0) + 1
        ranked.append((turn, place))
    return [groups[place] for _, place in sorted(ranked)[:at_most]]
