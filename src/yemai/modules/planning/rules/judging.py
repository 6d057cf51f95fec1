"""What a division that somebody made by hand amounts to: the same score, the same reasons, nothing put right in silence."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from .costs import Sizes, Weights
from .division import Doubt, Draft, Part, PlannedGroup, Score
from .ground import REACH_M, House


@dataclass(frozen=True)
class HandMade:
    """A group as somebody wants it: keys of its buildings; what was known of it where nobody touched it."""

    members: tuple[int, ...]
    known: PlannedGroup | None = None


@dataclass(frozen=True)
class Judged:
    """Groups with what is to be said of each, in the order given, and the score of all."""

    groups: tuple[PlannedGroup, ...]
    score: Score


def judge(
    houses: Sequence[House],
    groups: Sequence[HandMade],
    *,
    sizes: Sizes | None = None,
    weights: Weights | None = None,
    reach_m: float = REACH_M,
) -> Judged:
    """The score of any division by the rules of `divide`; groups keep their order and are numbered by it.

    A group nobody touched keeps its centre, its team and its reason; for any other the centre and the team (of those
    still free) are chosen that cost least, as the solver does. Raises ValueError unless every building is in one group.
    """
    sizes, weights = sizes or Sizes(), weights or Weights()
    place = {one.key: at for at, one in enumerate(houses)}
    members = [sorted(place[key] for key in group.members if key in place) for group in groups]
    if sorted(at for own in members for at in own) != list(range(len(houses))):
        raise ValueError("not every building is in one group")
    draft = Draft(houses, sizes, weights, reach_m)
    stuck = {at for part in draft.parts if part.doubt is Doubt.OUT_OF_REACH for at in part.members}
    taken = {group.known.keeps for group in groups if group.known is not None} - {None}
    parts = []
    for group, own in zip(groups, members, strict=True):
        if group.known is not None and group.known.centre in place:
            part = Part(own, place[group.known.centre], group.known.keeps, group.known.doubt)
        else:
            part = _cheapest(draft, own, weights, taken)
            taken = taken | ({part.keeps} - {None})
            part.doubt = _doubt(draft, own, stuck)
        parts.append(part)
    draft.parts = parts
    return Judged(tuple(draft.group(number, part) for number, part in enumerate(parts, start=1)), draft.score())


def _cheapest(draft: Draft, own: list[int], weights: Weights, taken: set[Hashable | None]) -> Part:
    """The group judged from each of its buildings, keeping that building's team of today or none."""
    best: tuple[float, int, Hashable | None] | None = None
    for centre in own:
        walk = weights.walk * draft.ground.walk(own, centre)
        for keeps in (draft.houses[centre].team, None):
            if keeps is not None and (keeps in taken or not weights.changes):
                continue
            changed = sum(
                max(1, draft.houses[at].households) for at in own if draft.houses[at].team not in (None, keeps)
            )
            cost = walk + weights.changes * changed
            if best is None or cost < best[0] - 1e-9:
                best = cost, centre, keeps
    assert best is not None  # noqa: S101 - a group without buildings is none
    return Part(own, best[1], best[2])


def _doubt(draft: Draft, own: list[int], stuck: set[int]) -> Doubt | None:
    load = draft.load(own)
    if load > draft.sizes.most:
        return Doubt.ALONE if len(own) == 1 else Doubt.ABOVE
    if load >= draft.sizes.least:
        return None
    return Doubt.OUT_OF_REACH if set(own) <= stuck else Doubt.BELOW
