"""What one fact adds to the counts of its ground and its unit. Pure: the difference of two facts is what a change costs.

A count is (what, key, day). Counts of events stand on their local day; those of what is open now stand on day 0.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from .facts import LEVELS
from .indicators.counted import NEAR

HOUR = 3600
DAY = 24 * HOUR
NOW = 0
EPOCH = date(1970, 1, 1).toordinal()
BUCKETS = (1, 2, 3, 5, 8, 15, 31)
"""Days to close, from: the first bucket is under one day, the last 31 and more."""
KEPT_DAYS = 100
"""Counts of days longer ago are not kept: the cockpit looks back five weeks, a month's summary on two months before it."""
Counted = tuple[str, str, int]
Scoped = tuple[str, int, str, str, int]


def local_day(moment: int, zone: ZoneInfo) -> int:
    """The local day of a moment in seconds, as days since 1970."""
    return datetime.fromtimestamp(moment, zone).toordinal() - EPOCH


def bucket(reported_at: int, closed_at: int) -> str:
    """How many days it took, as the lower end of its bucket."""
    days = (closed_at - reported_at) / DAY
    return str(max((one for one in BUCKETS if days >= one), default=0))


def counted(fact: Mapping[str, Any], zone: ZoneInfo) -> Counter[Counted]:
    """All that a fact adds, wherever it counts. Facts left out of assessment add nothing."""
    found: Counter[Counted] = Counter()
    if fact["is_excluded"]:
        return found

    def add(what: str, key: object, moment: int | None, number: int = 1) -> None:
        if moment is not None and number:
            found[what, str(key), local_day(moment, zone)] += number

    add("in", "", fact["reported_at"])
    add("class", fact["category_id"] or "", fact["reported_at"])
    add("returned", "", fact["reported_at"], fact["returns"])
    if not fact["is_voided"]:
        add("disposed", "late" if fact["was_overdue"] else "in_time", fact["disposed_at"])
    if fact["stage"] == "closed":
        add("closed", fact["outcome"] or "", fact["closed_at"])
        if fact["closed_at"] is not None:
            add("days", bucket(fact["reported_at"], fact["closed_at"]), fact["closed_at"])
        if fact["outcome"] == "solved" and fact["rung"] in NEAR:
            add("near", "", fact["closed_at"])
    if fact["is_valid_call"]:
        add("score", fact["score"], fact["scored_at"])
        add("contacted", "", fact["scored_at"], int(fact["was_contacted"]))
        add("solved", "", fact["scored_at"], int(fact["outcome"] == "solved"))
    if fact["is_open"]:
        found["open", fact["stage"], NOW] += 1
        if fact["clock_due_at"] is not None and not fact["is_suspended"]:
            found["due", f"{fact['clock_due_at'] // HOUR:010d}", NOW] += 1
    return found


def is_kept(day: int, today: int) -> bool:
    """Is a count of `day` kept on `today`? Both as `local_day`; what holds now always is."""
    return day == NOW or day > today - KEPT_DAYS


def scopes(fact: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    """Where a fact counts: every piece of ground above it, and the unit that has it."""
    for level in range(1, LEVELS + 1):
        if fact[f"node_{level}"] is not None:
            yield "node", fact[f"node_{level}"]
    if fact["lead_unit_id"] is not None:
        yield "unit", fact["lead_unit_id"]


def scoped(fact: Mapping[str, Any] | None, zone: ZoneInfo) -> Counter[Scoped]:
    """All that a fact adds, each where it counts; nothing of None."""
    found: Counter[Scoped] = Counter()
    if fact is not None:
        here = counted(fact, zone)
        for scope, scope_id in scopes(fact):
            for (what, key, day), number in here.items():
                found[scope, scope_id, what, key, day] += number
    return found


def difference(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, zone: ZoneInfo) -> Counter[Scoped]:
    """What the counts change by when one fact takes another's place; without what stays as it is."""
    change = scoped(after, zone)
    change.subtract(scoped(before, zone))
    return Counter({what: number for what, number in change.items() if number})
