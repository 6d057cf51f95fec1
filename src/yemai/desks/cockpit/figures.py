"""The figures of one piece of ground or one unit, read from the kept counts: what they cost does not grow with history."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import sqrt

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from yemai.base.people.models import Department
from yemai.base.territory.models import Node
from yemai.base.territory.rules import ids_of
from yemai.modules.assessment.counting import BUCKETS, HOUR, NOW, local_day
from yemai.modules.assessment.models import CaseFact, Count
from yemai.modules.assessment.rules.fairness import SURE

DAYS = 30
WEEK, MONTH_BEFORE = 7, 28
GROWING_LEAST = 3
"""A class grows when this week has at least so many, and half as many again as an average week of the four before."""
SATISFIED = ("4", "5")
SUMMED = ("in", "returned", "disposed", "closed", "days", "near", "score", "contacted", "solved")
"""Named one by one, so that the index leads to their days; what is left out, the classes, is most of all counts."""


@dataclass(frozen=True)
class Share:
    """A part of a whole with its interval (Wilson, 95 %); `value` None where there is nothing to divide by (无数据)."""

    num: float
    den: int

    @property
    def value(self) -> float | None:
        """0 to 1."""
        return self.num / self.den if self.den else None

    @property
    def percent(self) -> float | None:
        """0 to 100."""
        return None if self.value is None else self.value * 100

    @property
    def interval(self) -> tuple[float, float] | None:
        """In per cent, by Wilson (1927)."""
        if not self.den or self.value is None:
            return None
        n, p, z = self.den, self.value, SURE
        middle, reach = (
            (p + z * z / (2 * n)) / (1 + z * z / n),
            z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n),
        )
        return max(middle - reach, 0.0) * 100, min(middle + reach, 1.0) * 100


@dataclass(frozen=True)
class Day:
    """How many came in and went out on a day."""

    on: date
    came: int
    went: int


@dataclass(frozen=True)
class Growing:
    """A class that comes in more often than it did."""

    category: int
    week: int
    before: float
    """In an average week of the four before."""


@dataclass(frozen=True)
class Figures:
    """All figures of a scope over the last thirty days, and as it stands now."""

    came: int
    went: int
    open: int
    late: int
    stages: dict[str, int]
    in_time: Share
    near: Share
    contacted: Share
    solved: Share
    satisfied: Share
    returned: Share
    days: list[Day] = field(default_factory=list)
    to_close: list[tuple[str, int]] = field(default_factory=list)
    """(from so many days, how many), from the shortest."""
    growing: list[Growing] = field(default_factory=list)


def figures(whose: Node | Department, now: datetime, *, fair: float = 0.0) -> Figures:
    """The figures of a piece of ground or a unit; five questions. `fair`: what 基本满意 counts for (0.9 in variant A)."""
    zone = timezone.get_default_timezone()
    today = local_day(int(now.timestamp()), zone)
    scope = Count.Scope.NODE if isinstance(whose, Node) else Count.Scope.UNIT
    own = Count.objects.filter(scope=scope, scope_id=whose.pk)
    since = today - DAYS + 1
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    recent = own.filter(what__in=SUMMED, day__gte=since).values_list("what", "key").annotate(n=Sum("number"))
    for what, key, number in recent:
        sums[what][key] = number
    for what, key, number in own.filter(day=NOW, what="open").values_list("what", "key", "number"):
        sums[what][key] = number
    by_day: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for what, day, number in own.filter(day__gte=since, what__in=["in", "closed"]).values_list("what", "day", "number"):
        by_day[what][day] += number
    calls = sum(sums["score"].values())
    good = sum(sums["score"].get(key, 0) for key in SATISFIED) + fair * sums["score"].get("3", 0)
    disposed, closed, came = sum(sums["disposed"].values()), sum(sums["closed"].values()), sums["in"].get("", 0)
    return Figures(
        came=came,
        went=closed,
        open=sum(sums["open"].values()),
        late=_late(own, whose, now),
        stages=dict(sums["open"]),
        in_time=Share(sums["disposed"].get("in_time", 0), disposed),
        near=Share(sums["near"].get("", 0), closed),
        contacted=Share(sums["contacted"].get("", 0), calls),
        solved=Share(sums["solved"].get("", 0), calls),
        satisfied=Share(good, calls),
        returned=Share(sums["returned"].get("", 0), came),
        days=[Day(_date(day), by_day["in"][day], by_day["closed"][day]) for day in range(since, today + 1)],
        to_close=[(str(start), sums["days"].get(str(start), 0)) for start in (0, *BUCKETS)],
        growing=_growing(own, today),
    )


def _late(own: QuerySet[Count], whose: Node | Department, now: datetime) -> int:
    """Open cases whose running clock is over: the hours that are past by their counts, the present hour case by case."""
    seconds = int(now.timestamp())
    hour = seconds // HOUR
    here = {f"node_{len(ids_of(whose.path))}": whose.pk} if isinstance(whose, Node) else {"lead_unit_id": whose.pk}
    within = CaseFact.objects.filter(
        **here,
        is_open=True,
        is_suspended=False,
        is_excluded=False,
        clock_due_at__gte=hour * HOUR,
        clock_due_at__lt=seconds,
    )
    past = own.filter(what="due", day=NOW, key__lt=f"{hour:010d}").aggregate(n=Sum("number"))["n"] or 0
    return past + within.count()


def beside(node_ids: Sequence[int], now: datetime) -> dict[int, tuple[int, int, Share]]:
    """Of each node what came in, what is open, and the share disposed of in time, over thirty days; two questions."""
    today = local_day(int(now.timestamp()), timezone.get_default_timezone())
    found: dict[int, dict[tuple[str, str], int]] = {one: defaultdict(int) for one in node_ids}
    rows = Count.objects.filter(scope=Count.Scope.NODE, scope_id__in=list(node_ids)).values_list(
        "scope_id", "what", "key"
    )
    recent = rows.filter(what__in=["in", "disposed"], day__gte=today - DAYS + 1).annotate(n=Sum("number"))
    standing = rows.filter(what="open", day=NOW).annotate(n=Sum("number"))
    for node, what, key, number in [*recent, *standing]:
        found[node][what, key if what == "disposed" else ""] += number
    return {
        node: (
            sums["in", ""], sums["open", ""],
            Share(sums["disposed", "in_time"], sums["disposed", "in_time"] + sums["disposed", "late"]),
        )
        for node, sums in found.items()
    }  # fmt: skip


def _growing(own: QuerySet[Count], today: int) -> list[Growing]:
    first = today - WEEK - MONTH_BEFORE + 1
    week, before = Q(day__gt=today - WEEK), Q(day__lte=today - WEEK)
    rows = own.filter(what="class", day__gte=first).exclude(key="")
    found = []
    for key, this, those in rows.values_list("key").annotate(
        a=Sum("number", filter=week), b=Sum("number", filter=before)
    ):
        average = (those or 0) / (MONTH_BEFORE / WEEK)
        if (this or 0) >= GROWING_LEAST and this > 1.5 * average:
            found.append(Growing(int(key), this, average))
    return sorted(found, key=lambda one: one.before - one.week)[:8]


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)
