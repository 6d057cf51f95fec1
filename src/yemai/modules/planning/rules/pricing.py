"""Which groups would pay at given prices: knapsack tables per centre, and the enumeration of contiguous groups by them.

A group is judged from a centre building in it. Without contiguity the cheapest group of every centre is a knapsack, and
a table over households answers it exactly. The tables prune the enumeration of groups that are contiguous as well.
"""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from .ground import Bools, Floats, Ints
from .sets import Words, packed, reach_all, unpacked, with_member

NEVER = -1e18
FLOOD_EVERY, SLACK = 6, 4
"""Contiguity is looked at every so many buildings; between, so many times more sets than asked for may be in hand."""


@dataclass(frozen=True)
class Piece:
    """A connected piece of ground with what its division costs."""

    households: Ints
    """[n], each at most `most`."""
    near: Bools
    """[n, n] neighbours."""
    place_cost: Floats
    """[rows, n]: what a building costs in a group that has the row's centre and keeps the row's team."""
    centre: Ints
    """[rows] the centre of a row."""
    label: Ints
    """[rows] the team a group of the row keeps; -1 none."""
    size_cost: Floats
    """[most + 1] what a group costs by its households."""
    allowed: Bools
    """[n, n] (centre, building): some contiguous group small enough holds both."""
    teams: tuple[Hashable, ...] = ()
    """The teams that labels number."""
    too_small: float = 0.0
    """The part of `size_cost` that a group below the range costs: more than a whole division without one can."""


@dataclass(frozen=True)
class Group:
    """A contiguous group, the row it is cheapest in, and its cost."""

    members: tuple[int, ...]
    row: int
    cost: float


@dataclass(frozen=True)
class Found:
    """Groups cheaper than asked, and per row the least reduced cost that any contiguous group can have (a bound)."""

    groups: list[Group]
    least: Floats
    complete: bool
    """Whether these are all the contiguous groups cheaper than asked."""


class Tables:
    """For fixed prices: the best that can still be had, by row, building and households taken so far."""

    def __init__(self, piece: Piece, prices: Floats, label_prices: Floats) -> None:
        self.piece = piece
        rows, count, most = len(piece.centre), len(piece.households), len(piece.size_cost) - 1
        worth = prices[None, :] - piece.place_cost
        self.own = worth[np.arange(rows), piece.centre] + np.append(label_prices, 0.0)[piece.label]
        worth = np.where(piece.allowed[piece.centre], worth, NEVER)
        worth[np.arange(rows), piece.centre] = NEVER
        self.worth = worth
        self.rest = np.empty((count + 1, rows, most + 1))
        self.rest[count] = -piece.size_cost
        for place in range(count - 1, -1, -1):
            after, size = self.rest[place + 1], int(piece.households[place])
            here = self.rest[place]
            here[:] = after
            if size <= most:
                np.maximum(
                    here[:, : most + 1 - size],
                    after[:, size:] + worth[:, place : place + 1],
                    out=here[:, : most + 1 - size],
                )
        start = piece.households[piece.centre]
        self.relaxed = -(self.own + self.rest[0][np.arange(rows), start])
        """[rows] the least reduced cost of a row when contiguity is not asked for."""

    def groups_below(self, asked: float, at_most: int, *, all_or_none: bool = False) -> Found:
        """Contiguous groups whose reduced cost is below `asked`; at most about `at_most` are kept on the way.

        When they are more: the most hopeful of each row, or with `all_or_none` none at all.
        """
        piece = self.piece
        count, most = len(piece.households), len(piece.size_cost) - 1
        row = np.flatnonzero(self.relaxed < asked)
        value, size = self.own[row], piece.households[piece.centre[row]].copy()
        chosen = packed(np.eye(count, dtype=bool))[piece.centre[row]]
        lost = np.full(len(piece.centre), -np.inf)
        for place in range(count):
            if not len(row):
                break
            own = int(piece.households[place])
            after = self.rest[place + 1]
            skip = np.flatnonzero(-(value + after[row, size]) < asked)
            fits = np.flatnonzero((size + own <= most) & (self.worth[row, place] > NEVER / 2))
            gained = value[fits] + self.worth[row[fits], place]
            fine = -(gained + after[row[fits], size[fits] + own]) < asked
            take, gained = fits[fine], gained[fine]
            chosen = np.concatenate([chosen[skip], with_member(chosen[take], place)])
            value = np.concatenate([value[skip], gained])
            size = np.concatenate([size[skip], size[take] + own])
            row = np.concatenate([row[skip], row[take]])
            is_looked_through = place % FLOOD_EVERY == FLOOD_EVERY - 1 or place == count - 1
            if is_looked_through:
                kept = self._joined(chosen, row, place)
                row, value, size, chosen = row[kept], value[kept], size[kept], chosen[kept]
            if len(row) > at_most * (1 if is_looked_through else SLACK):
                if all_or_none:
                    return Found([], self.relaxed.copy(), False)
                hope = value + self.rest[place + 1][row, size]
                kept = _best_of_each(row, hope, at_most)
                left_out = np.ones(len(row), dtype=bool)
                left_out[kept] = False
                np.maximum.at(lost, row[left_out], hope[left_out])
                row, value, size, chosen = row[kept], value[kept], size[kept], chosen[kept]
        reduced = piece.size_cost[size] - value
        least = np.minimum(np.maximum(self.relaxed, asked), -lost)
        np.minimum.at(least, row, reduced)
        return Found(self._grouped(chosen, row, reduced), least, not np.isfinite(lost).any())

    def _joined(self, chosen: Words, row: Ints, place: int) -> Ints:
        """Sets whose members can still be joined: what is decided (up to `place`) as chosen, the later ones free."""
        piece = self.piece
        free = piece.allowed.copy()
        free[:, : place + 1] = False
        centre = piece.centre[row]
        return np.flatnonzero(reach_all(centre, chosen, chosen | packed(free)[centre], packed(piece.near)))

    def _grouped(self, words: Words, row: Ints, reduced: Floats) -> list[Group]:
        """One group per set of buildings and team kept, in the row where it costs least, cheapest (reduced) first."""
        piece = self.piece
        label = piece.label[row]
        chosen = unpacked(words, len(piece.households))
        order = np.argsort(reduced, kind="stable")
        keys = np.column_stack([words[order], label[order].astype(np.uint64)])
        first = np.sort(np.unique(keys, axis=0, return_index=True)[1]) if len(order) else order
        return judged(piece, chosen[order[first]], label[order[first]])


def judged(piece: Piece, chosen: Bools, label: Ints) -> list[Group]:
    """Each set of buildings, keeping each a team (-1: none), judged from the centre in it that makes it cheapest."""
    cost = chosen.astype(float) @ piece.place_cost.T
    cost[~chosen[:, piece.centre] | (label[:, None] != piece.label[None, :])] = np.inf
    best = cost.argmin(axis=1)
    total = cost[np.arange(len(best)), best] + piece.size_cost[chosen @ piece.households]
    return [
        Group(tuple(np.flatnonzero(members).tolist()), row, one)
        for members, row, one in zip(chosen, best.tolist(), total.tolist(), strict=True)
    ]


def _best_of_each(row: Ints, hope: Floats, at_most: int) -> Ints:
    """The places of the most hopeful of every row, equally many of each, about `at_most` in all."""
    order = np.lexsort((-hope, row))
    first = np.flatnonzero(np.diff(row[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    return np.sort(order[rank < max(1, at_most // max(1, len(first)))])
