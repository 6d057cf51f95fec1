"""Cases read for telling: a few hundred at a time, five questions however many they are."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from yemai.base.parameters.queries import parameter, work_calendar
from yemai.base.people.models import Appointment, PostKind
from yemai.base.people.terms import Permission
from yemai.modules.assessment.models import LeftOut
from yemai.modules.cases.models import Assignment, Case, StoryStep
from yemai.modules.cases.rules import due_in_minutes

from .telling import PUBLIC, Told, fact_of


def facts_of(case_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """The facts of these cases; of one that is no more, none."""
    steps: dict[int, list[StoryStep]] = defaultdict(list)
    for step in (
        StoryStep.objects.filter(case__in=case_ids).order_by("case_id", "seq").defer("text", "hash", "previous_hash")
    ):
        steps[step.case_id].append(step)
    leads: dict[int, list[Assignment]] = defaultdict(list)
    for one in Assignment.objects.filter(case__in=case_ids, role=Assignment.Role.LEAD).order_by("assigned_at", "pk"):
        leads[one.case_id].append(one)
    cases = list(Case.objects.filter(pk__in=case_ids).select_related("category").defer("text"))
    left_out = set(LeftOut.objects.filter(case_id__in=case_ids).values_list("case_id", flat=True))
    in_charge = _in_charge([case for case in cases if case.source in PUBLIC])
    for case in cases:
        yield fact_of(Told(case, steps[case.pk], leads[case.pk], in_charge.get(case.pk), case.pk in left_out), in_time)


def in_time(limit: str, since: datetime, until: datetime) -> bool:
    """Was a stage limit, in working minutes, kept? By the limits in force that day and the working calendar."""
    minutes = int(parameter("stage_limits", timezone.localdate(since))[limit])
    if until - since <= timedelta(minutes=minutes):
        return True  # no calendar makes a limit shorter than its minutes on the wall
    return until <= due_in_minutes(since, minutes, work_calendar())


def _in_charge(cases: Sequence[Case]) -> dict[int, int]:
    """Of each case, who handled its very piece of ground (`case.handle`) that day; of several the first in the lowest post."""
    kinds = [pk for pk, held in PostKind.objects.values_list("pk", "permissions") if Permission.CASE_HANDLE in held]
    posts: dict[int, list[tuple[date, date | None, int]]] = defaultdict(list)
    held = Appointment.objects.filter(post_kind__in=kinds, node__in={case.node_id for case in cases})
    held = held.order_by("-post_kind__rank", "pk")  # its worker, not its leader
    for node, begins, ends, person in held.values_list("node_id", "valid_from", "valid_to", "person_id"):
        posts[node].append((begins, ends, person))
    found: dict[int, int] = {}
    for case in cases:
        on = timezone.localdate(case.reported_at)
        for begins, ends, person in posts[case.node_id]:
            if begins <= on and (ends is None or on < ends):
                found[case.pk] = person
                break
    return found
