"""Whether the check of an answer ranks as people did: real replies rated by others, a study half and a judged half.

    python -m bench answers                  needs complaints_replies.csv (YEMAI_SHARED_DATA)

The rules and their weights were chosen while looking at the study half alone (`is_studied`: a seeded hash of the id);
the judged half was only ever counted. Team A marked as explained nearly everything that is not a one-line receipt, so the
length alone ranks well; it stands beside as a yardstick, and once more among the replies of middling length, where it
helps least.
"""

import csv
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from bench.evidence import interval, shown, source, standing
from scipy.stats import rankdata

from yemai.modules.cases.answering import check_answer

NAME = "complaints_replies.csv"
AIM = 0.80
MIDDLING = range(40, 121)
"""Characters of a reply that is neither a receipt nor a treatise."""


def is_studied(row_id: str) -> bool:
    """The half that rules and weights were chosen on."""
    return hashlib.sha256(f"yemai-answers:{row_id}".encode()).digest()[0] % 2 == 0


def auc(scores: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> float:
    """How often a good one stands before a bad one; nan where one of them is missing."""
    good = int(truth.sum())
    bad = len(truth) - good
    if not good or not bad:
        return float("nan")
    return float((rankdata(scores)[truth == 1].sum() - good * (good + 1) / 2) / (good * bad))


def scored(path: Path) -> list[dict[str, Any]]:
    """Each reply with its score, its length, the half it lies in and what teams said of it (None: unrated)."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        {
            "is_studied": is_studied(row["id"]),
            "score": check_answer(row["reply"], asked=f"{row['topic']} {row['text']}").score or 0.0,
            "length": len(row["reply"]),
            **{
                name: float(row[name]) if row[name] else None
                for name in ("teamA_explained", "teamB_complete", "teamB_explained")
            },
        }
        for row in rows
    ]


def figure(rows: list[dict[str, Any]], truth: str, by: str = "score") -> tuple[float, float, float]:
    """The AUC of `by` for `truth` with its interval."""
    rated = [row for row in rows if row[truth] is not None]
    scores = np.array([row[by] for row in rated])
    said = np.array([int(row[truth]) for row in rated])
    return interval(lambda chosen: auc(scores[chosen], said[chosen]), len(rated))


def run() -> dict[str, Any]:
    """Figures as text, with what they stand on."""
    path = source(NAME)
    rows = scored(path)
    parts = {
        "judged half": [row for row in rows if not row["is_studied"]],
        "study half": [row for row in rows if row["is_studied"]],
        "all": rows,
    }
    found: dict[str, Any] = standing("answers", path) | {
        "aim": f"AUC of teamA_explained at least {AIM} on the judged half"
    }
    for name, part in parts.items():
        found[f"{name}, replies (not explained)"] = f"{len(part)} ({sum(row['teamA_explained'] == 0 for row in part)})"
        found[f"{name}, AUC teamA_explained"] = shown(figure(part, "teamA_explained"))
        found[f"{name}, the same by length alone"] = shown(figure(part, "teamA_explained", "length"))
        middling = [row for row in part if row["length"] in MIDDLING]
        found[f"{name}, {len(middling)} of {MIDDLING[0]}-{MIDDLING[-1]} characters"] = (
            f"{shown(figure(middling, 'teamA_explained'))}, by length {shown(figure(middling, 'teamA_explained', 'length'))}"
        )
    for truth in ("teamB_complete", "teamB_explained"):
        for name, part in parts.items():
            rated = sum(row[truth] is not None for row in part)
            found[f"{name}, AUC {truth} ({rated} rated)"] = shown(figure(part, truth))
    return found
