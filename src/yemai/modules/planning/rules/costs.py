"""What a division costs: the walk from a centre building, the distance from even, the teams that change; all in one unit.

The unit is one household away from an even size. 50 household-metres of walk weigh as much, and so does one household
that comes under another team. The weights are the caller's to change.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from .ground import Bools, Floats, House, Ints, connected_parts, halves
from .pricing import Group, Piece

EVEN_SCALE = 25.0
"""Households off the even size, squared, over this: 5 off count 1, 25 off count 25."""


@dataclass(frozen=True)
class Weights:
    """How much each part of the score counts; 0 leaves it out."""

    balance: float = 1.0
    """Per household away from the even size."""
    walk: float = 0.02
    """Per household-metre from a group's centre building."""
    changes: float = 1.0
    """Per household whose team changes."""


@dataclass(frozen=True)
class Sizes:
    """How many households a group may have, and should (None: the middle)."""

    least: int = 30
    most: int = 80
    aim: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.least <= self.most or not self.least <= self.middle <= self.most:
            raise ValueError(f"sizes out of order: {self.least}, {self.aim}, {self.most}")

    @property
    def middle(self) -> int:
        """The size aimed at before the ground is known."""
        return (self.least + self.most) // 2 if self.aim is None else self.aim

    def even(self, total: int) -> float:
        """The size when `total` households are shared out evenly among the customary number of groups."""
        return min(max(total / max(1, round(total / self.middle)), self.least), self.most)


@dataclass(frozen=True)
class Ground:
    """The buildings in metres, with their neighbours."""

    houses: Sequence[House]
    points: Floats
    near: Sequence[set[int]]

    @property
    def households(self) -> Ints:
        """[n]"""
        return np.array([one.households for one in self.houses], dtype=np.int64)

    def weight(self, places: Sequence[int]) -> Floats:
        """Households, an empty building counting as one: somebody has to walk there."""
        return np.array([max(1, self.houses[place].households) for place in places], dtype=float)

    def walk(self, members: Sequence[int], centre: int) -> float:
        """Household-metres from the centre building."""
        return float(self.weight(members) @ np.hypot(*(self.points[list(members)] - self.points[centre]).T))

    def diameter(self, members: Sequence[int]) -> float:
        """Metres between the centres of the two buildings farthest apart."""
        own = self.points[list(members)]
        return float(np.hypot(*(own[:, None, :] - own[None, :, :]).transpose(2, 0, 1)).max())


def piece_of(ground: Ground, members: Sequence[int], sizes: Sizes, weights: Weights, even: float) -> Piece:
    """The connected `members` as a piece for the solver; its building i is members[i]."""
    count = len(members)
    own = ground.points[list(members)]
    households = ground.households[list(members)]
    weight = ground.weight(members)
    away = np.hypot(*(own[:, None, :] - own[None, :, :]).transpose(2, 0, 1))
    near = _adjacency(ground, members)
    teams: list[Hashable] = [ground.houses[place].team for place in members]
    names = {team: number for number, team in enumerate(dict.fromkeys(team for team in teams if team is not None))}
    of = np.array([-1 if team is None else names[team] for team in teams])
    rows = [(place, -1) for place in range(count)]
    if weights.changes and names:
        rows += [(place, int(of[place])) for place in range(count) if of[place] >= 0]
    centre, label = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    changed = (of[None, :] >= 0) & (of[None, :] != label[:, None])
    cost = weights.walk * weight[None, :] * away[centre] + weights.changes * weight[None, :] * changed
    allowed = _reachable(households, near, sizes.most)
    total = np.arange(sizes.most + 1)
    size_cost: Floats = weights.balance * (total.astype(np.float64) - even) ** 2 / EVEN_SCALE
    dearest = np.where(allowed[centre], cost, 0.0).max(axis=0).sum() + size_cost.max() * households.sum() / sizes.least
    size_cost = size_cost + np.where(total < sizes.least, 1.0 + float(dearest), 0.0)
    return Piece(households, near, cost, centre, label, size_cost, allowed, tuple(names), 1.0 + float(dearest))


def _adjacency(ground: Ground, members: Sequence[int]) -> Bools:
    position = {place: number for number, place in enumerate(members)}
    near = np.zeros((len(members), len(members)), dtype=bool)
    for number, place in enumerate(members):
        for other in ground.near[place]:
            if other in position:
                near[number, position[other]] = True
    return near


def _reachable(households: Ints, near: Bools, most: int) -> Bools:
    """[n, n] whether the way from one building to the other with the fewest households on it fits in one group."""
    count = len(households)
    lists = [np.flatnonzero(row).tolist() for row in near]
    own = households.tolist()
    found = np.zeros((count, count), dtype=bool)
    for start in range(count):
        done: set[int] = set()
        queue = [(own[start], start)]
        while queue:
            load, place = heappop(queue)
            if place in done or load > most:
                continue
            done.add(place)
            for other in lists[place]:
                if other not in done:
                    heappush(queue, (load + own[other], other))
        found[start, list(done)] = True
    return found


def first_division(ground: Ground, members: Sequence[int], most: int) -> list[list[int]]:
    """A plain division to begin with: halved until nothing is too large. Nobody promises that nothing is too small."""
    if int(ground.households[list(members)].sum()) <= most:
        return [sorted(members)]
    return [
        part
        for half in halves(members, ground.near, ground.points, ground.households)
        for part in first_division(ground, half, most)
    ]


def as_groups(piece: Piece, parts: Sequence[Sequence[int]]) -> list[Group]:
    """Parts (of places in the piece) judged from their best centres, each team kept by one part at most."""
    kept: set[int] = set()
    groups = []
    for part in parts:
        own = list(part)
        size = float(piece.size_cost[int(piece.households[own].sum())])
        lawful = [
            row
            for row in np.flatnonzero(np.isin(piece.centre, own)).tolist()
            if piece.label[row] < 0 or int(piece.label[row]) not in kept
        ]
        best = min(lawful, key=lambda row: (float(piece.place_cost[row, own].sum()), row))
        if piece.label[best] >= 0:
            kept.add(int(piece.label[best]))
        groups.append(Group(tuple(sorted(own)), best, size + float(piece.place_cost[best, own].sum())))
    return groups


def pieces_of(ground: Ground, members: Sequence[int], at_most: int) -> list[list[int]]:
    """Connected members cut into connected pieces of at most `at_most` buildings, which the solver can take at a time."""
    if len(members) <= at_most:
        return [sorted(members)]
    parts = halves(members, ground.near, ground.points, ground.households)
    return [piece for part in parts for piece in pieces_of(ground, part, at_most)]


def parts_in_reach(ground: Ground, members: Sequence[int]) -> list[list[int]]:
    """The connected parts of these buildings."""
    return connected_parts(members, ground.near)
