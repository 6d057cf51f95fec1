"""Pure questions about a case: who may take which step now, what is due when, what the next rung is. No Django, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from yemai.kernel.refusals import Refused
from yemai.kernel.worktime import Limit, Unit, WorkCalendar, due_at, share_at

from .steps import STEPS, StepRule
from .terms import (
    LADDER,
    OPEN_STAGES,
    Clock,
    Lamp,
    RequestKind,
    Rung,
    Stage,
    Verb,
    Who,
)

RESIDENTS = frozenset({Who.REPORTER, Who.CODE_HOLDER})
STEPS_STAFF = frozenset({Who.INTAKE, Who.LEADER, Who.CENTRE})
Pauses = Sequence[tuple[datetime, datetime | None]]
STEP_WORDS = {
    "text": _("说明"),
    "category": _("类别"),
    "person": _("人员"),
    "outcome": _("处置结果"),
    "answer": _("给上报人的答复"),
    "reject_reason": _("不予受理的原因"),
    "return_reason": _("退单原因"),
    "main_case": _("主事件"),
    "review_on": _("复核日期"),
    "score": _("评分"),
    "is_true": _("核实结论"),
    "request": _("申请"),
}


@dataclass(frozen=True)
class Facts:
    """What the table needs to know of a case at one moment."""

    stage: Stage
    rung: Rung = Rung.MICROGRID
    has_handler: bool = False
    has_lead_unit: bool = False
    lead_is_final: bool = False
    """The town centre named this unit after a return: it stands."""
    open_joint_units: int = 0
    due_at: datetime | None = None
    extensions: int = 0
    open_requests: frozenset[RequestKind] = frozenset()
    scored: bool = False
    main_scored_stage: bool = False
    """For a merged case: its main case is at rating or closed."""
    reminded_at: datetime | None = None


def open_steps(facts: Facts, stands: Iterable[Who], now: datetime, *, extensions_max: int = 2) -> list[StepRule]:
    """The steps this actor may take now, in the table's order: the buttons of a page and the `can` of the API."""
    standing = frozenset(stands)
    return [
        row
        for row in STEPS.values()
        if row.verb != Verb.REPORT and blocked_by(row, facts, standing, now, extensions_max=extensions_max) is None
    ]


def check_step(
    verb: Verb, facts: Facts, stands: Iterable[Who], given: frozenset[str], now: datetime, *, extensions_max: int = 2
) -> StepRule:
    """The row of `verb` when it may be taken with what is `given`.

    Raises Refused: `wrong-stage`, `not-yours`, `not-the-disposer`, a verb's own reason, or `missing` naming fields.
    """
    row = STEPS[verb]
    if refusal := blocked_by(row, facts, frozenset(stands), now, extensions_max=extensions_max):
        raise refusal
    missing = [name for name in row.demands if name not in given]
    if missing:
        raise Refused(
            "missing",
            str(_("还缺：%(fields)s。补上后再提交，已填的内容不会丢。"))
            % {"fields": "、".join(str(STEP_WORDS.get(name, name)) for name in missing)},
            status=422,
            fields={name: str(_("请填写")) for name in missing},
        )
    return row


def blocked_by(
    row: StepRule, facts: Facts, stands: frozenset[Who], now: datetime, *, extensions_max: int = 2
) -> Refused | None:
    """Why `row` can't be taken by someone standing so, or None."""
    if facts.stage not in row.leaves:
        return Refused(
            "wrong-stage",
            str(_("这件事现在是“%(stage)s”，不能“%(verb)s”。请看最新进展。"))
            % {"stage": facts.stage.label, "verb": row.verb.label},
        )
    if not (stands & row.who):
        return Refused("not-yours", str(_("“%(verb)s”不由您来做。")) % {"verb": row.verb.label}, status=403)
    if stands & row.never:
        return Refused(
            "not-the-disposer",
            str(_("办理过这件事的人不能“%(verb)s”，请由另一位同事来做。")) % {"verb": row.verb.label},
            status=403,
        )
    return _verb_block(row.verb, facts, stands, now, extensions_max)


