"""Dividing ground into micro-grids: every building in one, contiguous, 30-80 households, compact, even, few changes.

The rule (sizes: facts on 微网格, warn only in daily work, asked for strictly when a plan is drawn):

1. A building above the range stands alone and says so; it belongs to no other micro-grid.
2. The others may be together when one can walk from neighbour to neighbour (see `ground.neighbours`) without leaving the
   micro-grid. Ground out of reach of everything else with fewer households than the least is one micro-grid and says so.
3. All the rest is in the range. Only where no division keeps it is a micro-grid too small: as few of them as can be, each
   saying so. None is ever too large.
4. Among such divisions the one with the least score: evenness, walk, changes of team (see `costs`).
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic

import numpy as np

from . import costs
from .costs import Ground, Sizes, Weights
from .ground import REACH_M, House, along, is_connected, metres, neighbours
from .linear import INFINITE
from .piece import Solved
from .pricing import Group, Piece
from .spreading import Told, spread

MOST_BUILDINGS = 64
"""A connected piece with more buildings is cut (in halves, across) before it is solved; the bound is then the pieces'."""
PROVEN = 1e-5
NOT_PROVEN = 0.25
"""A gap above this says nothing worth saying."""


class Doubt(StrEnum):
    """Why a micro-grid is outside the range."""

    ALONE = "alone"
    """One building has more households than a micro-grid may have."""
    OUT_OF_REACH = "out-of-reach"
    """All that can be reached from here has fewer households than a micro-grid should have."""
    NO_OTHER_WAY = "no-other-way"
    """Proven: no division of this connected ground has fewer micro-grids that are too small."""
    NONE_FOUND = "none-found"
    """No division without it was found, and it is not proven that there is none."""
    BELOW = "below"
    """Somebody made it smaller than the range by hand."""
    ABOVE = "above"
    """Somebody made it larger than the range by hand."""


TOO_SMALL = (Doubt.NO_OTHER_WAY, Doubt.NONE_FOUND, Doubt.BELOW)


class Verdict(StrEnum):
    """What is proven of a division."""

    OPTIMAL = "optimal"
    WITHIN = "within"
    NOT_PROVEN = "not-proven"


def verdict(gap: float) -> Verdict:
    """What a relative gap between cost and bound amounts to."""
    if gap <= PROVEN:
        return Verdict.OPTIMAL
    return Verdict.WITHIN if gap <= NOT_PROVEN else Verdict.NOT_PROVEN


@dataclass(frozen=True)
class PlannedGroup:
    """A micro-grid of a plan."""

    number: int
    members: tuple[int, ...]
    """Keys of its buildings."""
    centre: int
    """Key of the building the walk is measured from."""
    households: int
    diameter_m: float
    is_contiguous: bool
    estate: Hashable | None
    """The estate all its buildings stand in, if they do."""
    keeps: Hashable | None
    """The team of today that serves it on."""
    doubt: Doubt | None = None


@dataclass(frozen=True)
class Score:
    """What a plan costs, in parts; the total weighs them. Less is better."""

    balance: float
    """Households off the even size, squared, over 25, summed over the groups."""
    walk_m: float
    """Household-metres from the centre buildings."""
    changes: float
    """Households whose team changes."""
    too_small: int
    """Groups below the range in ground that could in principle be divided lawfully."""
    total: float


@dataclass(frozen=True)
class PieceReport:
    """A connected piece of ground that was divided by itself."""

    buildings: int
    households: int
    groups: int
    cost: float
    bound: float
    """No contiguous division of this piece, by these sizes and weights, costs less. Without the cost of `too_small`."""
    too_small: int

    @property
    def gap(self) -> float:
        """(cost - bound) / cost"""
        return max(0.0, self.cost - self.bound) / max(self.cost, 1e-9)

    @property
    def verdict(self) -> Verdict:
        """What is proven of it."""
        return verdict(self.gap)


