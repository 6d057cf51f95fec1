"""Effects beside the main line: requests and their decisions, suspension, reminders, supervision, comments."""

from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.parameters.queries import parameter
from yemai.kernel.refusals import Refused

from ... import clock, rules
from ...models import StepRequest
from ...terms import Moment, RequestKind, Stage
from ..photos import attach
from ..steps import Draft


def request_extension(draft: Draft) -> None:
    """Ask for one more original limit."""
    _ask(draft, RequestKind.EXTENSION)


def approve_extension(draft: Draft) -> None:
    """Grant one more original limit (at most twice; facts of the field: 延期)."""
    answer_request(draft, RequestKind.EXTENSION, is_approved=True)
    draft.case.extensions += 1
    clock.recompute(draft.case)
    draft.content["due_at"] = draft.case.due_at.isoformat() if draft.case.due_at else None


def request_suspension(draft: Draft) -> None:
    """Ask that the case be suspended until a review date."""
    _check_review(draft)
    _ask(draft, RequestKind.SUSPENSION)


def suspend(draft: Draft) -> None:
    """Suspend (挂账) with a reason and a review date, at most a year ahead; the clock stops."""
    _check_review(draft)
    answer_request(draft, RequestKind.SUSPENSION, is_approved=True)
    draft.case.review_on = draft.given.review_on
    draft.content["review_on"] = draft.given.review_on.isoformat() if draft.given.review_on else None


def resume(draft: Draft) -> None:
    """Go on; the clock runs from where it stopped."""
    draft.case.review_on = None


def decline_request(draft: Draft) -> None:
    """Decline an open request with a reason."""
    wanted = draft.given.request
    assert wanted  # noqa: S101 - demanded by the table
    if not draft.case.requests.filter(kind=wanted, decided_at__isnull=True).exists():
        raise Refused("not-now", _("没有待决定的这种申请。"))
    answer_request(draft, wanted, is_approved=False)
    draft.content["request"] = wanted


def remind(draft: Draft) -> None:
    """催办: the one who holds it is told again."""
    draft.case.reminders += 1
    draft.case.reminded_at = draft.now


def supervise(draft: Draft) -> None:
    """督办: the case is marked until it closes."""
    draft.case.is_supervised = True
    draft.content["due_on"] = draft.given.due_on.isoformat() if draft.given.due_on else None


def comment(draft: Draft) -> None:
    """A word in the story: a resident's is open to staff and themselves; staff choose internal or to the reporter."""
    from_reporter = draft.person is None
    draft.is_public = from_reporter or draft.given.is_public
    attach(draft, Moment.REPORT if from_reporter or draft.case.stage == Stage.REPORTED else Moment.BEFORE)


def _check_review(draft: Draft) -> None:
    days = int(parameter("suspension")["days"])
    today = timezone.localdate(draft.now)
    if draft.given.review_on is None or not rules.is_reviewable(draft.given.review_on, today, days):
        raise Refused(
            "bad-review-date",
            _("复核日期应在明天以后、%(days)d 天以内。") % {"days": days},
            status=422,
            fields={"review_on": _("请重新选择")},
        )


def _ask(draft: Draft, kind: RequestKind) -> None:
    StepRequest.objects.create(
        case=draft.case,
        kind=kind,
        asked_by=draft.person,
        asked_at=draft.now,
        reason=draft.text,
        review_on=draft.given.review_on,
    )


def answer_request(draft: Draft, kind: RequestKind, *, is_approved: bool) -> None:
    """Decide an open request of this kind, if there is one. Raises Refused `own-request` for the one who asked."""
    asked = draft.case.requests.filter(kind=kind, decided_at__isnull=True).first()
    if asked is None:
        return
    if asked.asked_by_id is not None and draft.person is not None and asked.asked_by_id == draft.person.pk:
        raise Refused("own-request", _("自己的申请要由另一个人决定。"), status=403)
    asked.decided_by, asked.decided_at, asked.is_approved = draft.person, draft.now, is_approved
    asked.save()
