"""Hot issues an actor may see: those with a case they may see; what lies in them beyond that is counted, never told."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent

from ..models import Case, HotCase, HotIssue, HotNight, StoryStep
from ..terms import HotState, Verb
from .listing import cases_for

MERGERS = (Permission.CASE_INTAKE, Permission.CASE_DISPATCH)
"""Who may merge (`STEPS`: intake and the town centre) decides about hot issues too."""
SHOWN = 200
"""Messages on the page of an issue, the newest."""
WEEKS_FROM = 60
"""Days from which on the curve counts weeks."""
COLUMNS_MOST = 60


def hot_issues_for(actor: Person) -> QuerySet[HotIssue]:
    """Issues of which the actor may see a case, growing first."""
    seen = HotCase.objects.filter(issue=OuterRef("pk"), case__in=cases_for(actor))
    return (
        HotIssue.objects.filter(Exists(seen))
        .select_related("node")
        .order_by("-is_growing", "-recent", "-last_at", "-id")
    )


def issue_for(actor: Person, issue_id: int) -> HotIssue:
    """One issue; one that was joined to another leads there. Raises Absent for what may not be seen and what is not."""
    joined = HotIssue.objects.filter(pk=issue_id, state=HotState.JOINED).values_list("joined_to", flat=True).first()
    found = hot_issues_for(actor).filter(pk=joined or issue_id).first()
    if found is None:
        raise Absent()
    return found


def may_decide(actor: Person, issue: HotIssue) -> bool:
    """May the actor decide on the whole ground of the issue?"""
    return any(reach(actor, permission).covers(issue.path) for permission in MERGERS)


def issue_of(case: Case) -> HotIssue | None:
    """The hot issue a case lies in, unless people said it is none."""
    member = HotCase.objects.select_related("issue").filter(case=case).first()
    return member.issue if member and member.issue.state == HotState.OPEN else None


def narrowed(issues: QuerySet[HotIssue], *, state: str, words: str, is_growing: bool, node: str) -> QuerySet[HotIssue]:
    """Narrowed by what stands in the address."""
    issues = issues.filter(state=state or HotState.OPEN)
    if words:
        issues = issues.filter(Q(words__icontains=words) | Q(node__name__icontains=words))
    if is_growing:
        issues = issues.filter(is_growing=True)
    if node:
        issues = issues.filter(path__gte=node, path__lt=node + "z")
    return issues


def last_night() -> HotNight | None:
    """The newest night's work."""
    return HotNight.objects.order_by("-on").first()


@dataclass(frozen=True)
class Column:
    """One day or week of the curve; `left`, `top` and `height` in units of the drawing (0 to 100)."""

    begins: date
    count: int
    left: float
    top: float
    height: float


@dataclass(frozen=True)
class IssueView:
    """An issue as its page shows it."""

    issue: HotIssue
    cases: list[Case]
    hidden: int
    """Cases one may not see."""
    more: int
    """Cases one may see, older than those shown."""
    columns: list[Column]
    by_week: bool
    answers: list[StoryStep]
    may_decide: bool

    @property
    def width(self) -> float:
        """Of a column, with a little room beside it."""
        return min(12.0, round(80 / len(self.columns), 3)) if self.columns else 0.0


def issue_view(actor: Person, issue: HotIssue) -> IssueView:
    """Its messages newest first, its curve, who answered what; in a fixed number of queries."""
    members = HotCase.objects.filter(issue=issue)
    seen = cases_for(actor).filter(pk__in=members.values("case"))
    total = seen.count()
    cases = list(
        seen.select_related("node", "category", "handler", "lead_department", "main_case", "hot").order_by(
            "-reported_at", "-id"
        )[:SHOWN]
    )
    answers = (
        StoryStep.objects.filter(case__in=[case.pk for case in cases], verb=Verb.SUBMIT_FEEDBACK)
        .select_related("actor", "case", "case__lead_department")
        .order_by("-at", "-id")[:SHOWN]
    )
    moments = list(members.values_list("case__reported_at", flat=True))
    columns, by_week = curve(moments)
    return IssueView(
        issue=issue,
        cases=cases,
        hidden=len(moments) - total,
        more=total - len(cases),
        columns=columns,
        by_week=by_week,
        answers=list(answers),
        may_decide=may_decide(actor, issue),
    )


def curve(moments: list[datetime]) -> tuple[list[Column], bool]:
    """Columns from the first day to the last, weeks where that is long; of very long ones the newest columns."""
    days = sorted(timezone.localdate(moment) for moment in moments)
    if not days:
        return [], False
    by_week = (days[-1] - days[0]).days > WEEKS_FROM
    step = timedelta(days=7 if by_week else 1)
    first = days[0] - timedelta(days=days[0].weekday()) if by_week else days[0]
    counts = Counter((day - first) // step for day in days)
    last = (days[-1] - first) // step
    shown = range(max(0, last - COLUMNS_MOST + 1), last + 1)
    most = max(counts[at] for at in shown)
    return [
        Column(
            first + at * step,
            counts[at],
            left=round(100 * place / len(shown), 3),
            top=round(100 - 100 * counts[at] / most, 2),
            height=round(100 * counts[at] / most, 2),
        )
        for place, at in enumerate(shown)
    ], by_week
