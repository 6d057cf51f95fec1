"""Lists of cases an actor may see, one page at a time; scope is an indexed range of paths, never a Python filter."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.people.queries import acts_for
from yemai.base.search.index import Asked, some
from yemai.base.search.models import Waiting
from yemai.base.search.words import runs
from yemai.kernel.refusals import Absent

from ..models import Assignment, Case, StepRequest, StoryStep
from ..terms import OPEN_STAGES, UNCOUNTED, Lamp, Rung, Stage, Verb
from .standing import department_reach

PAGE = 50
LISTED_MOST = 5_000


def cases_for(actor: Person) -> QuerySet[Case]:
    """Every case the actor may see: their ground, their units' assignments, what is or was asked of them."""
    own = Q(handler__in=acts_for(actor)) | Q(verifier__in=acts_for(actor)) | Q(reporter=actor)
    ground = reach(actor, Permission.CASE_VIEW)
    visible: Any = own | ground.q("path") if ground.paths else own
    units = department_reach(actor).departments
    if units:
        visible |= Exists(
            Assignment.objects.filter(
                case=OuterRef("pk"),
                department__in=units,
                state__in=[Assignment.State.OPEN, Assignment.State.DONE],
            )
        )
    return Case.objects.filter(visible)


def case_for(actor: Person, case_id: int) -> Case:
    """One case with what its page shows. Raises Absent for what does not exist and what may not be seen alike."""
    found = (
        cases_for(actor)
        .select_related(
            "node",
            "node__parent",
            "category",
            "condition",
            "handler",
            "verifier",
            "lead_department",
            "main_case",
            "building",
        )
        .filter(pk=case_id)
        .first()
    )
    if found is None:
        raise Absent()
    return found


MOMENTS = ("reported", "disposed", "closed")


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a list is narrowed to; lives in the page's address so that a view can be sent to a colleague."""

    stage: str = ""
    lamp: str = ""
    rung: str = ""
    source: str = ""
    priority: str = ""
    category: int | None = None
    node: str = ""
    """A path; the whole subtree."""
    handler: int | None = None
    department: int | None = None
    words: str = ""
    is_open: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    moment: str = "reported"
    """What `since` and `until` speak of: reported, disposed or closed."""
    outcome: str = ""
    score: int | None = None
    was_overdue: bool | None = None
    was_returned: bool = False
    is_counted: bool = False
    """Without what no figure counts: merged ones, tests and what was withdrawn."""
    standing_at: datetime | None = None
    """Reported before this moment and not closed by then."""
    categories: str = ""
    """The first characters of a class's code: "E", "E01", "E0104"."""


def narrowed(cases: QuerySet[Case], by: Filter, now: datetime) -> QuerySet[Case]:
    """`cases` narrowed by a filter; unknown values narrow to nothing rather than being ignored."""
    if by.stage:
        cases = cases.filter(stage=by.stage)
    if by.is_open is not None:
        cases = cases.filter(stage__in=OPEN_STAGES) if by.is_open else cases.exclude(stage__in=OPEN_STAGES)
    if by.lamp:
        cases = cases.filter(lamp_q(Lamp(by.lamp) if by.lamp in Lamp.values else Lamp.NONE, now))
    for name, value in (("rung", by.rung), ("source", by.source), ("priority", by.priority), ("outcome", by.outcome)):
        if value:
            cases = cases.filter(**{name: value})
    if by.category:
        cases = cases.filter(category=by.category)
    if by.node:
        cases = cases.filter(path__gte=by.node, path__lt=by.node + "z")
    if by.handler:
        cases = cases.filter(handler=by.handler)
    if by.department:
        cases = cases.filter(lead_department=by.department)
    if by.words:
        cases = cases.filter(words_q(by.words.strip()[:60]))
    moment = by.moment if by.moment in MOMENTS else "reported"
    if by.since:
        cases = cases.filter(**{f"{moment}_at__gte": by.since})
    if by.until:
        cases = cases.filter(**{f"{moment}_at__lt": by.until})
    if by.score is not None:
        cases = cases.filter(score=by.score)
    if by.was_overdue is not None:
        cases = cases.filter(was_overdue=by.was_overdue)
    if by.was_returned:
        cases = cases.filter(returns__gt=0)
    if by.is_counted:
        cases = cases.exclude(stage=Stage.MERGED).exclude(reject_reason__in=UNCOUNTED)
    if by.standing_at:
        cases = cases.filter(
            Q(closed_at__isnull=True) | Q(closed_at__gte=by.standing_at), reported_at__lt=by.standing_at
        )
    for name, value in zip(
        ("kind", "major", "minor"), (by.categories[:1], by.categories[1:3], by.categories[3:]), strict=True
    ):
        if value:
            cases = cases.filter(**{f"category__{name}": value})
    return cases


