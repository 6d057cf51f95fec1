"""Where the next service stations should stand: most households within a walk, or the shortest walk for all.

Straight lines, not streets: a walk is at least that long. The 15-minute life circle is often put at 500 m or at 1 km2
around the station, a circle of 564 m.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .ground import Floats, Ints, metres
from .linear import INFINITE, Whole, least_cost

WALK_M = 500.0
CIRCLE_M = 564.19
"""The radius of a circle of 1 km2."""
ROUNDS = 400


@dataclass(frozen=True)
class Spot:
    """A point of demand (with its households), a candidate site, or a station: WGS-84 degrees."""

    key: int
    lon: float
    lat: float
    households: int = 0


@dataclass(frozen=True)
class Service:
    """How well stations serve."""

    households: int
    within: int
    """Households at most the walk away from a station."""
    left_out: tuple[int, ...]
    """Keys of the demand points beyond the walk."""
    mean_m: float | None
    """Household-weighted mean distance to the nearest station; None without a station or a household."""

    @property
    def share(self) -> float | None:
        """Part of the households within the walk; None where nobody lives."""
        return self.within / self.households if self.households else None


@dataclass(frozen=True)
class Site:
    """A proposed site and what it adds to those before it: households within the walk, or household-metres saved."""

    key: int
    gain: float


@dataclass(frozen=True)
class Proposal:
    """Additional sites, best first, and what is proven of them."""

    sites: tuple[Site, ...]
    before: Service
    after: Service
    value: float
    """Households within the walk (more is better), or household-metres to the nearest station (less is better)."""
    bound: float
    """No choice of so many of these candidates is better than this."""

    @property
    def gap(self) -> float:
        """Relative distance between value and bound; 0 means proven best."""
        return abs(self.value - self.bound) / max(abs(self.value), 1e-9)


def service(demand: Sequence[Spot], stations: Sequence[Spot], walk_m: float = WALK_M) -> Service:
    """What these stations do for these households."""
    weight = _weights(demand)
    nearest = _away(demand, stations).min(axis=1, initial=np.inf)
    return _service(demand, weight, nearest, walk_m)


def _service(demand: Sequence[Spot], weight: Ints, nearest: Floats, walk_m: float) -> Service:
    total, near = int(weight.sum()), nearest <= walk_m
    mean = float(weight @ nearest / total) if total and np.isfinite(nearest).all() else None
    left_out = tuple(spot.key for spot, is_near in zip(demand, near.tolist(), strict=True) if not is_near)
    return Service(total, int(weight[near].sum()), left_out, mean)


def _weights(demand: Sequence[Spot]) -> Ints:
    return np.array([one.households for one in demand], dtype=np.int64)


def _away(demand: Sequence[Spot], sites: Sequence[Spot]) -> Floats:
    """[demand, sites] metres."""
    points = metres([(one.lon, one.lat) for one in [*demand, *sites]])
    here, there = points[: len(demand)], points[len(demand) :]
    away: Floats = np.hypot(*(here[:, None, :] - there[None, :, :]).transpose(2, 0, 1))
    return away


def thinned(candidates: Sequence[Spot], cell_m: float) -> list[Spot]:
    """One candidate of every square of `cell_m`, the one nearest its middle: fewer to choose from, said so to the user."""
    points = metres([(one.lon, one.lat) for one in candidates])
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for place, (x, y) in enumerate(points.tolist()):
        cell = int(x // cell_m), int(y // cell_m)
        off = (x - (cell[0] + 0.5) * cell_m) ** 2 + (y - (cell[1] + 0.5) * cell_m) ** 2
        best[cell] = min(best.get(cell, (np.inf, 0)), (off, place))
    return [candidates[place] for _, place in sorted(best.values(), key=lambda one: one[1])]


def widest_cover(
    demand: Sequence[Spot], candidates: Sequence[Spot], existing: Sequence[Spot], count: int, walk_m: float = WALK_M
) -> Proposal:
    """At most `count` sites that bring the most households within the walk (maximal covering, solved exactly)."""
    weight = _weights(demand)
    distances = _away(demand, [*existing, *candidates])
    nearest, away = distances[:, : len(existing)].min(axis=1, initial=np.inf), distances[:, len(existing) :]
    before = _service(demand, weight, nearest, walk_m)
    covers = (away <= walk_m) & (nearest > walk_m)[:, None] & (weight > 0)[:, None]
    chosen, best = _covering(weight, covers, count)
    sites, left = [], covers.copy()
    while chosen:
        gains = {place: int(weight[left[:, place]].sum()) for place in chosen}
        place = max(chosen, key=lambda one: (gains[one], -one))
        chosen.remove(place)
        if gains[place] > 0:
            sites.append(Site(candidates[place].key, float(gains[place])))
            nearest = np.minimum(nearest, away[:, place])
        left &= ~left[:, place : place + 1]
    after = _service(demand, weight, nearest, walk_m)
    return Proposal(tuple(sites), before, after, float(after.within), before.within + best)


def _covering(
    weight: Ints, covers: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], count: int
) -> tuple[list[int], float]:
    """The chosen candidates and a bound of the households that `count` of them can cover."""
    patterns, group = np.unique(covers[covers.any(axis=1)], axis=0, return_inverse=True)
    if not len(patterns) or count < 1:
        return [], 0.0
    loads = np.bincount(group.ravel(), weights=weight[covers.any(axis=1)])
    sites, rows = covers.shape[1], len(patterns)
    columns = [[(rows, 1.0), *((int(row), 1.0) for row in np.flatnonzero(patterns[:, site]))] for site in range(sites)]
    columns += [[(row, -1.0)] for row in range(rows)]
    greedy, left = [], patterns.copy()
    for _ in range(min(count, sites)):
        greedy.append(int(np.argmax(loads @ left)))
        left &= ~left[:, greedy[-1] : greedy[-1] + 1]
    covered = np.flatnonzero(patterns[:, greedy].any(axis=1))
    answer = least_cost(
        [0.0] * sites + [-float(load) for load in loads], columns, [0.0] * rows + [0.0], [INFINITE] * rows + [count],
        start=[*greedy, *(sites + covered)], continuous=range(sites, sites + rows),
    )  # fmt: skip
    if answer is None or answer.cost == INFINITE:
        answer = Whole(greedy, 0.0, -float(loads.sum()))
    return answer.chosen, min(-answer.bound, float(loads.sum()))


def shortest_walk(
    demand: Sequence[Spot], candidates: Sequence[Spot], existing: Sequence[Spot], count: int, walk_m: float = WALK_M
) -> Proposal:
    """At most `count` sites that make the households' way to the nearest station shortest in all (p-median).

    Found by exchanging one site at a time; the bound comes from a Lagrangian relaxation and holds for every choice.
    Raises ValueError with neither a station nor a site to be had.
    """
    weight = _weights(demand)
    count = min(count, len(candidates))
    if not existing and count < 1:
        raise ValueError("no station and no site")
    distances = _away(demand, [*existing, *candidates])
    given, away = distances[:, : len(existing)].min(axis=1, initial=np.inf), distances[:, len(existing) :]
    before = _service(demand, weight, given, walk_m)
    if not existing:
        given = np.full(len(demand), 2 * float(away.max(initial=0.0)) + 1.0)
    now, cost = weight * given, weight[:, None] * away
    chosen = _exchanged(now, cost, count)
    value = float(np.minimum(now, cost[:, chosen].min(axis=1, initial=np.inf)).sum())
    bound = _lagrangian(now, cost, count, value)
    sites, best = [], now
    for _ in range(len(chosen)):
        place = min(chosen, key=lambda one: (float(np.minimum(best, cost[:, one]).sum()), one))
        chosen.remove(place)
        better = np.minimum(best, cost[:, place])
        sites.append(Site(candidates[place].key, float(best.sum() - better.sum())))
        best, given = better, np.minimum(given, away[:, place])
    return Proposal(tuple(sites), before, _service(demand, weight, given, walk_m), value, min(bound, value))


def _exchanged(now: Floats, cost: Floats, count: int) -> list[int]:
    """Greedy choice, then the best exchange of one site for another while there is one that helps."""
    chosen: list[int] = []
    while len(chosen) < count:
        best = np.minimum(now, cost[:, chosen].min(axis=1, initial=np.inf))
        chosen.append(int(np.argmin(np.minimum(best[:, None], cost).sum(axis=0))))
    while chosen:
        current = float(np.minimum(now, cost[:, chosen].min(axis=1)).sum())
        best_of: tuple[float, int, int] = (current, -1, -1)
        for place in range(len(chosen)):
            rest = chosen[:place] + chosen[place + 1 :]
            best = np.minimum(now, cost[:, rest].min(axis=1, initial=np.inf))
            totals = np.minimum(best[:, None], cost).sum(axis=0)
            best_of = min(best_of, (float(totals.min()), place, int(totals.argmin())))
        if best_of[0] >= current - 1e-6:
            break
        chosen[best_of[1]] = best_of[2]
    return chosen


def _lagrangian(now: Floats, cost: Floats, count: int, value: float) -> float:
    """A lower bound: every household pays a price, sites earn it; the prices follow who is served twice or not at all."""
    prices, best, step = np.sort(np.column_stack([cost, now]), axis=1)[:, :2].mean(axis=1), -np.inf, 1.0
    since = 0
    for _ in range(ROUNDS):
        saved = np.minimum(cost - prices[:, None], 0.0)
        totals = saved.sum(axis=0)
        taken = np.argsort(totals, kind="stable")[:count]
        bound = float(prices.sum() + np.minimum(now - prices, 0.0).sum() + totals[taken].sum())
        since = 0 if bound > best + 1e-9 else since + 1
        best = max(best, bound)
        served = (saved[:, taken] < 0).sum(axis=1) + (now < prices)
        missing = 1.0 - served
        if value - best <= 1e-7 * max(value, 1.0) or not missing.any():
            break
        if since >= 15:
            step, since = step / 2, 0
        prices = prices + step * (value - bound) / float(missing @ missing) * missing
    return best
