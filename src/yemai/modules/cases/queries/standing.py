"""How an actor stands to a case, and the facts the table asks for."""

from datetime import datetime

from yemai.base.access.queries import Reach, reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.people.queries import acts_for

from ..actors import Actor, Resident, System
from ..models import Assignment, Case, Contact, Score, StepRequest
from ..rules import Facts
from ..terms import RequestKind, Rung, Stage, Who

BY_PERMISSION = {
    Permission.CASE_VIEW: Who.VIEWER,
    Permission.CASE_INTAKE: Who.INTAKE,
    Permission.CASE_HANDLE: Who.WORKER,
    Permission.CASE_CONSULT: Who.LEADER,
    Permission.CASE_DISPATCH: Who.CENTRE,
    Permission.CASE_CHECK: Who.CHECKER,
    Permission.CASE_SUPERVISE: Who.SUPERVISOR,
}


def stands_of(actor: Actor, case: Case) -> frozenset[Who]:
    """Every relation of `actor` to `case`.

    A resident holds the case by its tracking code; the phone that sent it is its reporter, who alone withdraws, mends the
    place and, like whoever was handed a one-time link, rates. Staff see tracking codes, so a code alone must not rate.
    """
    if isinstance(actor, System):
        return frozenset({Who.SYSTEM, Who.ANYONE})
    if isinstance(actor, Resident):
        return _resident_stands(actor, case)
    stands = {Who.ANYONE}
    for permission, who in BY_PERMISSION.items():
        if reach(actor, permission).covers(case.path):
            stands.add(who)
    if case.handler_id in acts_for(actor):
        stands |= {Who.HANDLER, Who.VIEWER}
    if case.verifier_id in acts_for(actor) and case.stage == Stage.VERIFYING:
        stands |= {Who.VERIFIER, Who.VIEWER}
    if case.reporter_id == actor.pk:
        stands |= {Who.REPORTER, Who.VIEWER}
    own_units = department_reach(actor).departments
    disposed = case.disposers.filter(person=actor).exists() or case.handler_id in acts_for(actor)
    if own_units:
        for role, state in case.assignments.filter(department__in=own_units).values_list("role", "state"):
            if state == Assignment.State.OPEN:
                stands |= {Who.LEAD_UNIT if role == Assignment.Role.LEAD else Who.JOINT_UNIT, Who.VIEWER}
            elif state == Assignment.State.DONE:
                stands.add(Who.VIEWER)
            disposed = disposed or state in (Assignment.State.OPEN, Assignment.State.DONE)
    if disposed:
        stands.add(Who.DISPOSER)
    return frozenset(stands)


def _resident_stands(resident: Resident, case: Case) -> frozenset[Who]:
    stands = {Who.ANYONE, Who.CODE_HOLDER}
    sent = case.contacts.filter(role=Contact.Role.REPORTER, device_hash=resident.device_hash)
    if resident.device_hash and sent.exists():
        stands |= {Who.REPORTER, Who.RATER}
    if resident.invitation_id and case.invitations.filter(pk=resident.invitation_id).exists():
        stands.add(Who.RATER)
    return frozenset(stands)


def department_reach(person: Person) -> Reach:
    """The departments a person acts for."""
    return reach(person, Permission.CASE_DEPARTMENT)


def facts_of(case: Case, now: datetime) -> Facts:
    """What the table needs to know, read inside the step's transaction (at most four small queries)."""
    stage = Stage(case.stage)
    lead_is_final, joint = False, 0
    if stage in (Stage.HANDLING, Stage.CONSULTING, Stage.SUSPENDED, Stage.CHECKING):
        for role, is_final in case.assignments.filter(state=Assignment.State.OPEN).values_list("role", "is_final"):
            if role == Assignment.Role.LEAD:
                lead_is_final = is_final
            else:
                joint += 1
    open_requests = (
        frozenset(
            RequestKind(kind)
            for kind in StepRequest.objects.filter(case=case, decided_at__isnull=True).values_list("kind", flat=True)
        )
        if stage in (Stage.HANDLING, Stage.CLOSED)
        else frozenset()
    )
    scored = main_done = False
    if stage in (Stage.RATING, Stage.MERGED):
        scored = Score.objects.filter(case=case, round=case.reopens).exists()
        if stage == Stage.MERGED and case.main_case_id:
            main_done = Case.objects.filter(pk=case.main_case_id, stage__in=[Stage.RATING, Stage.CLOSED]).exists()
    return Facts(
        stage=stage,
        rung=Rung(case.rung),
        has_handler=case.handler_id is not None,
        has_lead_unit=case.lead_department_id is not None,
        lead_is_final=lead_is_final,
        open_joint_units=joint,
        due_at=case.due_at if case.started_at else None,
        extensions=case.extensions,
        open_requests=open_requests,
        scored=scored,
        main_scored_stage=main_done,
        reminded_at=case.reminded_at,
    )
