"""Runs and results as an actor may see them: who runs assessments sees all of their ground, everybody else their own,
and once published the stars of grids and units (never those of another person)."""

from datetime import date

from django.db.models import Count as Number
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent

from ..models import Appeal, HardStop, Result, Run, SchemeVersion
from ..subjects import PEOPLE, Subject
from ..terms import RunState
from .subjects import own_subjects

PERSONS = [one.value for one in PEOPLE]
AREAS = [one.value for one in Subject if one.is_area]


def runs_for(actor: Person) -> QuerySet[Run]:
    """The runs on the ground where the actor assesses, the newest first, with how many results each has."""
    ground = reach(actor, Permission.ASSESSMENT_RUN).q("node__path")
    return (
        Run.objects.filter(ground)
        .select_related("version", "node", "started_by", "job")
        .annotate(number=Number("results"))
    )


def run_for(actor: Person, run_id: int) -> Run:
    """One of them. Raises Absent."""
    run = runs_for(actor).filter(pk=run_id).first()
    if run is None:
        raise Absent(_("没有这次考核。"))
    return run


def results_for(actor: Person) -> QuerySet[Result]:
    """The results an actor may open."""
    own = own_subjects(actor)
    mine = (
        Q(run__version__subject__in=PERSONS, subject_id__in=own["person"])
        | Q(run__version__subject=Subject.DEPARTMENT, subject_id__in=own["department"])
        | Q(run__version__subject__in=AREAS, subject_id__in=own["area"])
    )
    told = mine & Q(run__state__in=[RunState.REVIEW, RunState.PUBLISHED])
    posted = Q(run__state=RunState.PUBLISHED) & ~Q(run__version__subject__in=PERSONS)
    everything = reach(actor, Permission.ASSESSMENT_RUN).q("run__node__path")
    return Result.objects.filter(told | posted | everything).select_related("run__version", "run__node", "confirmed_by")


def own_results(actor: Person) -> QuerySet[Result]:
    """The actor's own results and those of where they hold posts, the newest first."""
    own = own_subjects(actor)
    mine = (
        Q(run__version__subject__in=PERSONS, subject_id__in=own["person"])
        | Q(run__version__subject=Subject.DEPARTMENT, subject_id__in=own["department"])
        | Q(run__version__subject__in=AREAS, subject_id__in=own["area"])
    )
    told = Q(run__state__in=[RunState.REVIEW, RunState.PUBLISHED])
    return (
        Result.objects.filter(mine & told).select_related("run__version", "run__node").order_by("-run__last", "-run_id")
    )


def result_for(actor: Person, result_id: int) -> Result:
    """One of them. Raises Absent."""
    result = results_for(actor).filter(pk=result_id).first()
    if result is None:
        raise Absent(_("没有这个考核结果。"))
    return result


def may_appeal(actor: Person, result: Result) -> bool:
    """Is the result the actor's own?"""
    return own_results(actor).filter(pk=result.pk).exists()


def appeals_for(actor: Person) -> QuerySet[Appeal]:
    """The appeals on ground where the actor assesses."""
    ground = reach(actor, Permission.ASSESSMENT_RUN).q("result__run__node__path")
    return Appeal.objects.filter(ground).select_related("result__run__version", "made_by", "decided_by")


def versions_in_force(on: date) -> list[SchemeVersion]:
    """Of each kind of subject the version that holds on a day."""
    found: dict[str, SchemeVersion] = {}
    for version in SchemeVersion.objects.filter(effective_from__lte=on).order_by("effective_from", "number"):
        found[version.subject] = version
    return [found[one] for one in Subject.values if one in found]


def stops_in(run: Run) -> set[int]:
    """The subjects with a confirmed hard stop in the period."""
    stops = HardStop.objects.filter(
        subject=run.version.subject, on__range=(run.first, run.last), confirmed_by__isnull=False
    )
    return set(stops.values_list("subject_id", flat=True))