def words_q(words: str) -> Q:
    """A code exactly, or every word in title, text or place.

    Rare words come from the full-text index; those of more cases than LISTED_MOST are soon met by whoever reads the list.
    """
    code = Q(tracking_code=words.upper().replace("-", "")) | Q(number=words.upper())
    said = Q()
    for word in words.split():
        said &= Q(title__icontains=word) | Q(text__icontains=word) | Q(place_text__icontains=word)
    asked = Asked(runs(words))
    found = some(asked, LISTED_MOST + 1)
    if not asked.terms or len(found) > LISTED_MOST:
        return code | said
    return code | (Q(pk__in=found) | Q(pk__in=Waiting.objects.values("case_id"))) & said


def lamp_q(lamp: Lamp, now: datetime) -> Q:
    """The lamp as a condition on the stored clock: overdue is what the clock says now."""
    running = Q(stage__in=OPEN_STAGES - {Stage.SUSPENDED})
    return {
        Lamp.RED: running & Q(clock_due_at__lt=now),
        Lamp.YELLOW: running & Q(clock_due_at__gte=now, clock_warn_at__lte=now),
        Lamp.GREEN: running & Q(clock_due_at__gte=now) & (Q(clock_warn_at__gt=now) | Q(clock_warn_at__isnull=True)),
        Lamp.GREY: Q(stage=Stage.SUSPENDED),
        Lamp.NONE: ~running & ~Q(stage=Stage.SUSPENDED) | running & Q(clock_due_at__isnull=True),
    }[lamp]


def by_due(cases: QuerySet[Case]) -> QuerySet[Case]:
    """A work queue's order: what is due first stands first."""
    return (
        with_joint(cases)
        .select_related("node", "category", "handler", "lead_department")
        .order_by("clock_due_at", "id")
    )


