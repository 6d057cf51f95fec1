"""What the rules found, as it is kept in a plan and read back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .rules.costs import Sizes, Weights
from .rules.division import Doubt, Plan, PlannedGroup, Score, Verdict, verdict
from .rules.judging import HandMade, Judged

SLIGHT = 1e-4
"""Of a cost: what adding up in another order may change."""


def as_row(group: PlannedGroup, colour: int) -> dict[str, Any]:
    """A group in JSON."""
    row = asdict(group) | {"members": list(group.members), "doubt": group.doubt and group.doubt.value}
    return row | {"colour": colour}


def as_group(row: Mapping[str, Any]) -> PlannedGroup:
    """A group from JSON."""
    values = {name: row[name] for name in PlannedGroup.__dataclass_fields__}
    doubt = Doubt(values["doubt"]) if values["doubt"] else None
    return PlannedGroup(**values | {"members": tuple(values["members"]), "doubt": doubt})


def proof(found: Plan) -> dict[str, Any]:
    """What is proven of a solved plan, in JSON."""
    return {
        "bound": round(found.bound, 6),
        "gap": round(found.gap, 5),
        "verdict": found.verdict.value,
        "is_cut": found.is_cut,
        "pieces": len(found.pieces),
        "proven": sum(one.verdict is Verdict.OPTIMAL for one in found.pieces),
        "open": sum(one.verdict is Verdict.NOT_PROVEN for one in found.pieces),
        "took": round(found.seconds, 1),
    }


def proof_by_hand(made: Judged, source: Mapping[str, Any]) -> dict[str, Any]:
    """What the bound of the plan it was copied from says of a changed one: nothing where a hard rule is broken."""
    lawful = all(one.is_contiguous and one.doubt not in (Doubt.BELOW, Doubt.ABOVE) for one in made.groups)
    bound = source.get("bound")
    if bound is None or not lawful or made.score.total < bound - SLIGHT:
        return {"bound": None, "gap": None, "verdict": Verdict.NOT_PROVEN.value, "is_cut": source.get("is_cut", False)}
    gap = max(0.0, made.score.total - bound) / max(made.score.total, 1e-9)
    return {
        "bound": bound,
        "gap": round(gap, 5),
        "verdict": verdict(gap).value,
        "is_cut": source.get("is_cut", False),
    }


def parts(score: Score, groups: Sequence[PlannedGroup], sizes: Sizes, households: Mapping[int, int]) -> dict[str, Any]:
    """The parts of a score and what people read from them, in JSON; `households` by building."""
    loads = [one.households for one in groups]
    weight = sum(max(1, households[key]) for one in groups for key in one.members)
    return {
        "balance": round(score.balance, 1),
        "walk_m": round(score.walk_m),
        "changes": round(score.changes),
        "too_small": score.too_small,
        "total": round(score.total, 1),
        "groups": len(groups),
        "in_range": sum(sizes.least <= load <= sizes.most for load in loads),
        "smallest": min(loads, default=0),
        "largest": max(loads, default=0),
        "households": sum(loads),
        "mean_walk_m": round(score.walk_m / weight, 1) if weight else 0,
        "widest_m": round(max((one.diameter_m for one in groups), default=0)),
        "apart": sum(not one.is_contiguous for one in groups),
        "kept": sum(one.keeps is not None for one in groups),
        "doubts": dict(Counter(one.doubt.value for one in groups if one.doubt)),
    }


def settings_of(least: int, most: int, weights: Mapping[str, float]) -> tuple[Sizes, Weights]:
    """Sizes and weights as the rules take them."""
    return Sizes(least, most), Weights(**{name: float(value) for name, value in weights.items()})


def after_move(rows: Sequence[Mapping[str, Any]], moved: Sequence[int], target: int | None) -> list[HandMade]:
    """The groups after buildings went to the group numbered `target` (None: a new one); empty ones are gone.

    A group that lost or won no building is as it was.
    """
    away = set(moved)
    found: list[HandMade] = []
    for row in rows:
        own = set(row["members"])
        rest = own | away if row["number"] == target else own - away
        if rest:
            found.append(HandMade(tuple(sorted(rest)), as_group(row) if rest == own else None))
    if target is None:
        found.append(HandMade(tuple(sorted(away))))
    return found
