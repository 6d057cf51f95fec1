"""The clock of a case in the database's terms: parameters and calendar in, deadlines out."""

from datetime import datetime, timedelta

from yemai.base.parameters.queries import parameter, work_calendar
from yemai.kernel.worktime import Limit

from . import rules
from .models import Case
from .terms import Clock, Stage

STAGE_LIMITS = {Stage.REPORTED: "intake", Stage.VERIFYING: "verify", Stage.CHECKING: "check"}


def extensions_max(now: datetime) -> int:
    """How many extensions may be approved."""
    return int(parameter("extension", now.date())["times"])


def apply(case: Case, effect: Clock, reaches: Stage, now: datetime, *, fresh_limit: str | None = None) -> None:
    """Do `effect` to the disposal clock, then set the clock that runs in the stage reached."""
    if effect == Clock.START:
        case.limit = fresh_limit or case.limit or str(parameter("default_disposal", now.date()))
        case.started_at, case.pauses, case.extensions, case.was_overdue = now, [], 0, False
        recompute(case)
    elif effect == Clock.PAUSE and case.started_at:
        if not case.pauses or case.pauses[-1][1] is not None:
            case.pauses.append([now.isoformat(), None])
    elif effect in (Clock.RESUME, Clock.STOP):
        if case.pauses and case.pauses[-1][1] is None:
            case.pauses[-1][1] = now.isoformat()
        if effect == Clock.RESUME:  # what stops keeps the deadline it was done by: waiting for the check moves nothing
            recompute(case)
    set_stage_clock(case, reaches, now, moved=reaches != case.stage)


def pauses_of(case: Case) -> list[tuple[datetime, datetime | None]]:
    """The stored pauses as moments."""
    return [(datetime.fromisoformat(a), datetime.fromisoformat(b) if b else None) for a, b in case.pauses]


def recompute(case: Case) -> None:
    """The disposal deadline from limit, extensions, pauses and the calendar as it is today."""
    if (times := _deadlines(case)) is None:
        return
    case.due_at = times.due_at
    if case.stage in (Stage.HANDLING, Stage.CONSULTING):
        case.clock_due_at, case.clock_warn_at = times.due_at, times.warn_at


def _deadlines(case: Case) -> rules.Deadlines | None:
    """Of the disposal; None where its clock has not begun."""
    if not case.started_at or not case.limit:
        return None
    return rules.deadlines(
        case.started_at,
        Limit.parse(case.limit),
        work_calendar(),
        extensions=case.extensions,
        pauses=pauses_of(case),
        warn_share=float(parameter("lamp")),
    )


def set_stage_clock(case: Case, stage: Stage, now: datetime, *, moved: bool) -> None:
    """The running clock of `stage`: short limits for desk work, the disposal clock for handling, a window for rating."""
    _set_clock(case, stage, now, moved=moved)
    case.remind_at = None if stage == Stage.RATING else case.clock_warn_at


def _set_clock(case: Case, stage: Stage, now: datetime, *, moved: bool) -> None:
    if stage in (Stage.HANDLING, Stage.CONSULTING):
        if (times := _deadlines(case)) is not None:
            case.due_at = case.clock_due_at = times.due_at
            case.clock_warn_at = times.warn_at
    elif stage in STAGE_LIMITS:
        if moved or case.clock_due_at is None:
            minutes = int(parameter("stage_limits")[STAGE_LIMITS[stage]])
            times = rules.stage_deadlines(now, minutes, work_calendar())
            case.clock_due_at, case.clock_warn_at = times.due_at, times.warn_at
    elif stage == Stage.RATING:
        if moved:
            days = int(parameter("rating_window_days"))
            case.clock_due_at = now + timedelta(days=days)
            case.clock_warn_at = now + timedelta(days=days * 0.8)
    else:
        case.clock_due_at = case.clock_warn_at = None
