"""STEPS, the closed loop as one table: buttons, server checks, the API, the state diagram and the tests all read it."""

from dataclasses import dataclass, field

from .terms import DISPOSAL_STAGES, OPEN_STAGES, Clock, Stage, Verb, Who

S = Stage
UNDECIDED = frozenset({S.REPORTED, S.VERIFYING})
BEFORE_FEEDBACK = UNDECIDED | DISPOSAL_STAGES | {S.SUSPENDED}


@dataclass(frozen=True)
class StepRule:
    """One row: `verb` leaves one of `leaves` for `reaches` (None: stays), may be taken by any of `who` but none of
    `never`, demands every field of `demands` and takes `asks` besides, and acts on the disposal clock."""

    verb: Verb
    leaves: frozenset[Stage]
    reaches: Stage | None
    who: frozenset[Who]
    demands: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    clock: Clock = Clock.KEEP
    never: frozenset[Who] = field(default_factory=frozenset)
    told: bool = True
    """Whether the reporter sees it (in plain words)."""
    also: frozenset[Stage] = field(default_factory=frozenset)
    """Stages it may reach instead, by what the case is at that moment (a joint unit's feedback stays in handling)."""


def _row(
    verb: Verb,
    leaves: frozenset[Stage] | set[Stage],
    reaches: Stage | None,
    who: set[Who],
    demands: str = "",
    asks: str = "",
    *,
    clock: Clock = Clock.KEEP,
    never: set[Who] | None = None,
    told: bool = True,
    also: set[Stage] | None = None,
) -> StepRule:
    return StepRule(
        verb,
        frozenset(leaves),
        reaches,
        frozenset(who),
        tuple(demands.split()),
        tuple(asks.split()),
        clock,
        frozenset(never or ()),
        told,
        frozenset(also or ()),
    )