@dataclass(frozen=True)
class Plan:
    """A division of ground: who is with whom, what it costs, and what is proven of it."""

    assignment: Mapping[int, int]
    groups: Sequence[PlannedGroup]
    score: Score
    bound: float
    """Sum over the pieces of what every contiguous division of the piece costs at least."""
    pieces: Sequence[PieceReport]
    is_cut: bool
    """Whether connected ground was cut because it has too many buildings: the bound then holds for the pieces so cut,
    and a division across the cuts may be better than it."""
    seconds: float
    sizes: Sizes = field(default_factory=Sizes)

    @property
    def gap(self) -> float:
        """Relative distance between the pieces' cost and their bound."""
        cost = sum(piece.cost for piece in self.pieces)
        return max(0.0, cost - self.bound) / max(cost, 1e-9)

    @property
    def verdict(self) -> Verdict:
        """Optimal only when every piece is."""
        if any(piece.verdict is Verdict.NOT_PROVEN for piece in self.pieces):
            return Verdict.NOT_PROVEN
        return verdict(self.gap)

    @property
    def in_range(self) -> int:
        """Groups whose households are in the range."""
        return sum(self.sizes.least <= one.households <= self.sizes.most for one in self.groups)


def divide(
    houses: Sequence[House],
    *,
    sizes: Sizes | None = None,
    weights: Weights | None = None,
    reach_m: float = REACH_M,
    workers: int = 1,
    seconds: float | None = None,
    told: Told | None = None,
) -> Plan:
    """The best division found. The same houses give the same plan, unless `seconds` cut it short.

    `workers` above 1 spreads the pieces over so many processes; `told` hears of each piece that is done. Raises
    ValueError for a key that comes twice or households below 0.
    """
    started = monotonic()
    sizes, weights = sizes or Sizes(), weights or Weights()
    if len({one.key for one in houses}) < len(houses):
        raise ValueError("a building comes twice")
    if any(one.households < 0 for one in houses):
        raise ValueError("households below 0")
    until = INFINITE if seconds is None else started + seconds
    draft = Draft(houses, sizes, weights, reach_m)
    pieces = [(task.piece, task.start) for task in draft.tasks]
    draft.settle(spread(pieces, workers=workers, until=until, told=told))
    return draft.plan(monotonic() - started)


@dataclass(frozen=True)
class _Task:
    members: list[int]
    piece: Piece
    start: list[Group]


@dataclass
class Part:
    """Places of a group to be, with what is known of it so far."""

    members: list[int]
    centre: int
    keeps: Hashable | None
    doubt: Doubt | None = None


