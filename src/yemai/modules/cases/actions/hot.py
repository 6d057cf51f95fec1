"""Hot issues: the night's work, and what people decide about them. Merging itself is a step of each case (`take_step`)."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.parameters.queries import parameter
from yemai.base.people.models import Person
from yemai.base.territory.models import AddressAlias, Estate, Node
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..alike.keeping import Kept, Known
from ..models import Case, HotCase, HotIssue, HotNight, HotRefusal
from ..queries.hot import may_decide
from ..terms import HotHow, HotState, Stage
from .given import plain

if TYPE_CHECKING:
    from ..alike.clustering import Message

RECENT_DAYS, EARLIER_DAYS = 7, 28
GROWTH = 1.5
"""A week's pace this much above that of the four weeks before is growing; two messages at least."""
STEP = 7
"""Digits of one rung in a path."""


def find_hot_issues(now: datetime) -> dict[str, int]:
    """One night: what the town's messages of the window say over and over. Safe to run again: the same ground, the same issues.

    Reading and reckoning happen outside a transaction (seconds); what people decide meanwhile is read again before writing
    and outweighs what was found.
    """
    from ..alike.night import Rule, night

    rule, began = parameter("hot_issues"), time.monotonic()
    since = now - timedelta(days=rule["days"])
    window = Case.objects.filter(reported_at__gt=since, reported_at__lte=now).exclude(stage=Stage.VOIDED)
    total = window.count()
    messages = _messages(window.order_by("-reported_at", "-id")[: rule["most"]])
    given = Rule(float(rule["likeness"]), float(rule["metres"]), int(rule["least"]))
    found = night(messages, _known(), given)
    with writing():
        _write(found, now)
        HotNight.objects.update_or_create(
            on=timezone.localdate(now),
            defaults={
                "at": now, "since": since, "looked_at": len(messages), "left_out": total - len(messages),
                "seconds": round(time.monotonic() - began, 1),
            },
        )  # fmt: skip
    return {"looked_at": len(messages), "left_out": total - len(messages), "issues": len(found)}


def _messages(cases: QuerySet[Case]) -> "list[Message]":
    from ..alike.clustering import message

    names = _names_of_ground()
    rows = cases.values_list(
        "pk", "title", "text", "path", "lon", "lat", "node__tier__is_settling", "node__lon", "node__lat"
    )
    found = []
    for pk, title, text, path, lon, lat, is_settling, node_lon, node_lat in rows:
        point = (lon, lat) if lon is not None else (node_lon, node_lat) if is_settling else (None, None)
        above = [name for end in range(STEP, len(path) + 1, STEP) for name in names.get(path[:end], ())]
        found.append(message(pk, title, text, *point, places=above))
    return found


def _names_of_ground() -> dict[str, list[str]]:
    """What estates are called, by the path of the ground they stand on."""
    names: dict[str, list[str]] = {}
    for path, name in Estate.objects.values_list("node__path", "name"):
        names.setdefault(path, []).append(name)
    for path, text in AddressAlias.objects.filter(estate__isnull=False).values_list("estate__node__path", "text"):
        names.setdefault(path, []).append(text)
    return names


def _known() -> list[Known]:
    """Every living issue with its cases, oldest first."""
    sets: dict[int, dict[str, set[int]]] = {
        pk: {"job": set(), "hand": set(), "refused": set()}
        for pk in HotIssue.objects.exclude(state=HotState.JOINED).order_by("pk").values_list("pk", flat=True)
    }
    for issue, case, how in HotCase.objects.filter(issue__in=sets).values_list("issue", "case", "how"):
        sets[issue][how].add(case)
    for issue, case in HotRefusal.objects.filter(issue__in=sets).values_list("issue", "case"):
        sets[issue]["refused"].add(case)
    return [
        Known(pk, frozenset(one["job"]), frozenset(one["hand"]), frozenset(one["refused"])) for pk, one in sets.items()
    ]


def _write(found: Iterable[tuple[Kept, list[str]]], now: datetime) -> None:
    """Lay what was found upon the tables; a decision taken since the reading holds."""
    found = list(found)
    hands = set(HotCase.objects.filter(how=HotHow.HAND).values_list("case", flat=True))
    refused = set(HotRefusal.objects.values_list("issue", "case"))
    alive = set(Case.objects.exclude(stage=Stage.VOIDED).filter(pk__in={pk for one, _words in found for pk in one.found})
                .values_list("pk", flat=True))  # fmt: skip
    before = dict(HotCase.objects.filter(how=HotHow.JOB).values_list("case", "issue"))
    after: dict[int, int] = {}
    for one, words in found:
        cases = (one.found & alive) - hands
        if one.key is None:
            if not cases:
                continue
            root = Case.objects.filter(pk=min(cases)).values_list("node", "path", "reported_at").get()
            issue = HotIssue.objects.create(
                words=" ".join(words)[:200],
                node_id=root[0],
                path=root[1],
                first_at=root[2],
                last_at=root[2],
                found_at=now,
            )
            one.key = issue.pk
        elif words:
            HotIssue.objects.filter(pk=one.key).update(words=" ".join(words)[:200])
        after |= {pk: one.key for pk in cases if (one.key, pk) not in refused}
    moved = [pk for pk, issue in before.items() if after.get(pk) != issue]
    HotCase.objects.filter(case__in=moved, how=HotHow.JOB).delete()
    HotCase.objects.bulk_create(
        (
            HotCase(issue_id=issue, case_id=pk, how=HotHow.JOB, added_at=now)
            for pk, issue in sorted(after.items()) if before.get(pk) != issue
        ),
        batch_size=500,
    )  # fmt: skip
    for one, _words in found:
        if one.into is not None and one.key is not None:
            _join(one.key, one.into)
    count_anew(HotIssue.objects.exclude(state=HotState.JOINED), now)