def _verb_block(verb: Verb, facts: Facts, stands: frozenset[Who], now: datetime, extensions_max: int) -> Refused | None:
    """The few conditions that are not a matter of stage and standing."""
    text: Any = None
    code = "not-now"
    if verb == Verb.TAKE and facts.has_handler:
        code, text = "already-taken", _("已有人接办这件事。")
    elif verb == Verb.TAKE and facts.rung in (Rung.DEPARTMENT, Rung.CENTRE):
        text = _("这件事已上报，由上级派遣。")
    elif verb == Verb.ASSIGN and Who.CENTRE not in stands and facts.rung in (Rung.DEPARTMENT, Rung.CENTRE):
        text = _("这件事已上报镇中心，由镇中心派遣。")
    elif verb == Verb.CONSULT and facts.rung in (Rung.DEPARTMENT, Rung.CENTRE):
        text = _("这件事已上报，微网格不再召集会商。")
    elif verb == Verb.RETURN and facts.lead_is_final and not stands & {Who.HANDLER, Who.JOINT_UNIT}:
        code, text = "final-assignment", _("镇中心已指定本单位办理，不能再次退单。")
    elif verb == Verb.ESCALATE:
        text = _escalate_block(facts, stands)
    elif verb in (Verb.REQUEST_EXTENSION, Verb.APPROVE_EXTENSION):
        if facts.extensions >= extensions_max:
            text = _("延期次数已用完。")
        elif facts.due_at is not None and now > facts.due_at:
            code, text = "overdue", _("已经超期，不能再延期。")
        elif verb == Verb.REQUEST_EXTENSION and RequestKind.EXTENSION in facts.open_requests:
            text = _("已有一份延期申请等待批准。")
        elif verb == Verb.APPROVE_EXTENSION and RequestKind.EXTENSION not in facts.open_requests:
            text = _("没有待批准的延期申请。")
    elif verb == Verb.REQUEST_SUSPENSION and RequestKind.SUSPENSION in facts.open_requests:
        text = _("已有一份挂账申请等待批准。")
    elif verb == Verb.DECLINE_REQUEST and not facts.open_requests:
        text = _("没有待决定的申请。")
    elif verb == Verb.SUBMIT_FEEDBACK:
        if facts.open_joint_units and Who.JOINT_UNIT not in stands:
            code, text = "joint-open", _("还有协办单位没有反馈，主办单位不能先办结。")
    elif verb == Verb.SCORE:
        if facts.scored:
            code, text = "already-scored", _("这件事已经评价过了，谢谢您。")
        elif facts.stage == Stage.MERGED and not facts.main_scored_stage:
            text = _("主事件还没有办完，办完后请您评价。")
    elif verb == Verb.REQUEST_REOPEN and RequestKind.REOPEN in facts.open_requests:
        text = _("已有一份重办申请等待确认。")
    elif verb == Verb.CONFIRM_REOPEN and RequestKind.REOPEN not in facts.open_requests:
        text = _("没有待确认的重办申请。")
    elif verb == Verb.CORRECT and Who.REPORTER in stands and not stands & STEPS_STAFF and facts.stage != Stage.REPORTED:
        text = _("已经受理，位置请告诉办理人。")
    elif verb == Verb.REMIND and stands & RESIDENTS and facts.reminded_at and not _day_passed(facts, now):
        code, text = "reminded", _("今天已经催办过一次，办理人已收到。")
    return Refused(code, str(text)) if text else None


def _day_passed(facts: Facts, now: datetime) -> bool:
    return facts.reminded_at is None or now - facts.reminded_at >= timedelta(days=1)


