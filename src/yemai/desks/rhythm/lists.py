"""The lists the meetings are held over, made from the cases and tasks of a piece of ground by themselves."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from yemai.base.people.models import Absence, Appointment, Person
from yemai.base.people.queries import in_force
from yemai.base.territory.models import Node
from yemai.modules.cases.models import Case, Category
from yemai.modules.cases.queries.hot import hot_issues_for
from yemai.modules.cases.queries.listing import cases_for
from yemai.modules.cases.terms import OPEN_STAGES, Stage
from yemai.modules.tasks.queries import live_on

MOST = 100
"""Lines of a list; how many there are in all is said beside it."""
REPEATS_LEAST = 3
"""A class repeats on a micro-grid from so many cases in thirty days on."""
Line = dict[str, Any]
Part = dict[str, Any]


def morning_lists(actor: Person, node: Node, now: datetime) -> list[Part]:
    """今天: new since yesterday morning, due today, overdue, who is away, tasks due; as they are kept with the meeting."""
    today = timezone.localdate(now)
    start, end = _midnight(today), _midnight(today + timedelta(days=1))
    here = cases_on(actor, node)
    running = here.filter(stage__in=OPEN_STAGES).exclude(stage=Stage.SUSPENDED)
    fresh = here.filter(reported_at__gte=_midnight(today - timedelta(days=1)), reported_at__lte=now).exclude(
        stage=Stage.MERGED
    )
    return [
        _part("new", fresh.order_by("-reported_at")),
        _part("due", running.filter(clock_due_at__gte=max(now, start), clock_due_at__lt=end).order_by("clock_due_at")),
        _part("late", running.filter(clock_due_at__lt=now).order_by("clock_due_at")),
        {"key": "away", "lines": away_on(node, now), "total": None},
        _tasks("tasks", node, today),
    ]  # fmt: skip


def week_lists(actor: Person, node: Node, now: datetime) -> list[Part]:
    """近七天: what bounced and came again, what repeats on a micro-grid, hot issues, tasks that are late."""
    today = timezone.localdate(now)
    since = _midnight(today - timedelta(days=6))
    here = cases_on(actor, node)
    bounced = here.filter(
        Q(returns__gt=0) | Q(reworks__gt=0) | Q(reopens__gt=0), stage__in=OPEN_STAGES, updated_at__gte=since
    )
    return [
        _part("bounced", bounced.order_by("-returns", "-reworks", "-reported_at")),
        {"key": "repeats", "lines": repeats_on(here, today), "total": None},
        {"key": "hot", "lines": _hot(actor, node), "total": None},
        _tasks("tasks", node, today - timedelta(days=1)),
    ]


def cases_on(actor: Person, node: Node) -> QuerySet[Case]:
    """The cases of a piece of ground that the actor may see."""
    return cases_for(actor).filter(path__gte=node.path, path__lt=node.path + "z").select_related("node", "category")


def away_on(node: Node, now: datetime) -> list[Line]:
    """Who of the people of a piece of ground is away now, and who acts for them."""
    below = Appointment.objects.filter(
        in_force(timezone.localdate(now)), node__path__gte=node.path, node__path__lt=node.path + "z"
    )
    rows = Absence.objects.filter(person__in=below.values("person"), from_at__lte=now, to_at__gt=now)
    return [
        {"absence": one}
        for one in rows.select_related("person", "deputy").order_by("to_at")[:MOST]
    ]  # fmt: skip


def repeats_on(cases: QuerySet[Case], today: date) -> list[Line]:
    """Classes that came up three times or more in thirty days on one micro-grid, the most frequent first."""
    since = _midnight(today - timedelta(days=29))
    rows = (
        cases.filter(reported_at__gte=since, category__isnull=False)
        .exclude(stage__in=[Stage.MERGED, Stage.VOIDED])
        .order_by()
        .values("node_id", "category_id")
        .annotate(n=Count("pk"))
        .filter(n__gte=REPEATS_LEAST)
        .order_by("-n")[:20]
    )
    found = list(rows)
    nodes = {one.pk: one for one in Node.objects.filter(pk__in=[row["node_id"] for row in found])}
    names = {one.pk: str(one.label) for one in Category.objects.filter(pk__in=[row["category_id"] for row in found])}
    return [
        {"node": str(nodes[row["node_id"]].label), "path": nodes[row["node_id"]].path, "category": row["category_id"],
         "name": names[row["category_id"]], "n": row["n"], "since": f"{since:%Y-%m-%d}"}
        for row in found
    ]  # fmt: skip


def kept(parts: Iterable[Part]) -> dict[str, Any]:
    """What a meeting keeps of its lists: how long each was, and the numbers of the cases and tasks; no words, no names."""
    return {
        part["key"]: {
            "total": len(part["lines"]) if part["total"] is None else part["total"],
            "ids": [line["id"] for line in part["lines"] if "id" in line],
        }
        for part in parts
    }


def _part(key: str, cases: QuerySet[Case]) -> Part:
    lines = [
        {"id": one.pk, "case": one, "due": one.clock_due_at} for one in cases[:MOST]
    ]  # fmt: skip
    return {"key": key, "lines": lines, "total": cases.count()}


def _tasks(key: str, node: Node, until: date) -> Part:
    rows = live_on(node, until)
    lines = [{"id": one.pk, "task": one} for one in rows[:MOST]]
    return {"key": key, "lines": lines, "total": rows.count()}


def _hot(actor: Person, node: Node) -> list[Line]:
    issues = hot_issues_for(actor).filter(path__gte=node.path, path__lt=node.path + "z", state="open")
    return [{"id": one.pk, "issue": one} for one in issues[:20]]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
