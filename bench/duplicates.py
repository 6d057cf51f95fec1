"""Is it the same again: hot issues against silver labels, night by night in time order; and "is it one of these?" among a million.

    python -m bench duplicates                      figures on the complaints, a night a week (some minutes)
    python -m bench duplicates --intake 1000000     how long the question at intake takes among so many cases (SQLite)
    python -m bench duplicates --intake 1000000 --database postgres://...   the same on an empty PostgreSQL database

The complaints are replayed through the function the night job runs (`cases.alike.night.night`), with the window, the least
number and the likeness of the parameter's defaults; only the tables are left out. The complaints have no points, so words
alone decide. Labels: dup_group (pairs that two of seven student teams put together; they looked for the five largest
matters only, a blank says nothing), and each team's own clusters. A pair counts as found when both lie in one issue after
the last night. Intervals are percentile bootstraps over messages (2,000 draws), 95 %.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from bench.evidence import interval, shown, source, standing

from yemai.base.parameters.terms import DECLARED
from yemai.modules.cases.alike.clustering import Message, Tree, message
from yemai.modules.cases.alike.keeping import Known
from yemai.modules.cases.alike.night import Rule, night
from yemai.modules.cases.alike.words import fingerprint

NIGHT_DAYS = 7
"""A night a week: every night would say the same in seven times the time."""
CUTS = (0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.10, 0.12, 0.14)
ESTATE = "丽发新城"
"""Of which the largest published matter is told; named here to count who else complains of it, never in the code judged."""
Row = dict[str, str]
Homes = Mapping[int, int]
"""The issue of each message that lies in one."""


def complaints() -> list[Row]:
    """The messages, oldest first."""
    with source("complaints_hot.csv").open(encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: (row["time"], row["id"]))


def messages_of(rows: Sequence[Row]) -> list[Message]:
    """As the night job reads them; keys are their places."""
    return [message(at, row["topic"], row["text"]) for at, row in enumerate(rows)]


def groups_of(rows: Sequence[Row]) -> dict[str, list[int]]:
    """The members of each silver group."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        if row["dup_group"]:
            found[row["dup_group"]].append(at)
    return dict(sorted(found.items()))


def usual() -> tuple[Rule, int, int]:
    """The defaults of the parameter: the rule, the days of the window, the most messages in it."""
    value = DECLARED["hot_issues"].default
    return Rule(value["likeness"], value["metres"], value["least"]), value["days"], value["most"]


def replayed(rows: Sequence[Row], rule: Rule, days: int, most: int) -> tuple[Homes, int, list[float]]:
    """Night by night; the issue of each message after the last, how many nights, and the seconds of each."""
    every = messages_of(rows)
    when = [datetime.fromisoformat(row["time"]) for row in rows]
    issues: dict[int, frozenset[int]] = {}
    following, seconds = 1, []
    now = when[0]
    while True:
        window = [at for at, moment in enumerate(when) if now - timedelta(days=days) < moment <= now][-most:]
        known = [Known(key, found) for key, found in sorted(issues.items())]
        began = time.perf_counter()
        for one, _words in night([every[at] for at in window], known, rule):
            if one.key is None:
                one.key, following = following, following + 1
            issues[one.key] = frozenset(one.found)
            if one.into is not None:
                del issues[one.key]
        seconds.append(time.perf_counter() - began)
        if now >= when[-1]:
            return {at: key for key, found in issues.items() for at in found}, len(seconds), seconds
        later = next(moment for moment in when if moment > now)
        now = min(max(now + timedelta(days=NIGHT_DAYS), later), when[-1])


def home_of(groups: Sequence[Sequence[int]]) -> dict[int, int]:
    """The group of each message."""
    return {at: number for number, group in enumerate(groups) for at in group}


def pairs(homes: Homes, truth: Mapping[int, str], weight: Any, *, all_touching: bool) -> tuple[float, float, float]:
    """Precision, recall and F1 on pairs. `weight`: how often each message is drawn.

    `all_touching`: every pair found that has one labelled message counts, so that a blank is taken for "another matter"
    (too strict); else only pairs of two labelled ones.
    """
    inside: Counter[Any] = Counter()
    labelled: Counter[Any] = Counter()
    of_group: Counter[Any] = Counter()
    whole: Counter[Any] = Counter()
    for at, home in homes.items():
        whole[home] += weight[at]
    for at, label in truth.items():
        of_group[label] += weight[at]
        if at in homes:
            inside[label, homes[at]] += weight[at]
            labelled[homes[at]] += weight[at]
    right = sum(n * (n - 1) / 2 for n in inside.values())
    wanted = sum(n * (n - 1) / 2 for n in of_group.values())
    found = sum(n * (n - 1) / 2 + (n * (whole[home] - n) if all_touching else 0) for home, n in labelled.items())
    precision = right / found if found else float("nan")
    recall = right / wanted if wanted else float("nan")
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def with_intervals(homes: Homes, truth: Mapping[int, str], count: int, *, all_touching: bool) -> dict[str, str]:
    """Each of the three with its bounds."""

    def measure(which: int) -> Callable[[Any], float]:
        return lambda drawn: pairs(homes, truth, np.bincount(drawn, minlength=count), all_touching=all_touching)[which]

    return {name: shown(interval(measure(at), count)) for at, name in enumerate(("precision", "recall", "f1"))}