def _join(key: int, into: int) -> None:
    """An issue has become part of another: what people put in and took out goes along."""
    HotCase.objects.filter(issue=key).update(issue=into)
    HotRefusal.objects.bulk_create(
        [HotRefusal(issue_id=into, case_id=one.case_id, by_id=one.by_id, at=one.at)
         for one in HotRefusal.objects.filter(issue=key)],
        ignore_conflicts=True,
    )  # fmt: skip
    HotIssue.objects.filter(pk=key).update(state=HotState.JOINED, joined_to=into, count=0, recent=0, is_growing=False)
    HotIssue.objects.filter(joined_to=key).update(joined_to=into)


def count_anew(issues: QuerySet[HotIssue], now: datetime) -> None:
    """Counts, days, ground and growth of issues from their cases; one that lost them all keeps its last days."""
    rows: dict[int, list[tuple[datetime, str]]] = {}
    members = HotCase.objects.filter(issue__in=issues).order_by("case")
    for key, at, path in members.values_list("issue", "case__reported_at", "case__path"):
        rows.setdefault(key, []).append((at, path))
    week, month = now - timedelta(days=RECENT_DAYS), now - timedelta(days=RECENT_DAYS + EARLIER_DAYS)
    for issue in issues:
        own = rows.get(issue.pk, [])
        issue.count = len(own)
        issue.recent = sum(week < at <= now for at, _path in own)
        issue.earlier = sum(month < at <= week for at, _path in own)
        issue.is_growing = is_growing(issue.recent, issue.earlier)
        if own:
            issue.first_at, issue.last_at = min(own)[0], max(own)[0]
            issue.path = common_path([path for _at, path in own])
            issue.node_id = _node_of(issue.path, issue.node_id)
        issue.save()


def is_growing(recent: int, earlier: int) -> bool:
    """Is the pace of the last week well above that of the four weeks before?"""
    return recent >= 2 and recent / RECENT_DAYS >= GROWTH * earlier / EARLIER_DAYS


def common_path(paths: list[str]) -> str:
    """The deepest ground that holds all of these."""
    low, high = min(paths), max(paths)
    same = next((at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))
    return low[: same // STEP * STEP]


def _node_of(path: str, else_: int) -> int:
    return Node.objects.filter(path=path).values_list("pk", flat=True).first() or else_


# --- what people decide ---


def remove_case(issue: HotIssue, case: Case, *, actor: Person, now: datetime) -> None:
    """This case is not of this issue; the job puts it there no more."""
    with writing():
        _check(actor, issue)
        if not HotCase.objects.filter(issue=issue, case=case).delete()[0]:
            raise Refused("not-there", _("这件事不在这个热点里。"), status=409)
        HotRefusal.objects.get_or_create(issue=issue, case=case, defaults={"by": actor, "at": now})
        count_anew(HotIssue.objects.filter(pk=issue.pk), now)


def add_case(issue: HotIssue, case: Case, *, actor: Person, now: datetime) -> None:
    """This case is of this issue, whatever the job says; it leaves the issue it was in."""
    with writing():
        _check(actor, issue)
        if issue.state == HotState.JOINED:
            raise Refused("joined", _("这个热点已归入别的热点，请到那里添加。"))
        left = list(HotCase.objects.filter(case=case).values_list("issue", flat=True))
        HotCase.objects.filter(case=case).delete()
        HotRefusal.objects.filter(issue=issue, case=case).delete()
        HotCase.objects.create(issue=issue, case=case, how=HotHow.HAND, added_at=now, added_by=actor)
        count_anew(HotIssue.objects.filter(pk__in=[issue.pk, *left]), now)


def decide_issue(issue: HotIssue, state: HotState, *, actor: Person, now: datetime, reason: str = "") -> None:
    """Say that it is no hot issue, or that it is one after all. Its cases stay, so that the job does not find it anew."""
    with writing():
        _check(actor, issue)
        changed = HotIssue.objects.filter(pk=issue.pk).exclude(state=HotState.JOINED)
        if state == HotState.JOINED or not changed.update(
            state=state, decided_by=actor, decided_at=now, reason=plain(reason)[:300]
        ):
            raise Refused("joined", _("这个热点已归入别的热点，请到那里处理。"))


def _check(actor: Person, issue: HotIssue) -> None:
    """As for merging: intake or the town centre, on the whole ground of the issue."""
    if not may_decide(actor, issue):
        raise Refused("not-yours", _("这个热点跨出了您受理的范围，请由上一级处理。"), status=403)


__all__ = ["add_case", "count_anew", "decide_issue", "find_hot_issues", "is_growing", "remove_case"]
