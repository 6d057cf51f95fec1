"""What of a case goes into the full-text index: its words, its day, and all by which somebody may see it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.utils import timezone

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.people.queries import acts_for
from yemai.base.search.index import Entry, mark
from yemai.base.territory.rules import STEP, ids_of

from .models import Assignment, Case
from .queries.standing import department_reach

NODE, PERSON, UNIT, DAY, MONTH = "n", "h", "d", "t", "m"
COLUMNS = ("pk", "title", "text", "place_text", "reported_at", "path", "handler_id", "verifier_id", "reporter_id")
MONTHS_MOST = 240
"""A longer span is not looked up by its months: twenty years are everything."""


def entries(case_ids: Sequence[int]) -> Iterator[Entry]:
    """These cases as the index takes them; two queries."""
    units: dict[int, set[int]] = {}
    for case_id, unit in Assignment.objects.filter(case__in=case_ids).values_list("case_id", "department_id"):
        units.setdefault(case_id, set()).add(unit)
    for pk, title, text, place, reported_at, path, *people in Case.objects.filter(pk__in=case_ids).values_list(
        *COLUMNS
    ):
        on = timezone.localdate(reported_at)
        marks = [mark(DAY, on.toordinal()), mark(MONTH, _month(on)), *(mark(NODE, one) for one in ids_of(path))]
        marks += [mark(PERSON, one) for one in people if one is not None]
        marks += [mark(UNIT, one) for one in units.get(pk, ())]
        yield Entry(pk, f"{title} {text} {place}", frozenset(marks))


def marks_of(actor: Person) -> frozenset[str] | None:
    """By which marks an actor finds cases: the same three ways as `listing.cases_for`. None: the whole town, so any."""
    ground = reach(actor, Permission.CASE_VIEW).paths
    if any(len(path) == STEP for path in ground):
        return None
    nodes = (mark(NODE, ids_of(path)[-1]) for path in ground)
    names = (mark(PERSON, one) for one in acts_for(actor))
    units = (mark(UNIT, one) for one in department_reach(actor).departments)
    return frozenset([*nodes, *names, *units])


def marks_between(since: date, until: date) -> frozenset[str] | None:
    """The marks of the days from `since` to `until`, both included, whole months as one. None: too many, so any."""
    if _month(until) - _month(since) > MONTHS_MOST:
        return None
    marks: set[str] = set()
    day = since
    while day <= until:
        following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        if day.day == 1 and following <= until + timedelta(days=1):
            marks.add(mark(MONTH, _month(day)))
            day = following
        else:
            marks.add(mark(DAY, day.toordinal()))
            day += timedelta(days=1)
    return frozenset(marks)


def _month(on: date) -> int:
    return on.year * 12 + on.month
