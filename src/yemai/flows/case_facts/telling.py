"""One case and its story told as a fact (columns: `assessment.facts`). Pure: what it needs of the calendar comes in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yemai.base.territory.rules import ids_of
from yemai.modules.assessment.facts import LEVELS, MOMENTS
from yemai.modules.cases import clock
from yemai.modules.cases.models import Assignment, Case, StoryStep
from yemai.modules.cases.terms import OPEN_STAGES, UNCOUNTED, Source, Stage, Verb

FILES = frozenset({Verb.ACCEPT, Verb.TAKE, Verb.ASSIGN})
TAKES_IN = frozenset({Verb.ACCEPT, Verb.REJECT, Verb.ASK_VERIFICATION})
ANSWERS = frozenset({Verb.SUBMIT_FEEDBACK, Verb.ACCEPT, Verb.COMMENT})
PUBLIC = frozenset({Source.RESIDENT, Source.CALL, Source.VISIT, Source.API, Source.IMPORT})
NOTHING = timedelta()
InTime = Callable[[str, datetime, datetime], bool]
"""(stage limit's name, from, to): was the limit of that stage kept, by the working calendar?"""


@dataclass(frozen=True)
class Told:
    """A case with all that lies with it, read beforehand."""

    case: Case
    steps: Sequence[StoryStep]
    leads: Sequence[Assignment] = ()
    """Assignments of lead units, the first first."""
    in_charge: int | None = None
    """Whose ground it was when the public reported: the worker of its micro-grid."""
    is_left_out: bool = False
    """An upheld appeal took it out of assessment."""


def fact_of(told: Told, in_time: InTime) -> dict[str, Any]:
    """The fact of a case as it stands now."""
    case, is_public = told.case, told.case.source in PUBLIC
    said = {
        "case_id": case.pk,
        **_ground(case),
        "category_id": case.category_id,
        "kind": case.category.kind if case.category else "",
        "source": case.source,
        "is_public": is_public,
        "is_excluded": told.is_left_out or case.stage == Stage.MERGED or case.reject_reason in UNCOUNTED,
        "stage": case.stage,
        "rung": case.rung,
        "outcome": case.outcome,
        "is_open": case.stage in OPEN_STAGES,
        "is_suspended": case.stage == Stage.SUSPENDED,
        "is_voided": case.stage == Stage.VOIDED,
        "is_disposed": case.disposed_at is not None,
        "was_overdue": case.was_overdue,
        "reported_at": _seconds(case.reported_at),
        "due_at": _seconds(case.due_at),
        "clock_due_at": _seconds(case.clock_due_at),
        "disposed_at": _seconds(case.disposed_at),
        "closed_at": _seconds(case.closed_at),
        "disposal_minutes": _disposal_minutes(case),
        "returns": case.returns,
        "reworks": case.reworks,
        "extensions": case.extensions,
        "reopens": case.reopens,
        "reminders": case.reminders,
        "score": case.score,
        "finder_id": told.in_charge if is_public else case.reporter_id,
        "lead_unit_id": case.lead_department_id,
        "handler_id": case.handler_id,
        "verifier_id": case.verifier_id,
        **_filing(told, in_time),
        **_dispatch(told, in_time),
        **_checks(told, in_time),
        **_resident(told),
    }
    return {**said, "last_at": max(said[name] for name in MOMENTS if said[name] is not None)}


def _ground(case: Case) -> dict[str, int | None]:
    above: list[int | None] = list(ids_of(case.path)[:LEVELS])
    above += [None] * (LEVELS - len(above))
    return {f"node_{n}": node for n, node in enumerate(above, 1)}


def _filing(told: Told, in_time: InTime) -> dict[str, Any]:
    """立案 and 核实: who took it in, who filed it, each within its limit."""
    filed = _first(told.steps, FILES)
    taken_in = _first(told.steps, TAKES_IN)
    asked = _first(told.steps, {Verb.ASK_VERIFICATION})
    found = _first(told.steps, {Verb.CONFIRM_REPORT})
    reported = told.case.reported_at
    since = found.at if found and filed and found.at <= filed.at else reported
    return {
        "is_filed": filed is not None,
        "filed_at": _seconds(filed.at if filed else None),
        "filed_in_time": in_time("intake", since, filed.at) if filed else None,
        "intake_id": taken_in.actor_id if taken_in else None,
        "duty_id": filed.actor_id if filed and filed.verb == Verb.ACCEPT else None,
        "verify_sent_in_time": in_time("intake", reported, asked.at) if asked else None,
        "verified_in_time": in_time("verify", asked.at, found.at) if asked and found else None,
    }


def _dispatch(told: Told, in_time: InTime) -> dict[str, Any]:
    """派遣: from the step that brought it to the centre to the first lead unit; right when that unit kept it."""
    step = next((one for one in told.steps if one.verb == Verb.ASSIGN and one.content.get("department")), None)
    if step is None:
        return dict.fromkeys(
            ("dispatched_at", "dispatched_in_time", "dispatched_right", "dispatcher_id", "first_unit_id")
        )
    before = [one.at for one in told.steps if one.seq < step.seq]
    first = told.leads[0].department_id if told.leads else step.content["department"]
    is_settled = told.case.disposed_at is not None
    return {
        "dispatched_at": _seconds(step.at),
        "dispatched_in_time": in_time("dispatch", before[-1] if before else told.case.reported_at, step.at),
        "dispatched_right": first == told.case.lead_department_id and not told.case.returns if is_settled else None,
        "dispatcher_id": step.actor_id,
        "first_unit_id": first,
    }


def _checks(told: Told, in_time: InTime) -> dict[str, Any]:
    """核查: the last one counts. Feedback itself calls for the check here, so nobody sends it out."""
    check = _last(told.steps, {Verb.CHECK_PASS, Verb.CHECK_FAIL})
    sent = _last([one for one in told.steps if check and one.seq < check.seq], {Verb.SUBMIT_FEEDBACK})
    checked_in_time = in_time("check", sent.at, check.at) if check and sent else None
    is_closed = told.case.stage == Stage.CLOSED
    # The whole is in time when the check ends within its limit of when disposal was due: time saved before is not lost.
    since = max(sent.at, told.case.due_at or sent.at) if sent else None
    was_late = check is not None and since is not None and not in_time("check", since, check.at)
    return {
        "check_sent_in_time": None,
        "checked_in_time": checked_in_time,
        "checker_id": check.actor_id if check else None,
        "closed_in_time": not told.case.was_overdue and not was_late if is_closed else None,
    }


def _resident(told: Told) -> dict[str, Any]:
    """回访: asked, answered, and contacted before."""
    scored = _last(told.steps, {Verb.SCORE})
    was_asked = scored is not None or any(one.to_stage == Stage.RATING for one in told.steps)
    answered = [one for one in told.steps if one.verb in ANSWERS and one.is_public and one.actor_id is not None]
    return {
        "was_asked": was_asked,
        "is_valid_call": scored is not None and told.case.score is not None,
        "was_contacted": scored is not None and any(one.seq < scored.seq for one in answered),
        "scored_at": _seconds(scored.at if scored else None),
    }


def _disposal_minutes(case: Case) -> int | None:
    """Waiting for the check stands among the pauses too, and comes after disposal."""
    if case.started_at is None or case.disposed_at is None:
        return None
    held = [(begun, min(ended or case.disposed_at, case.disposed_at)) for begun, ended in clock.pauses_of(case)]
    spent = case.disposed_at - case.started_at - sum((max(end - begun, NOTHING) for begun, end in held), NOTHING)
    return max(int(spent.total_seconds() // 60), 0)


def _first(steps: Sequence[StoryStep], verbs: frozenset[Verb] | set[Verb]) -> StoryStep | None:
    return next((one for one in steps if one.verb in verbs), None)


def _last(steps: Sequence[StoryStep], verbs: frozenset[Verb] | set[Verb]) -> StoryStep | None:
    return next((one for one in reversed(steps) if one.verb in verbs), None)


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None
