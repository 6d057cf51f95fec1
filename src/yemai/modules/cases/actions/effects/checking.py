"""Effects of feedback, checking and scoring: the disposer never checks, the resident has the last word."""

import hashlib
import secrets
from datetime import timedelta

from django.utils.translation import gettext as _

from yemai.base.parameters.queries import parameter
from yemai.base.territory.queries import successors
from yemai.kernel.refusals import Refused

from ...actors import Resident
from ...following import successor
from ...models import Assignment, Case, Contact, Disposer, Score, ScoreInvitation, StepRequest
from ...queries.replies import judged
from ...terms import SCORE_LABELS, UNHAPPY_AT_MOST, Moment, RequestKind, Stage, Verb, Who
from ..photos import attach
from ..steps import Draft
from .beside import answer_request
from .handling import own_assignment


def submit_feedback(draft: Draft) -> None:
    """Say what was done, with photos and outcome. A joint unit's feedback ends its own part only."""
    case = draft.case
    attach(draft, Moment.BEFORE, draft.given.photos_before)
    attach(draft, Moment.AFTER)
    if draft.person:
        Disposer.objects.get_or_create(case=case, person=draft.person)
    draft.content["outcome"] = draft.given.outcome
    draft.content["answer"] = judged(draft.case, Verb.SUBMIT_FEEDBACK, draft.text, draft.person).kept()
    own = own_assignment(draft)
    if own is not None:
        own.state, own.ended_at, own.text = Assignment.State.DONE, draft.now, draft.text
        own.save()
        draft.content["department"] = own.department_id
        if own.role == Assignment.Role.JOINT and Who.HANDLER not in draft.stands:
            draft.is_public = False
            draft.stay()
            return
    assert draft.given.outcome  # noqa: S101 - demanded by the table
    case.outcome = draft.given.outcome
    case.disposed_at = draft.now
    case.was_overdue = case.due_at is not None and draft.now > case.due_at
    draft.content["was_overdue"] = case.was_overdue
    case.requests.filter(kind__in=[RequestKind.EXTENSION, RequestKind.SUSPENSION], decided_at__isnull=True).update(
        decided_at=draft.now, is_approved=False
    )


def check_pass(draft: Draft) -> None:
    """The checker finds it done; the resident is invited to score."""
    attach(draft, Moment.CHECK)
    if draft.given.outcome and draft.given.outcome != draft.case.outcome:
        draft.content["outcome_before"] = draft.case.outcome
        draft.case.outcome = draft.given.outcome
    draft.content["outcome"] = draft.case.outcome
    for case in (draft.case, *draft.case.merged_cases.all()):
        if case.contacts.filter(role=Contact.Role.REPORTER, wants_news=True).exclude(phone_sealed="").exists():
            draft.links[case.pk] = _invite(draft, case, is_on_site=False)


def check_fail(draft: Draft) -> None:
    """Rework (返工): the same handler or unit, all data kept, the clock goes on from where feedback stopped it."""
    case = draft.case
    attach(draft, Moment.CHECK)
    case.reworks += 1
    case.disposed_at = None
    case.outcome = ""
    _reopen_lead(draft)


def _reopen_lead(draft: Draft) -> None:
    case = draft.case
    if case.lead_department_id:
        last = (
            case.assignments.filter(department=case.lead_department_id, role=Assignment.Role.LEAD)
            .order_by("-id")
            .first()
        )
        if last is not None and last.state != Assignment.State.OPEN:
            last.state, last.ended_at = Assignment.State.OPEN, None
            last.save()


def token_hash(token: str) -> str:
    """What is kept of a score link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite_score(draft: Draft) -> None:
    """Make a one-time link (or QR shown on the spot) for a resident; the token is handed out, never stored."""
    draft.case.score_token = _invite(draft, draft.case, is_on_site=True)


def _invite(draft: Draft, case: Case, *, is_on_site: bool) -> str:
    token = secrets.token_urlsafe(16)
    ScoreInvitation.objects.create(
        case=case,
        token_hash=token_hash(token),
        is_on_site=is_on_site,
        invited_by=draft.person,
        created_at=draft.now,
        expires_at=draft.now + timedelta(days=int(parameter("score_link_days"))),
    )
    return token


def score(draft: Draft) -> None:
    """The resident's score, once a round. An unhappy one opens a request to reopen; a person decides it."""
    case = draft.case
    value = draft.given.score
    if value not in SCORE_LABELS:
        raise Refused("bad-score", _("请在 1 到 5 之间评分。"), status=422, fields={"score": _("请选择")})
    invitation = None
    if isinstance(draft.actor, Resident) and draft.actor.invitation_id:
        invitation = ScoreInvitation.objects.select_for_update().get(pk=draft.actor.invitation_id)
        if invitation.used_at:
            raise Refused("link-used", _("这个评价链接已经用过了，谢谢您的评价。"), status=410)
        if draft.now > invitation.expires_at:
            raise Refused("link-expired", _("这个评价链接已经过期，可请工作人员再发一个。"), status=410)
        invitation.used_at = draft.now
        invitation.save()
    Score.objects.create(
        case=case, round=case.reopens, value=value, text=draft.text, invitation=invitation, at=draft.now
    )
    case.score = value
    draft.content["score"] = value
    if case.stage == Stage.MERGED:
        draft.stay()
        return
    case.closed_at = draft.now
    if value <= UNHAPPY_AT_MOST:
        StepRequest.objects.get_or_create(
            case=case,
            kind=RequestKind.REOPEN,
            decided_at=None,
            defaults={"asked_at": draft.now, "reason": draft.text or str(SCORE_LABELS[value])},
        )
        draft.content["asks_reopen"] = True


def request_reopen(draft: Draft) -> None:
    """Ask that a closed case be taken up again; another person confirms."""
    StepRequest.objects.create(
        case=draft.case, kind=RequestKind.REOPEN, asked_by=draft.person, asked_at=draft.now, reason=draft.text
    )


def confirm_reopen(draft: Draft) -> None:
    """Take the case up again: same handler or unit, a fresh limit, a new score to come."""
    case = draft.case
    answer_request(draft, RequestKind.REOPEN, is_approved=True)
    case.reopens += 1
    case.outcome, case.score, case.disposed_at, case.closed_at = "", None, None, None
    draft.fresh_limit = case.limit or None
    if case.node.valid_to is not None and (after := successors(case.node)):  # the ground changed hands since
        draft.content["old"], node = {"node": case.node_id}, successor(case, after)
        case.node, case.path = node, node.path
        draft.content["new"] = {"node": node.pk}
    _reopen_lead(draft)


def close(draft: Draft) -> None:
    """The rating window passed without an answer: closed unrated, never counted as satisfied."""
    draft.case.closed_at = draft.now
    draft.content["unrated"] = True
