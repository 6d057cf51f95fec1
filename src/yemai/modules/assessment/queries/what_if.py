"""Who moves if a scheme changes: the newest finished run scored again with other weights, from its frozen numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from yemai.base.parameters.queries import parameter
from yemai.base.people.models import Person

from ..models import Result, Run
from ..rules.fairness import ranks
from ..rules.scoring import STARS, Item, scored, stars_of
from ..terms import RunState
from .results import runs_for, stops_in


@dataclass(frozen=True)
class Move:
    """One subject as it was scored, and as it would be; empty where there is no score or no place."""

    result: Result
    score: float | None
    rank: int | None
    stars: int | None

    @property
    def gain(self) -> float | None:
        """Points more, or fewer."""
        return None if self.score is None or self.result.score is None else self.score - self.result.score

    @property
    def is_other_star(self) -> bool:
        """Would the stars be others than the score gave?"""
        return self.stars != self.result.stars


@dataclass(frozen=True)
class WhatIf:
    """A run with all its subjects, those who move most first."""

    run: Run
    moves: list[Move]

    @property
    def other_stars(self) -> int:
        """How many would have other stars."""
        return sum(one.is_other_star for one in self.moves)


def what_if(actor: Person, subject: str, items: Sequence[Item], *, prior: float, minimum: int) -> WhatIf | None:
    """The newest run of a kind of subject on the actor's ground, with other weights; None where nothing was assessed yet.

    Nothing is written. The items are taken as they are: whether they may be saved is `check_items`'s.
    """
    done = runs_for(actor).filter(version__subject=subject, state__in=[RunState.REVIEW, RunState.PUBLISHED])
    run = done.order_by("-last", "-pk").first()
    if run is None:
        return None
    town = {key: num / den for key, (num, den) in run.town.items() if den}
    results = list(run.results.all())
    said = {
        one.pk: scored(items, {key: (num, den) for key, (num, den) in one.numbers.items()}, town, prior)
        for one in results
    }
    places = ranks(
        {pk: one.score for pk, one in said.items() if one.score is not None},
        {pk: one.cases for pk, one in said.items()},
        minimum,
    )
    bands = [(float(start), int(stars)) for start, stars in parameter("star_bands", run.last)] or list(STARS)
    stopped = stops_in(run)
    moves = []
    for one in results:
        score = said[one.pk].score
        stars = None if score is None else stars_of(score, is_stopped=one.subject_id in stopped, bands=bands)
        moves.append(Move(one, score, places.get(one.pk), stars))
    return WhatIf(run, sorted(moves, key=lambda move: -abs(move.gain or 0)))