class Draft:
    """The ground on its way to a plan."""

    def __init__(self, houses: Sequence[House], sizes: Sizes, weights: Weights, reach_m: float) -> None:
        self.houses, self.sizes, self.weights = houses, sizes, weights
        joinable = [place for place, one in enumerate(houses) if one.households <= sizes.most]
        near: list[set[int]] = [set() for _ in houses]
        for place, others in zip(joinable, neighbours([houses[at] for at in joinable], reach_m), strict=True):
            near[place] = {joinable[other] for other in others}
        self.ground = Ground(houses, metres([(one.lon, one.lat) for one in houses]), near)
        alone = [place for place, one in enumerate(houses) if one.households > sizes.most]
        self.parts = [Part([place], place, houses[place].team, Doubt.ALONE) for place in alone]
        self.tasks: list[_Task] = []
        self.reports: list[PieceReport] = []
        self.is_cut = False
        for connected in costs.parts_in_reach(self.ground, joinable):
            if self.load(connected) < sizes.least:
                self.parts.append(self._whole(connected, Doubt.OUT_OF_REACH))
                continue
            pieces = costs.pieces_of(self.ground, connected, MOST_BUILDINGS)
            self.is_cut = self.is_cut or len(pieces) > 1
            self.tasks += [self._task(piece) for piece in pieces]

    def load(self, members: Sequence[int]) -> int:
        return sum(self.houses[place].households for place in members)

    def _whole(self, members: list[int], doubt: Doubt | None) -> Part:
        teams: Counter[Hashable] = Counter()
        for place in members:
            if self.houses[place].team is not None:
                teams[self.houses[place].team] += max(1, self.houses[place].households)
        centre = min(members, key=lambda place: (self.ground.walk(members, place), place))
        return Part(members, centre, teams.most_common(1)[0][0] if teams else None, doubt)

    def _task(self, places: list[int]) -> _Task:
        members = along(places, self.ground.points)
        piece = costs.piece_of(self.ground, members, self.sizes, self.weights, self.sizes.even(self.load(members)))
        position = {place: number for number, place in enumerate(members)}
        parts = costs.first_division(self.ground, members, self.sizes.most)
        return _Task(members, piece, costs.as_groups(piece, [[position[place] for place in part] for part in parts]))

    def settle(self, solved: Sequence[Solved]) -> None:
        """Take over what the solver found, piece by piece."""
        for task, found in zip(self.tasks, solved, strict=True):
            piece = task.piece
            small = {group for group in found.groups if piece.households[list(group.members)].sum() < self.sizes.least}
            cost, extra = found.cost, piece.too_small * len(small)
            # The extra exceeds any division without it, so a gap below it proves that there are no fewer.
            doubt = Doubt.NO_OTHER_WAY if cost - found.bound < piece.too_small else Doubt.NONE_FOUND
            self.reports.append(
                PieceReport(
                    len(task.members), self.load(task.members), len(found.groups),
                    cost - extra, max(0.0, found.bound - extra), len(small),
                )
            )  # fmt: skip
            for group in found.groups:
                label = int(piece.label[group.row])
                self.parts.append(
                    Part(
                        sorted(task.members[at] for at in group.members),
                        task.members[int(piece.centre[group.row])],
                        piece.teams[label] if label >= 0 else None,
                        doubt if group in small else None,
                    )
                )

    def plan(self, seconds: float) -> Plan:
        """The plan, its groups numbered from north to south in each estate."""
        self._keep_each_team_once()
        self.parts.sort(key=self._order)
        groups = [self.group(number, part) for number, part in enumerate(self.parts, start=1)]
        return Plan(
            assignment={key: group.number for group in groups for key in group.members},
            groups=groups, score=self.score(), bound=sum(one.bound for one in self.reports), pieces=self.reports,
            is_cut=self.is_cut, seconds=seconds, sizes=self.sizes,
        )  # fmt: skip

    def _order(self, part: Part) -> tuple[str, float, int]:
        return (
            str(self.houses[part.members[0]].estate),
            -float(np.mean(self.ground.points[part.members, 1])),
            part.members[0],
        )

    def _keep_each_team_once(self) -> None:
        """A team with ground in two pieces stays where most of its households are."""
        stays: dict[Hashable, Part] = {}
        for part in sorted(self.parts, key=lambda one: -self._of_team(one)):
            if part.keeps is not None and stays.setdefault(part.keeps, part) is not part:
                part.keeps = None

    def _of_team(self, part: Part) -> int:
        return sum(
            max(1, self.houses[place].households) for place in part.members if self.houses[place].team == part.keeps
        )

    def group(self, number: int, part: Part) -> PlannedGroup:
        estates = {self.houses[place].estate for place in part.members}
        return PlannedGroup(
            number=number,
            members=tuple(self.houses[place].key for place in part.members),
            centre=self.houses[part.centre].key,
            households=self.load(part.members),
            diameter_m=round(self.ground.diameter(part.members), 1),
            is_contiguous=is_connected(part.members, self.ground.near),
            estate=estates.pop() if len(estates) == 1 else None,
            keeps=part.keeps,
            doubt=part.doubt,
        )

    def score(self) -> Score:
        """The parts over all groups of solved pieces; what stands alone or out of reach can be no other way."""
        free = [part for part in self.parts if part.doubt not in (Doubt.ALONE, Doubt.OUT_OF_REACH)]
        walk = sum(self.ground.walk(part.members, part.centre) for part in free)
        changes = float(
            sum(
                max(1, self.houses[place].households)
                for part in self.parts
                for place in part.members
                if self.houses[place].team not in (None, part.keeps)
            )
        )
        small = sum(part.doubt in TOO_SMALL for part in free)
        even = {
            place: size
            for task in self.tasks
            for size in [self.sizes.even(self.load(task.members))]
            for place in task.members
        }
        balance = 0.0
        for part in free:  # a group drawn by hand across pieces is measured by the piece of its first building
            aim = next((even[place] for place in part.members if place in even), None)
            balance += 0.0 if aim is None else (self.load(part.members) - aim) ** 2 / costs.EVEN_SCALE
        total = self.weights.balance * balance + self.weights.walk * walk + self.weights.changes * changes
        return Score(balance, walk, changes, small, total)
