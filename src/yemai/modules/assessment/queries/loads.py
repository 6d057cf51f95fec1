"""What a piece of ground carries: its households, what came in, and how much that would be at the town's own rate.

A target that is the same for 30 households and for 300 is none: what comes in is laid beside what the households of the
ground would bring at the rate of the whole run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from yemai.base.territory.models import Node

from ..models import Result, Run
from ..subjects import Subject


@dataclass(frozen=True)
class Load:
    """Households, cases reported in the period, and how many the households would bring (None without households)."""

    households: int
    came: int
    expected: float | None


def loads_of(run: Run, results: Sequence[Result]) -> dict[int, Load]:
    """By subject; empty for a run that is not of ground. One question."""
    if not Subject(run.version.subject).is_area:
        return {}
    ids = [one.subject_id for one in results]
    households = dict(Node.objects.filter(pk__in=ids).values_list("pk", "households"))
    came = {one.subject_id: one.numbers.get("reported", [0, 0])[0] for one in results}
    known = [one for one in ids if households.get(one)]
    whole, cases = sum(households[one] for one in known), sum(came[one] for one in known)
    return {
        one: Load(households.get(one, 0), came[one], cases * households[one] / whole if households.get(one) else None)
        for one in ids
    }