def left_out(tree: Tree, groups: Mapping[str, Sequence[int]], count: int) -> dict[str, Any]:
    """For each silver group the cut that is best for the six others, and what it does to the one left out."""
    cuts = {cut: home_of(tree.cut(cut)) for cut in CUTS}
    once = np.ones(count)

    def f1(cut: float, names: Sequence[str]) -> float:
        truth = {at: name for name in names for at in groups[name]}
        return pairs(cuts[cut], truth, once, all_touching=True)[2]

    found = {}
    for name in groups:
        best = max(CUTS, key=lambda cut: f1(cut, [other for other in groups if other != name]))
        found[name] = {"cut": best, "f1_of_the_one_left_out": round(f1(best, [name]), 3)}
    return {"f1_by_cut": {cut: round(f1(cut, list(groups)), 3) for cut in CUTS}, "left_out": found}


def exact(rows: Sequence[Row], homes: Homes) -> dict[str, Any]:
    """Of the exact duplicates: found by their mark when they came in, and in one issue with what they repeat."""
    place = {row["id"]: at for at, row in enumerate(rows)}
    seen: set[str] = set()
    marked, together, number = 0, 0, 0
    for at, row in enumerate(rows):
        mark = fingerprint(row["text"])
        if row["exact_dup_of"]:
            number += 1
            other = place[row["exact_dup_of"]]
            marked += mark in seen or (fingerprint(rows[other]["text"]) == mark and other > at)
            together += at in homes and homes.get(other) == homes[at]
        seen.add(mark)
    return {"exact_duplicates": number, "found_by_mark_in_time_order": marked, "in_one_issue": together}


def largest(rows: Sequence[Row], groups: Mapping[str, Sequence[int]], homes: Homes) -> dict[str, Any]:
    """G1: how much of it lies in one issue, and what else lies there."""
    found = {}
    for name, members in groups.items():
        home, inside = Counter(homes[at] for at in members if at in homes).most_common(1)[0]
        within = [at for at, key in homes.items() if key == home]
        found[name] = {"messages": len(members), "in_one_issue": inside, "foreign_in_it": len(within) - inside}
    others = [at for at, row in enumerate(rows) if ESTATE in row["topic"] + row["text"] and row["dup_group"] != "G1"]
    home = Counter(homes[at] for at in groups["G1"] if at in homes).most_common(1)[0][0]
    return {
        "groups": found,
        "other_complaints_naming_the_estate": len(others),
        "of_them_swallowed_by_the_issue": sum(homes.get(at) == home for at in others),
    }


def by_team(rows: Sequence[Row], homes: Homes) -> dict[str, dict[str, float]]:
    """Pairs of every team's clusters: how many of them are in one issue, and of the issues' pairs among its messages."""
    place = {row["id"]: at for at, row in enumerate(rows)}
    told: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    with source("complaints_hot_team_clusters.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["id"] in place:
                told[row["team"]][row["team_cluster"]].add(place[row["id"]])
    found = {}
    for team, own in sorted(told.items()):
        wanted = {pair for one in own.values() for pair in combinations(sorted(one), 2)}
        among = sorted(set().union(*own.values()))
        got = {(a, b) for a, b in combinations(among, 2) if a in homes and homes[a] == homes.get(b)}
        right = len(wanted & got)
        found[team] = {
            "pairs": len(wanted),
            "precision": round(right / max(1, len(got)), 3),
            "recall": round(right / max(1, len(wanted)), 3),
            "f1": round(2 * right / max(1, len(got) + len(wanted)), 3),
        }
    return found


def run() -> dict[str, Any]:
    """The figures on the complaints."""
    rows, (rule, days, most) = complaints(), usual()
    groups = groups_of(rows)
    truth = {at: name for name, members in groups.items() for at in members}
    homes, nights, seconds = replayed(rows, rule, days, most)
    tree = Tree(messages_of(rows), metres=rule.metres)
    at_once = home_of(tree.cut(rule.likeness))
    return {
        "stands_on": standing("duplicates", source("complaints_hot.csv"), source("complaints_hot_team_clusters.csv")),
        "rule": {"likeness": rule.likeness, "least": rule.least, "days": days, "most": most},
        "messages": len(rows),
        "nights": nights,
        "seconds_of_the_longest_night": round(max(seconds), 1),
        "issues": len(set(homes.values())),
        "messages_in_issues": len(homes),
        "exact": exact(rows, homes),
        "pairs_every_pair_that_touches_a_label": with_intervals(homes, truth, len(rows), all_touching=True),
        "pairs_among_labelled": with_intervals(homes, truth, len(rows), all_touching=False),
        "all_at_once_every_pair_that_touches_a_label": with_intervals(at_once, truth, len(rows), all_touching=True),
        "cut_chosen_without_the_group_judged": left_out(tree, groups, len(rows)),
        "largest": largest(rows, groups, homes),
        "teams": by_team(rows, homes),
    }


def intake(cases: int, database: str) -> dict[str, Any]:
    """Times of the question at intake among so many cases, in a process of its own (settings are chosen once)."""
    with tempfile.TemporaryDirectory(prefix="yemai-bench-") as room:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("YEMAI_")}
        environment |= {"YEMAI_DATA": room, "DJANGO_SETTINGS_MODULE": "yemai.conf.settings"}
        if database:
            environment["YEMAI_DATABASE"] = database
        command = [sys.executable, "-m", "bench.duplicates_intake", str(cases)]
        done = subprocess.run(  # noqa: S603 - this very interpreter on our own module
            command, env=environment, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def main(arguments: Sequence[str]) -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench duplicates", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--intake", type=int, default=0, metavar="CASES")
    parser.add_argument("--database", default="", help="an empty PostgreSQL database; SQLite without it")
    options = parser.parse_args(arguments)
    figures = intake(options.intake, options.database) if options.intake else run()
    json.dump(figures, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
