"""Appeals against results, and hard stops: each is one person's word and another's decision."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError
from django.utils.translation import gettext as _

from yemai.base.access.queries import may
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record
from yemai.base.jobs.actions import enqueue
from yemai.base.people.models import Person
from yemai.base.territory.queries import town
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..models import Appeal, CaseFact, HardStop, LeftOut, Result
from ..queries.results import may_appeal
from ..subjects import Subject
from ..terms import AppealState, RunState, StopKind
from .facts import note_changed


def make_appeal(result: Result, text: str, *, cases: Sequence[int] = (), actor: Person, now: datetime) -> Appeal:
    """Say that an own result is wrong, and which cases should not count.

    Raises Refused: 403 `not-yours`, 409 `appeals-over`, `appealed`, 422 `missing`, `no-such-case`.
    """
    run = result.run
    if not may_appeal(actor, result):
        raise Refused("not-yours", _("只能对自己的或自己所在网格、单位的结果申诉。"), status=403)
    if run.state != RunState.REVIEW or run.appeals_until is None or now >= run.appeals_until:
        raise Refused("appeals-over", _("申诉期已过，不能再申诉。"))
    if not text.strip():
        raise Refused("missing", _("请写明哪里不对。"), status=422, fields={"text": _("请写明哪里不对。")})
    counted = set(
        CaseFact.objects.filter(pk__in=cases, **{Subject(run.version.subject).column: result.subject_id}).values_list(
            "pk", flat=True
        )
    )
    if unknown := [one for one in cases if one not in counted]:
        said = _("事件 %(ids)s 不在这个结果里。") % {"ids": "、".join(map(str, unknown))}
        raise Refused("no-such-case", said, status=422, fields={"cases": said})
    try:
        with writing():
            made = Appeal.objects.create(
                result=result, made_by=actor, made_at=now, text=text.strip()[:5000], cases=sorted(counted)
            )
            record(actor=actor, action="appeal_result", subject=run, now=now, after={"result": result.pk})
    except IntegrityError:
        raise Refused("appealed", _("这个结果您已申诉过，或正有申诉在复核。")) from None
    return made


def decide_appeal(appeal: Appeal, *, is_upheld: bool, answer: str, actor: Person, now: datetime) -> Appeal:
    """Decide an appeal; when it is upheld its cases no longer count, and the run is counted anew.

    Raises Refused: 403 `not-yours`, `not-the-same-person`, 409 `decided`, 422 `missing`.
    """
    run = appeal.result.run
    if not may(actor, Permission.ASSESSMENT_RUN, run.node.path):
        raise Refused("not-yours", _("您没有在这里组织考核的权限。"), status=403)
    if actor.pk in (run.started_by_id, appeal.made_by_id):
        raise Refused("not-the-same-person", _("申诉要由发起考核和提出申诉以外的人复核。"), status=403)
    if not answer.strip():
        raise Refused("missing", _("请写明复核意见。"), status=422, fields={"answer": _("请写明复核意见。")})
    with writing():
        fresh = Appeal.objects.select_for_update().get(pk=appeal.pk)
        if fresh.state != AppealState.OPEN:
            raise Refused("decided", _("这件申诉已经复核过。"))
        fresh.state = AppealState.UPHELD if is_upheld else AppealState.DISMISSED
        fresh.answer, fresh.decided_by, fresh.decided_at = answer.strip()[:5000], actor, now
        fresh.save()
        if is_upheld and fresh.cases:
            LeftOut.objects.bulk_create(
                [LeftOut(case_id=one, appeal=fresh) for one in fresh.cases], ignore_conflicts=True
            )
            note_changed(fresh.cases)
            enqueue("assessment.compute", {"run": run.pk})
        record(
            actor=actor, action="decide_appeal", subject=run, now=now, after={"appeal": fresh.pk, "upheld": is_upheld}
        )
    return fresh


def enter_stop(
    subject: str, subject_id: int, kind: str, *, on: date, text: str, actor: Person, now: datetime
) -> HardStop:
    """Enter a fact that caps the stars at one; it counts once another person has confirmed it. Raises Refused."""
    _assesses(actor)
    if kind not in StopKind.values or not text.strip():
        raise Refused(
            "missing", _("请选择情形并写明事实与依据。"), status=422, fields={"text": _("请写明事实与依据。")}
        )
    with writing():
        made = HardStop.objects.create(
            subject=subject,
            subject_id=subject_id,
            kind=kind,
            on=on,
            text=text.strip()[:5000],
            entered_by=actor,
            entered_at=now,
        )
        record(actor=actor, action="enter_hard_stop", subject=made, now=now)
    return made


def confirm_stop(stop: HardStop, *, actor: Person, now: datetime) -> HardStop:
    """Confirm what another person entered. Raises Refused 403 `not-the-same-person`, `not-yours`."""
    _assesses(actor)
    if actor.pk == stop.entered_by_id:
        raise Refused("not-the-same-person", _("录入的人不能自己确认，请另一位来确认。"), status=403)
    with writing():
        HardStop.objects.filter(pk=stop.pk, confirmed_by__isnull=True).update(confirmed_by=actor, confirmed_at=now)
        record(actor=actor, action="confirm_hard_stop", subject=stop, now=now)
    stop.refresh_from_db()
    return stop


def _assesses(actor: Person) -> None:
    if not may(actor, Permission.ASSESSMENT_RUN, town().path):
        raise Refused("not-yours", _("您没有组织考核的权限。"), status=403)
