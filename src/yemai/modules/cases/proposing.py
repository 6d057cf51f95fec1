"""Who is proposed for a case and why: the responsibility list first, then who has settled its like; twice returned is said aloud. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

RETURNS_NOTED = 2
"""So many returns of a kind within the window, and a unit is no longer proposed for it without a note."""
LEAST_DONE = 2
"""One settled case is chance."""


@dataclass(frozen=True)
class UnitFacts:
    """What is known of a unit for one kind of case."""

    unit: int
    named: int | None = None
    """How closely the responsibility list names it: characters of the class's code, ten more where its ground is named; None: not."""
    done: int = 0
    returned: int = 0


@dataclass(frozen=True)
class RankedUnit:
    """A unit in the order of the proposal; `is_noted`: it returned this kind of case and comes with that note."""

    facts: UnitFacts
    is_noted: bool


def rank_units(known: Iterable[UnitFacts], most: int = 3) -> list[RankedUnit]:
    """Best first: named most closely by the responsibility list, then most often settled; whoever returned it twice comes last.

    A unit without being named is proposed only when it has settled this kind more than once.
    """
    wanted = [one for one in known if one.named is not None or one.done >= LEAST_DONE]
    ranked = [RankedUnit(one, one.returned >= RETURNS_NOTED) for one in wanted]
    ranked.sort(key=lambda one: (one.is_noted, -(one.facts.named or 0), -one.facts.done, one.facts.unit))
    return ranked[:most]


@dataclass(frozen=True)
class PersonFacts:
    """What is known of somebody who may handle a case: `distance` in tiers from its ground to theirs (0: the same)."""

    person: int
    distance: int
    done: int = 0
    open: int = 0


def rank_people(known: Iterable[PersonFacts], most: int = 2) -> list[PersonFacts]:
    """Nearest ground first, then experience with this kind (ten cases are enough of it), then the lighter load."""
    return sorted(known, key=lambda one: (one.distance, -min(one.done, 10), one.open, one.person))[:most]


@dataclass(frozen=True)
class BounceRate:
    """How many first assignments went out and how many of them came back."""

    sent: int
    returned: int

    @property
    def percent(self) -> int | None:
        """The share that came back; None where nothing went out."""
        return round(100 * self.returned / self.sent) if self.sent else None


@dataclass(frozen=True)
class BounceRates:
    """The same by whether the unit was the one proposed; `unasked`: nothing was proposed then."""

    since: datetime
    proposed: BounceRate
    other: BounceRate
    unasked: BounceRate