W = Who
_ROWS = (
    # 发现: found, placed, taken up or answered
    _row(Verb.REPORT, set(), S.REPORTED, {W.ANYONE}, "text", "photos place category"),
    _row(
        Verb.ACCEPT,
        UNDECIDED,
        S.HANDLING,
        {W.INTAKE, W.LEADER},
        "",
        "category condition priority person text",
        clock=Clock.START,
    ),
    _row(Verb.ASK_VERIFICATION, {S.REPORTED}, S.VERIFYING, {W.INTAKE, W.LEADER}, "person", "text"),
    _row(Verb.CONFIRM_REPORT, {S.VERIFYING}, S.REPORTED, {W.VERIFIER}, "is_true text", "photos"),
    _row(
        Verb.REJECT,
        UNDECIDED | {S.HANDLING},
        S.VOIDED,
        {W.INTAKE, W.CENTRE},
        "reject_reason answer",
        clock=Clock.STOP,
    ),
    _row(Verb.MERGE, UNDECIDED | {S.HANDLING}, S.MERGED, {W.INTAKE, W.CENTRE}, "main_case", "text", clock=Clock.PAUSE),
    _row(
        Verb.UNMERGE,
        {S.MERGED},
        S.REPORTED,
        {W.INTAKE, W.CENTRE},
        "text",
        clock=Clock.RESUME,
        also={S.VERIFYING, S.HANDLING},
    ),
    # 处置: settled where it was found, or handed up one step
    _row(
        Verb.TAKE,
        {S.REPORTED, S.HANDLING},
        S.HANDLING,
        {W.WORKER, W.LEADER},
        "",
        "category condition",
        clock=Clock.START,
    ),
    _row(
        Verb.ASSIGN,
        {S.HANDLING},
        S.HANDLING,
        {W.LEADER, W.CENTRE},
        "",
        "person department joint text",
    ),
    _row(
        Verb.RETURN,
        {S.HANDLING},
        None,
        {W.HANDLER, W.LEAD_UNIT, W.JOINT_UNIT},
        "return_reason text",
        told=False,
    ),
    _row(Verb.ESCALATE, {S.HANDLING}, None, {W.HANDLER, W.WORKER, W.LEADER, W.LEAD_UNIT}, "text"),
    # 会商: the leader calls the three teams together
    _row(Verb.CONSULT, {S.REPORTED, S.HANDLING}, S.CONSULTING, {W.LEADER}, "text", "people", clock=Clock.START),
    _row(Verb.DECIDE, {S.CONSULTING}, S.HANDLING, {W.LEADER}, "text", "person department joint due_on people"),
    _row(Verb.REQUEST_EXTENSION, {S.HANDLING}, None, {W.HANDLER, W.LEAD_UNIT}, "text", told=False),
    _row(Verb.APPROVE_EXTENSION, {S.HANDLING}, None, {W.CENTRE}, "", "text", never={W.HANDLER, W.LEAD_UNIT}),
    _row(Verb.REQUEST_SUSPENSION, {S.HANDLING}, None, {W.HANDLER, W.LEAD_UNIT}, "text review_on", told=False),
    _row(
        Verb.SUSPEND,
        {S.HANDLING},
        S.SUSPENDED,
        {W.CENTRE},
        "text review_on",
        clock=Clock.PAUSE,
        never={W.HANDLER, W.LEAD_UNIT},
    ),
    _row(
        Verb.RESUME,
        {S.SUSPENDED},
        S.HANDLING,
        {W.HANDLER, W.LEAD_UNIT, W.CENTRE, W.SYSTEM},
        "",
        "text",
        clock=Clock.RESUME,
    ),
    _row(
        Verb.DECLINE_REQUEST,
        {S.HANDLING, S.CLOSED},
        None,
        {W.CENTRE, W.SUPERVISOR},
        "request text",
        never={W.HANDLER, W.LEAD_UNIT, W.DISPOSER},
        told=False,
    ),
    # 反馈 and 核查: never checked by who disposed
    _row(
        Verb.SUBMIT_FEEDBACK,
        {S.HANDLING},
        S.CHECKING,
        {W.HANDLER, W.LEAD_UNIT, W.JOINT_UNIT},
        "text outcome",
        "photos_before photos",
        clock=Clock.PAUSE,
        also={S.HANDLING},
    ),
    _row(
        Verb.CHECK_PASS,
        {S.CHECKING},
        S.RATING,
        {W.CHECKER},
        "",
        "text photos outcome",
        clock=Clock.STOP,
        never={W.DISPOSER},
    ),
    _row(
        Verb.CHECK_FAIL,
        {S.CHECKING},
        S.HANDLING,
        {W.CHECKER},
        "text",
        "photos",
        clock=Clock.RESUME,
        never={W.DISPOSER},
    ),
    # 评价: the resident has the last word
    _row(
        Verb.INVITE_SCORE,
        {S.RATING},
        None,
        {W.CHECKER, W.LEADER},
        "",
        "text",
        never={W.DISPOSER},
        told=False,
    ),
    _row(
        Verb.SCORE,
        {S.RATING, S.MERGED},
        S.CLOSED,
        {W.RATER},
        "score",
        "text",
        never={W.DISPOSER},
        also={S.MERGED},
    ),
    _row(Verb.REQUEST_REOPEN, {S.CLOSED}, None, {W.REPORTER, W.CODE_HOLDER, W.LEADER, W.SUPERVISOR}, "text"),
    _row(
        Verb.CONFIRM_REOPEN,
        {S.CLOSED},
        S.HANDLING,
        {W.SUPERVISOR, W.CENTRE},
        "",
        "text",
        clock=Clock.START,
        never={W.DISPOSER},
    ),
    _row(Verb.CLOSE, {S.RATING}, S.CLOSED, {W.SYSTEM}, told=True),
    # beside the loop
    _row(
        Verb.REMIND,
        OPEN_STAGES - {S.RATING},
        None,
        {W.REPORTER, W.CODE_HOLDER, W.LEADER, W.CENTRE, W.SUPERVISOR},
        "",
        "text",
    ),
    _row(Verb.SUPERVISE, OPEN_STAGES, None, {W.SUPERVISOR}, "text", "due_on", told=False),
    _row(Verb.COMMENT, frozenset(Stage), None, {W.REPORTER, W.CODE_HOLDER, W.VIEWER}, "text", "is_public photos"),
    _row(
        Verb.CORRECT,
        OPEN_STAGES,
        None,
        {W.INTAKE, W.LEADER, W.CENTRE, W.REPORTER},
        "",
        "category condition priority place text",
        told=False,
    ),
    _row(Verb.WITHDRAW, BEFORE_FEEDBACK, S.VOIDED, {W.REPORTER}, "", "text", clock=Clock.STOP),
)
STEPS: dict[Verb, StepRule] = {row.verb: row for row in _ROWS}