def _escalate_block(facts: Facts, stands: frozenset[Who]) -> Any:
    """One step at a time, by who holds the rung: worker, then leader, then the unit; above the centre is nobody."""
    if facts.rung == Rung.CENTRE:
        return _("已经到镇中心，不能再上报。")
    holders = {
        Rung.MICROGRID: {Who.HANDLER, Who.WORKER, Who.LEADER},
        Rung.LEADER: {Who.LEADER},
        Rung.DEPARTMENT: {Who.LEAD_UNIT},
    }[facts.rung]
    if not stands & holders:
        return _("现在不由您上报。")
    if facts.rung == Rung.DEPARTMENT and not facts.has_lead_unit:
        return _("正在等镇中心派遣。")
    return None


def next_rung(rung: Rung) -> Rung:
    """One rung up; the centre stays the centre."""
    return LADDER[min(LADDER.index(rung) + 1, len(LADDER) - 1)]


@dataclass(frozen=True)
class Deadlines:
    """The disposal clock: when it is due and when 80 % is used (lamp turns yellow)."""

    due_at: datetime
    warn_at: datetime


def deadlines(
    started_at: datetime,
    limit: Limit,
    calendar: WorkCalendar,
    *,
    extensions: int = 0,
    pauses: Pauses = (),
    warn_share: float = 0.8,
) -> Deadlines:
    """Compute the clock afresh: an approved extension adds one more original limit; pauses do not count."""
    whole = Limit(limit.amount * (1 + extensions), limit.unit)
    closed = [(start, end) for start, end in pauses if end is not None]
    return Deadlines(
        due_at(started_at, whole, calendar, closed), share_at(started_at, whole, warn_share, calendar, closed)
    )


def stage_deadlines(started_at: datetime, minutes: int, calendar: WorkCalendar, warn_share: float = 0.8) -> Deadlines:
    """The short clock of a stage (intake, verification, check), in working minutes."""
    spans = calendar
    return Deadlines(
        due_in_minutes(started_at, minutes, spans), due_in_minutes(started_at, round(minutes * warn_share), spans)
    )


def due_in_minutes(start: datetime, minutes: int, calendar: WorkCalendar) -> datetime:
    """`minutes` of working time after `start`."""
    return share_at(
        start, Limit(max(1, -(-minutes // 60)), Unit.WH), minutes / (60 * max(1, -(-minutes // 60))), calendar, ()
    )


def lamp(stage: Stage, warn_at: datetime | None, clock_due_at: datetime | None, now: datetime) -> Lamp:
    """The lamp at `now`: overdue is a fact of the clock, never of a nightly job."""
    if stage == Stage.SUSPENDED:
        return Lamp.GREY
    if stage not in OPEN_STAGES or clock_due_at is None:
        return Lamp.NONE
    if now > clock_due_at:
        return Lamp.RED
    return Lamp.YELLOW if warn_at is not None and now >= warn_at else Lamp.GREEN


def is_overdue(clock_due_at: datetime | None, done_at: datetime | None, now: datetime) -> bool:
    """Whether the clock was or is past due, at `done_at` when done, else at `now`."""
    return clock_due_at is not None and (done_at or now) > clock_due_at


def clock_of(verb: Verb, facts: Facts) -> Clock:
    """What `verb` does to the clock; taking or consulting a case that already runs leaves its clock alone."""
    row = STEPS[verb]
    if row.clock == Clock.START and facts.due_at is not None and verb != Verb.CONFIRM_REOPEN:
        return Clock.KEEP
    return row.clock


def reminder_level(days_late: int) -> int:
    """Reminders go one level up each day: 0 the holder, 1 leader, 2 community, 3 town centre."""
    return max(0, min(days_late, 3))


def next_reminder(clock_due_at: datetime, now: datetime) -> datetime:
    """The first moment after `now` to tell of a clock past 80 %: just over due, then a day later each."""
    if now <= clock_due_at:
        return clock_due_at + timedelta(seconds=1)
    return clock_due_at + timedelta(seconds=1) + timedelta(days=(now - clock_due_at) // timedelta(days=1) + 1)


def is_reviewable(review_on: date, today: date, days_max: int) -> bool:
    """A suspension is reviewed after today and within `days_max` (GB/T 30428 practice: at most a year)."""
    return today < review_on <= today + timedelta(days=days_max)
