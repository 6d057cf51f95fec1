"""Everything the page of one case shows, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yemai.base.files.models import StoredFile
from yemai.base.people.models import Person
from yemai.base.people.queries import team_of
from yemai.base.territory.models import Node

from .. import clock, rules
from ..models import Assignment, Case, CasePhoto, Consultation, Contact, HotIssue, StepRequest, StoryStep
from ..sealing import unseal_text
from ..steps import StepRule
from ..terms import Lamp, Stage, Who
from .hot import issue_of
from .listing import story_of
from .standing import facts_of, stands_of

FIRST = {
    Stage.REPORTED: ("take", "accept"),
    Stage.VERIFYING: ("confirm_report",),
    Stage.HANDLING: ("submit_feedback", "take", "assign"),
    Stage.CONSULTING: ("decide",),
    Stage.SUSPENDED: ("resume",),
    Stage.CHECKING: ("check_pass",),
    Stage.RATING: ("invite_score",),
    Stage.CLOSED: ("confirm_reopen",),
}
"""The one action that matters most in a stage: its button stands first and alone in the accent colour."""


def circle_of(node: Node, people: list[Person]) -> list[Person]:
    """Who may be called to a consultation: the three teams of the micro-grid, then whoever else may handle its cases."""
    teams = [member.person for members in team_of(node).values() for member in members]
    return list(dict.fromkeys([*teams, *people]))


def invited_to(case: Case) -> list[int]:
    """Who was called to the consultation that is going on: they are taken as present until somebody says otherwise."""
    meeting = case.consultations.filter(decided_at__isnull=True).first()
    return list(meeting.invited.values_list("pk", flat=True)) if meeting else []


@dataclass(frozen=True)
class ReporterContact:
    """A reporter's name and number, unsealed for those whose task it is; reading it is logged by the view."""

    name: str
    phone: str


@dataclass(frozen=True)
class CaseView:
    """One case as its page shows it."""

    case: Case
    stands: frozenset[Who]
    steps: list[StepRule]
    main_step: StepRule | None
    lamp: Lamp
    story: list[StoryStep]
    photos: list[CasePhoto]
    assignments: list[Assignment]
    consultations: list[Consultation]
    requests: list[StepRequest]
    merged: list[Case]
    may_see_reporter: bool
    hot: HotIssue | None

    @property
    def waits_for_joint(self) -> bool:
        """Whether the reader's unit leads and can't feed back before the joint units have."""
        joint = Assignment.Role.JOINT, Assignment.State.OPEN
        return Who.LEAD_UNIT in self.stands and any((one.role, one.state) == joint for one in self.assignments)


def case_view(actor: Person, case: Case, now: datetime) -> CaseView:
    """Assemble the page of `case` for `actor` (who may see it: see listing.case_for)."""
    stands = stands_of(actor, case)
    steps = rules.open_steps(facts_of(case, now), stands, now, extensions_max=clock.extensions_max(now))
    wanted = FIRST.get(Stage(case.stage), ())
    main = next((row for verb in wanted for row in steps if row.verb == verb), None)
    return CaseView(
        case=case,
        stands=stands,
        steps=[row for row in steps if row is not main],
        main_step=main,
        lamp=rules.lamp(Stage(case.stage), case.clock_warn_at, case.clock_due_at, now),
        story=list(story_of(case)),
        photos=list(case.photos.select_related("file")),
        assignments=list(case.assignments.select_related("department", "assigned_by").order_by("id")),
        consultations=list(case.consultations.select_related("called_by").prefetch_related("invited", "present")),
        requests=list(case.requests.select_related("asked_by", "decided_by").order_by("-id")),
        merged=list(case.merged_cases.order_by("id")[:50]),
        hot=issue_of(case),
        may_see_reporter=bool(stands & {Who.INTAKE, Who.HANDLER, Who.LEADER, Who.CENTRE, Who.VERIFIER}),
    )


def reporter_contact(case: Case) -> ReporterContact | None:
    """The reporter's name and number; the caller records the look."""
    contact = case.contacts.filter(role=Contact.Role.REPORTER).first()
    if contact is None or not (contact.name_sealed or contact.phone_sealed):
        return None
    return ReporterContact(unseal_text(contact.name_sealed), unseal_text(contact.phone_sealed))


def unattached(file_ids: list[UUID]) -> list[UUID]:
    """Those of these stored files that are still there and belong to no case yet, in their order."""
    free = set(StoredFile.objects.filter(pk__in=file_ids).values_list("pk", flat=True))
    free -= set(CasePhoto.objects.filter(file__in=file_ids).values_list("file_id", flat=True))
    return [pk for pk in file_ids if pk in free]


def photo_of(case: Case, photo_id: int) -> CasePhoto | None:
    """One photo of a case the caller was already allowed to open."""
    return case.photos.select_related("file").filter(pk=photo_id).first()
