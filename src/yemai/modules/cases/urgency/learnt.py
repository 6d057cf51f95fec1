"""What words nobody has listed are worth: weights learnt from the published set, for a text the listed words pass over.

`python -m bench urgency --learn` writes weights.json from the dev part of bench/urgency_set.tsv; it says of which text.
"""

import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from ..terms import UrgencyLevel

RUN = re.compile(r"[一-龥]+")
SHORTEST = 20
"""Runs a text is taken to have at least: a word or two alone weighs little."""
SURE, BACKED = 0.40, 0.15
"""From these probabilities on a text is taken as urgent, without any listed word and with a pair of them; chosen on the dev
part by cross-validation, between misses among the sentences that avoid every usual word and false alarms among long ones."""
LONGEST = 60
"""Characters: the published sentences are short, and of a longer letter they know nothing."""
SHOWN = 18


def grams(text: str) -> set[str]:
    """Every Chinese character and every two side by side."""
    return {run[at : at + size] for run in RUN.findall(text) for size in (1, 2) for at in range(len(run) - size + 1)}


@lru_cache(maxsize=1)
def model() -> dict[str, Any]:
    """`levels`, their `bias`, `weights` by gram in the order of the levels, `learnt_from` (hash of the dev part)."""
    found: dict[str, Any] = json.loads(
        resources.files("yemai.modules.cases.urgency").joinpath("weights.json").read_text("utf-8")
    )
    return found


@dataclass(frozen=True)
class Reading:
    """How probably a text is urgent, of which level it then is, and the clause that speaks most for it."""

    probability: float
    level: UrgencyLevel
    said: str


def read(clauses: list[str]) -> Reading:
    """Read the clauses of a text together."""
    learnt = model()
    levels: list[str] = learnt["levels"]
    none = levels.index("none")
    found = grams(" ".join(clauses))
    scores = _scores(learnt, found)
    top = max(scores)
    shares = [math.exp(score - top) for score in scores]
    best = max((at for at in range(len(levels)) if at != none), key=lambda at: scores[at])
    said = max(clauses, key=lambda clause: _lean(learnt, clause, best, none))
    return Reading(1 - shares[none] / sum(shares), UrgencyLevel[levels[best].upper()], said[:SHOWN])


def _scores(learnt: dict[str, Any], found: set[str]) -> list[float]:
    size = math.sqrt(max(SHORTEST, len(found)))
    weights: dict[str, list[float]] = learnt["weights"]
    rows = [weights[gram] for gram in found if gram in weights]
    return [bias + sum(row[at] for row in rows) / size for at, bias in enumerate(learnt["bias"])]


def _lean(learnt: dict[str, Any], clause: str, best: int, none: int) -> float:
    scores = _scores(learnt, grams(clause))
    return scores[best] - scores[none]