def with_joint(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Each with `joint_open`, whether a joint unit still owes its feedback: the lead unit's waits for it."""
    owed = Assignment.objects.filter(case=OuterRef("pk"), role=Assignment.Role.JOINT, state=Assignment.State.OPEN)
    return cases.annotate(joint_open=Exists(owed))


def newest(cases: QuerySet[Case]) -> QuerySet[Case]:
    """A register's order."""
    return cases.select_related("node", "category", "handler", "lead_department").order_by("-id")


# --- the desks' lists ---


def mine(actor: Person) -> QuerySet[Case]:
    """What is mine now: handling or verifying in my name, or in the name of somebody away whose deputy I am."""
    names = acts_for(actor)
    return Case.objects.filter(
        Q(handler__in=names, stage__in=[Stage.HANDLING, Stage.SUSPENDED]) | Q(verifier__in=names, stage=Stage.VERIFYING)
    )


def to_take(actor: Person) -> QuerySet[Case]:
    """What lies on my ground and nobody has taken."""
    return Case.objects.filter(reach(actor, Permission.CASE_HANDLE).q("path")).filter(
        Q(stage=Stage.REPORTED) | Q(stage=Stage.HANDLING, handler=None, rung=Rung.MICROGRID)
    )


def to_consult(actor: Person) -> QuerySet[Case]:
    """What waits for the micro-grid leader: handed up, or in consultation."""
    return Case.objects.filter(reach(actor, Permission.CASE_CONSULT).q("path")).filter(
        Q(stage=Stage.CONSULTING) | Q(stage=Stage.HANDLING, rung=Rung.LEADER, handler=None)
    )


def to_check(actor: Person) -> QuerySet[Case]:
    """What waits for a check by someone who did not dispose of it."""
    return (
        Case.objects.filter(reach(actor, Permission.CASE_CHECK).q("path"), stage=Stage.CHECKING)
        .exclude(disposers__person=actor)
        .exclude(lead_department__in=department_reach(actor).departments)
    )


def to_rate(actor: Person) -> QuerySet[Case]:
    """What waits for a resident's score; an invitation on the spot may be made."""
    return Case.objects.filter(
        reach(actor, Permission.CASE_CHECK).q("path") | reach(actor, Permission.CASE_CONSULT).q("path"),
        stage=Stage.RATING,
    )


def to_intake(actor: Person) -> QuerySet[Case]:
    """What waits at the intake desk."""
    return Case.objects.filter(reach(actor, Permission.CASE_INTAKE).q("path"), stage=Stage.REPORTED)


def to_dispatch(actor: Person) -> QuerySet[Case]:
    """What was handed up or bounced and waits for the town centre to name a unit."""
    return Case.objects.filter(
        reach(actor, Permission.CASE_DISPATCH).q("path"),
        stage=Stage.HANDLING,
        rung__in=[Rung.DEPARTMENT, Rung.CENTRE],
        lead_department=None,
        handler=None,
    )


def to_decide(actor: Person) -> QuerySet[Case]:
    """Cases with an extension, suspension or reopen request that the actor may decide."""
    asked = StepRequest.objects.filter(case=OuterRef("pk"), decided_at__isnull=True).exclude(asked_by=actor)
    return Case.objects.filter(
        reach(actor, Permission.CASE_DISPATCH).q("path") | reach(actor, Permission.CASE_SUPERVISE).q("path"),
    ).filter(Exists(asked))


def bounced(actor: Person) -> QuerySet[Case]:
    """Open cases that were returned, most often first."""
    return (
        Case.objects.filter(
            reach(actor, Permission.CASE_DISPATCH).q("path") | reach(actor, Permission.CASE_SUPERVISE).q("path"),
            returns__gt=0,
            stage__in=OPEN_STAGES,
        )
        .select_related("node", "category", "handler", "lead_department")
        .order_by("-returns", "clock_due_at", "id")
    )


def of_units(actor: Person) -> QuerySet[Case]:
    """Open assignments of the actor's own units, and nothing else."""
    units = department_reach(actor).departments
    return Case.objects.filter(
        Exists(Assignment.objects.filter(case=OuterRef("pk"), department__in=units, state=Assignment.State.OPEN)),
        stage__in=[Stage.HANDLING, Stage.SUSPENDED],
    )


def late(actor: Person, now: datetime) -> QuerySet[Case]:
    """What is overdue on the actor's ground."""
    return cases_for(actor).filter(lamp_q(Lamp.RED, now))


QUEUES = {
    "mine": mine,
    "take": to_take,
    "consult": to_consult,
    "check": to_check,
    "rate": to_rate,
    "intake": to_intake,
    "dispatch": to_dispatch,
    "decide": to_decide,
    "bounced": bounced,
    "units": of_units,
}
"""Work queues by the name that stands in their address."""
BY_DUE = ("clock_due_at", "id")
ORDERS = {"intake": ("-urgency", "reported_at", "id"), "take": ("-urgency", *BY_DUE), "bounced": ("-returns", *BY_DUE)}
"""What a queue is ordered by where it is not its clock alone: at intake, what can't wait and then who has waited longest."""


def order_of(name: str) -> tuple[str, ...]:
    """The keys of a queue's order."""
    return ORDERS.get(name, BY_DUE)


def story_of(case: Case, *, public_only: bool = False) -> QuerySet[StoryStep]:
    """The rows of a story in order."""
    rows = StoryStep.objects.filter(case=case).select_related("actor").order_by("seq")
    return rows.filter(is_public=True) if public_only else rows


def last_words(case: Case, verb: Verb) -> StoryStep | None:
    """The newest row of a verb."""
    return StoryStep.objects.filter(case=case, verb=verb).order_by("-seq").first()
