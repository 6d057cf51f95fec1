"""The desk: every pattern with the persons in it, and one person's rows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record_look, record_looks
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.kernel.refusals import Absent
from yemai.modules.cases.queries.listing import cases_for

from .patterns import DAYS, LEAST, PATTERNS, TIMES, Sign, signs, span_of

RUN = Permission.ASSESSMENT_RUN
ROWS_MOST = 200
GROUNDS_MOST = 300


def _actor(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 - the door needs a permission
    return request.user


@needs(RUN)
def desk(request: HttpRequest) -> HttpResponse:
    """The patterns of the last ninety days on a piece of ground; seeing persons in them is logged."""
    actor, now = _actor(request), timezone.now()
    node, grounds = _ground(request)
    span = span_of(node, now)
    found = [(pattern, signs(pattern.counted(span))) for pattern in PATTERNS.values()]
    people = {one.pk: one for one in Person.objects.filter(pk__in={sign.person for _p, rows in found for sign in rows})}
    if people:
        record_looks(actor=actor, subjects=people.values(), purpose="fairness", now=now, path=node.path)
    shown = [(pattern, _named(rows, people)) for pattern, rows in found]
    return render(
        request,
        "fairness/desk.html",
        {"node": node, "grounds": grounds, "patterns": shown, "days": DAYS, "least": LEAST, "times": TIMES},
    )


@needs(RUN)
def rows(request: HttpRequest, pattern: str, person_id: int) -> HttpResponse:
    """The cases of one person in one pattern. Raises Absent for nobody who is shown there."""
    actor, now = _actor(request), timezone.now()
    node, _grounds = _ground(request)
    known, span = PATTERNS.get(pattern), span_of(node, now)
    sign = next((one for one in signs(known.counted(span)) if one.person == person_id), None) if known else None
    person = Person.objects.filter(pk=person_id).first()
    if known is None or sign is None or person is None:
        raise Absent()
    record_look(actor=actor, subject=person, purpose="fairness", now=now, path=node.path)
    ids = list(known.cases(span, person_id))[:ROWS_MOST]
    cases = cases_for(actor).filter(pk__in=ids).select_related("node", "category").order_by("-reported_at")
    return render(
        request,
        "fairness/rows.html",
        {"node": node, "pattern": known, "sign": sign, "person": person, "cases": cases},
    )


def _named(rows: list[Sign], people: dict[int, Person]) -> list[tuple[Sign, Person]]:
    return [(row, people[row.person]) for row in rows if row.person in people]


def _ground(request: HttpRequest) -> tuple[Node, list[Node]]:
    """The ground asked for, else the highest where the actor assesses, and all there is to choose from. Raises Absent."""
    seen = Node.objects.filter(reach(_actor(request), RUN).q("path"), valid_to__isnull=True).defer("boundary")
    grounds = list(seen.order_by("tier__depth", "path")[:GROUNDS_MOST])
    asked = request.GET.get("node", "")
    node = next((one for one in grounds if str(one.pk) == asked), None) if asked else next(iter(grounds), None)
    if node is None:
        raise Absent(_("没有这片网格，或不在您的范围内。"))
    return node, grounds
