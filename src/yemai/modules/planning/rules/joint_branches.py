"""Which neighbours should share a Party branch: a branch needs three full members; units with fewer form a joint one.

Source: the working rules for branches: three full members (正式党员) at least, as a rule fifty at most; units with fewer
than three set up a joint branch with neighbours, as a rule of at most five units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .ground import Floats, connected_parts, metres
from .linear import least_cost

MEMBERS_LEAST, MEMBERS_MOST, UNITS_MOST = 3, 50, 5
NEIGHBOUR_M = 800.0
BRANCH_M = 400.0
"""A branch more weighs as much as so many metres of diameter: few branches, but not spread over half the town."""
GROUPS_MOST = 200_000


class Reason(StrEnum):
    """Why a unit is where the proposal puts it."""

    OWN = "own"
    """Three full members or more: a branch of its own."""
    JOINT = "joint"
    """Fewer than three: a joint branch with neighbours in the same need."""
    ATTACHED = "attached"
    """Neighbours in the same need are too few: with the branch of a neighbour that has one."""
    TOO_FAR = "too-far"
    """No neighbour within reach, or those there are do not make three: for the level above to decide."""


@dataclass(frozen=True)
class Unit:
    """A grid or an estate: WGS-84 degrees of its label point and its full members."""

    key: int
    lon: float
    lat: float
    full_members: int


@dataclass(frozen=True)
class Branch:
    """A proposed branch."""

    units: tuple[int, ...]
    full_members: int
    diameter_m: float
    reason: Reason


@dataclass(frozen=True)
class Proposal:
    """Every unit once, in the branch proposed for it; `reasons` by unit."""

    branches: tuple[Branch, ...]
    reasons: Mapping[int, Reason]
    is_proven: bool
    """Whether no better choice of joint branches exists by this rule."""


def propose(
    units: Sequence[Unit], *, neighbour_m: float = NEIGHBOUR_M, near: Sequence[set[int]] | None = None
) -> Proposal:
    """The fewest and most compact joint branches for units with fewer than three full members.

    Neighbours are at most `neighbour_m` apart, or as `near` says (places in `units`). First as many units as possible
    come into joint branches; then branches plus diameters are least. What is left is attached to a neighbour's branch.
    """
    points = metres([(one.lon, one.lat) for one in units])
    near = _near(points, neighbour_m) if near is None else near
    small = [place for place, one in enumerate(units) if one.full_members < MEMBERS_LEAST]
    groups: dict[int, list[int]] = {place: [place] for place in range(len(units)) if place not in set(small)}
    reasons = dict.fromkeys(groups, Reason.OWN)
    joint: list[list[int]] = []
    is_proven = True
    for part in connected_parts(small, near):
        chosen, is_best = _joined(units, points, near, part)
        joint += chosen
        is_proven = is_proven and is_best
    reasons |= {place: Reason.JOINT for group in joint for place in group}
    for place in sorted(set(small) - reasons.keys()):
        hosts = [one for one in near[place] if reasons.get(one) is Reason.OWN and _has_room(units, groups[one], place)]
        if hosts:
            host = min(hosts, key=lambda one: (_apart(points, [one, place]), one))
            groups[host].append(place)
        reasons[place] = Reason.ATTACHED if hosts else Reason.TOO_FAR
        if not hosts:
            joint.append([place])
    found = [_branch(units, points, group, Reason.OWN) for _, group in sorted(groups.items())]
    found += [_branch(units, points, group, reasons[group[0]]) for group in sorted(joint)]
    return Proposal(tuple(found), {units[place].key: reason for place, reason in sorted(reasons.items())}, is_proven)


def _near(points: Floats, reach_m: float) -> list[set[int]]:
    away = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    return [set(np.flatnonzero(row <= reach_m).tolist()) - {place} for place, row in enumerate(away)]


def _has_room(units: Sequence[Unit], group: Sequence[int], place: int) -> bool:
    members = sum(units[one].full_members for one in [*group, place])
    return len(group) < UNITS_MOST and members <= max(MEMBERS_MOST, units[group[0]].full_members)


def _apart(points: Floats, places: Sequence[int]) -> float:
    own = points[list(places)]
    return float(np.hypot(*(own[:, None, :] - own[None, :, :]).transpose(2, 0, 1)).max())


def _branch(units: Sequence[Unit], points: Floats, group: Sequence[int], reason: Reason) -> Branch:
    places = sorted(group)
    return Branch(
        tuple(units[place].key for place in places),
        sum(units[place].full_members for place in places),
        round(_apart(points, places), 1),
        reason,
    )


def _joined(
    units: Sequence[Unit], points: Floats, near: Sequence[set[int]], part: Sequence[int]
) -> tuple[list[list[int]], bool]:
    """The best joint branches among connected small units, and whether that is proven."""
    candidates, is_all = _candidates(units, near, part)
    if not candidates:
        return [], is_all
    row = {place: number for number, place in enumerate(part)}
    diameters = [_apart(points, group) for group in candidates]
    # Leaving a unit out costs more than any set of branches: as few as can be are left out.
    left_out = 1.0 + len(part) * (BRANCH_M + max(diameters))
    costs = [BRANCH_M + wide for wide in diameters] + [left_out] * len(part)
    columns = [[(row[place], 1.0) for place in group] for group in candidates]
    columns += [[(number, 1.0)] for number in range(len(part))]
    answer = least_cost(costs, columns, [1.0] * len(part), [1.0] * len(part), nodes=5_000)
    if answer is None or not answer.chosen:
        return [], False
    chosen = [candidates[place] for place in answer.chosen if place < len(candidates)]
    return chosen, is_all and answer.cost - answer.bound <= 1e-6 * max(1.0, answer.cost)


def _candidates(units: Sequence[Unit], near: Sequence[set[int]], part: Sequence[int]) -> tuple[list[list[int]], bool]:
    """Connected groups of two to five of the units with enough full members, and whether these are all of them."""
    own = set(part)
    known: set[frozenset[int]] = {frozenset([place]) for place in part}
    layer = sorted(known, key=sorted)
    found: list[list[int]] = []
    for _ in range(UNITS_MOST - 1):
        wider = {group | {other} for group in layer for one in group for other in near[one] & own if other not in group}
        layer = sorted(wider, key=sorted)
        found += [sorted(group) for group in layer if sum(units[one].full_members for one in group) >= MEMBERS_LEAST]
        if len(found) > GROUPS_MOST or len(layer) > GROUPS_MOST:
            return found[:GROUPS_MOST], False
    return found, True
