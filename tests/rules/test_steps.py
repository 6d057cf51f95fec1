"""The table of the closed loop and the pure rules over it: who may take which step, when, and what it does to the clock."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yemai.kernel.refusals import Refused
from yemai.kernel.worktime import Limit, Unit, WorkCalendar, spent
from yemai.modules.cases import rules
from yemai.modules.cases.rules import Facts, blocked_by, check_step, open_steps
from yemai.modules.cases.steps import STEPS
from yemai.modules.cases.terms import LADDER, OPEN_STAGES, Clock, Lamp, RequestKind, Rung, Stage, Verb, Who

pytestmark = pytest.mark.no_database
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

STAGES = "reported verifying handling consulting suspended checking rating closed merged voided"
VERBS = """
    report accept ask_verification confirm_report reject merge unmerge take assign return escalate consult decide
    request_extension approve_extension request_suspension suspend resume decline_request submit_feedback check_pass
    check_fail invite_score score request_reopen confirm_reopen remind supervise comment correct withdraw close
"""
"""The stages and verbs people agreed on, written out a second time: a table that loses one of them is not the loop."""

LOOP = """
    verb               | from                                      | to        | who                              | never
    accept             | reported verifying                        | handling  | intake leader                    |
    ask_verification   | reported                                  | verifying | intake leader                    |
    confirm_report     | verifying                                 | reported  | verifier                         |
    reject             | reported verifying handling               | voided    | intake centre                    |
    merge              | reported verifying handling               | merged    | intake centre                    |
    unmerge            | merged                                    | reported  | intake centre                    |
    take               | reported handling                         | handling  | worker leader                    |
    assign             | handling                                  | handling  | leader centre                    |
    return             | handling                                  |           | handler lead_unit joint_unit     |
    escalate           | handling                                  |           | handler worker leader lead_unit  |
    consult            | reported handling                         | consulting| leader                           |
    decide             | consulting                                | handling  | leader                           |
    request_extension  | handling                                  |           | handler lead_unit                |
    approve_extension  | handling                                  |           | centre                           | handler lead_unit
    request_suspension | handling                                  |           | handler lead_unit                |
    suspend            | handling                                  | suspended | centre                           | handler lead_unit
    resume             | suspended                                 | handling  | handler lead_unit centre system  |
    submit_feedback    | handling                                  | checking  | handler lead_unit joint_unit     |
    check_pass         | checking                                  | rating    | checker                          | disposer
    check_fail         | checking                                  | handling  | checker                          | disposer
    invite_score       | rating                                    |           | checker leader                   | disposer
    score              | rating merged                             | closed    | rater                            | disposer
    request_reopen     | closed                                    |           | reporter code_holder leader supervisor |
    confirm_reopen     | closed                                    | handling  | supervisor centre                | disposer
    close              | rating                                    | closed    | system                           |
"""


def rows(table: str) -> list[list[str]]:
    """The lines of a column-headed table below its heading."""
    lines = [line.split("|") for line in table.strip().splitlines()]
    return [[cell.strip() for cell in [*line, *[""] * (len(lines[0]) - len(line))]] for line in lines[1:]]


def test_every_stage_and_verb_of_the_loop_is_there() -> None:
    assert {stage.value for stage in Stage} == set(STAGES.split())
    assert {verb.value for verb in Verb} == set(VERBS.split()) == {verb.value for verb in STEPS}


@pytest.mark.parametrize(("verb", "leaves", "reaches", "who", "never"), rows(LOOP), ids=lambda cell: cell[:20])
def test_the_main_line_is_what_was_agreed(verb: str, leaves: str, reaches: str, who: str, never: str) -> None:
    row = STEPS[Verb(verb)]
    assert {stage.value for stage in row.leaves} == set(leaves.split())
    assert (row.reaches.value if row.reaches else "") == reaches
    assert {one.value for one in row.who} == set(who.split())
    assert set(never.split()) <= {one.value for one in row.never}


def test_every_stage_can_be_reached_and_every_open_one_left() -> None:
    reached = {stage for row in STEPS.values() for stage in {row.reaches, *row.also} if stage}
    assert reached == set(Stage)
    left = {stage for row in STEPS.values() if row.reaches and row.reaches not in row.leaves for stage in row.leaves}
    assert left >= OPEN_STAGES


def test_from_every_open_stage_a_case_can_come_to_an_end() -> None:
    """No stage is a trap: following the rows, every open stage leads to closed."""
    ways = {stage: {row.reaches for row in STEPS.values() if stage in row.leaves and row.reaches} for stage in Stage}
    for start in OPEN_STAGES:
        seen, edge = {start}, {start}
        while edge:
            edge = {further for stage in edge for further in ways[stage]} - seen
            seen |= edge
        assert Stage.CLOSED in seen, start


def test_what_starts_and_stops_the_clock() -> None:
    by_clock = {clock: {row.verb for row in STEPS.values() if row.clock == clock} for clock in Clock}
    assert by_clock[Clock.START] == {Verb.ACCEPT, Verb.TAKE, Verb.CONSULT, Verb.CONFIRM_REOPEN}
    assert by_clock[Clock.PAUSE] == {Verb.MERGE, Verb.SUSPEND, Verb.SUBMIT_FEEDBACK}
    assert by_clock[Clock.RESUME] == {Verb.UNMERGE, Verb.RESUME, Verb.CHECK_FAIL}
    assert by_clock[Clock.STOP] == {Verb.REJECT, Verb.CHECK_PASS, Verb.WITHDRAW}
    assert STEPS[Verb.RETURN].clock == Clock.KEEP  # a return keeps the original due time


# --- over every state a case could be in ------------------------------------------------------------------------------

stands = st.frozensets(st.sampled_from(Who), max_size=6)
facts = st.builds(
    Facts,
    stage=st.sampled_from(Stage),
    rung=st.sampled_from(Rung),
    has_handler=st.booleans(),
    has_lead_unit=st.booleans(),
    lead_is_final=st.booleans(),
    open_joint_units=st.integers(0, 2),
    due_at=st.none() | st.integers(-50, 50).map(lambda hours: NOW + timedelta(hours=hours)),
    extensions=st.integers(0, 3),
    open_requests=st.frozensets(st.sampled_from(RequestKind)),
    scored=st.booleans(),
    main_scored_stage=st.booleans(),
    reminded_at=st.none() | st.integers(0, 50).map(lambda hours: NOW - timedelta(hours=hours)),
)
thorough = settings(max_examples=200, deadline=None, derandomize=True)


@thorough
@given(facts, stands)
def test_only_rows_whose_stage_and_standing_fit_are_open(at: Facts, who: frozenset[Who]) -> None:
    for row in open_steps(at, who, NOW):
        assert at.stage in row.leaves
        assert who & row.who
        assert not who & row.never
        assert row.verb != Verb.REPORT


@thorough
@given(facts, stands)
def test_what_is_not_open_is_refused_with_a_sentence(at: Facts, who: frozenset[Who]) -> None:
    offered = {row.verb for row in open_steps(at, who, NOW)}
    everything = frozenset(name for row in STEPS.values() for name in (*row.demands, *row.asks))
    for verb in set(Verb) - {Verb.REPORT}:
        if verb in offered:
            assert check_step(verb, at, who, everything, NOW).verb == verb
            continue
        with pytest.raises(Refused) as refused:
            check_step(verb, at, who, everything, NOW)
        assert refused.value.status in (403, 409)
        assert len(str(refused.value.text)) >= 6


@thorough
@given(facts, stands)
def test_whoever_disposed_never_checks_scores_or_reopens(at: Facts, who: frozenset[Who]) -> None:
    offered = {row.verb for row in open_steps(at, who | {Who.DISPOSER}, NOW)}
    assert not offered & {Verb.CHECK_PASS, Verb.CHECK_FAIL, Verb.INVITE_SCORE, Verb.SCORE, Verb.CONFIRM_REOPEN}
    if at.stage == Stage.CLOSED:
        assert Verb.DECLINE_REQUEST not in offered  # nor turns down the resident who wants it done again


@thorough
@given(facts, stands)
def test_what_is_overdue_is_never_extended(at: Facts, who: frozenset[Who]) -> None:
    late = replace(at, stage=Stage.HANDLING, due_at=NOW - timedelta(minutes=1))
    assert not {row.verb for row in open_steps(late, who | {Who.CENTRE}, NOW)} & {
        Verb.REQUEST_EXTENSION,
        Verb.APPROVE_EXTENSION,
    }


@thorough
@given(facts, stands, st.integers(0, 4))
def test_extensions_end_at_the_most_there_may_be(at: Facts, who: frozenset[Who], most: int) -> None:
    used = replace(at, stage=Stage.HANDLING, extensions=most)
    offered = {row.verb for row in open_steps(used, who | {Who.CENTRE}, NOW, extensions_max=most)}
    assert not offered & {Verb.REQUEST_EXTENSION, Verb.APPROVE_EXTENSION}


@thorough
@given(facts, stands)
def test_whoever_holds_a_case_decides_no_request_of_it(at: Facts, who: frozenset[Who]) -> None:
    for own in (Who.HANDLER, Who.LEAD_UNIT):
        offered = {row.verb for row in open_steps(at, who | {own}, NOW)}
        assert not offered & {Verb.APPROVE_EXTENSION, Verb.SUSPEND, Verb.DECLINE_REQUEST}


@thorough
@given(facts, stands)
def test_a_case_is_handed_up_one_rung_by_who_holds_the_rung(at: Facts, who: frozenset[Who]) -> None:
    if Verb.ESCALATE not in {row.verb for row in open_steps(at, who, NOW)}:
        return
    assert at.rung != Rung.CENTRE
    assert LADDER.index(rules.next_rung(at.rung)) == LADDER.index(at.rung) + 1
    if at.rung == Rung.LEADER:
        assert Who.LEADER in who
    if at.rung == Rung.DEPARTMENT:
        assert Who.LEAD_UNIT in who


@pytest.mark.parametrize("verb", [verb for verb in STEPS if STEPS[verb].demands and verb != Verb.REPORT])
def test_every_demand_is_named_when_it_is_missing(verb: Verb) -> None:
    row = STEPS[verb]
    at = Facts(
        stage=next(iter(row.leaves)),
        rung=Rung.MICROGRID,
        open_requests=frozenset(RequestKind) if verb == Verb.DECLINE_REQUEST else frozenset(),
        main_scored_stage=True,
    )
    standing = {min(row.who - {Who.WORKER} or row.who)}
    with pytest.raises(Refused) as refused:
        check_step(verb, at, standing, frozenset(), NOW)
    assert (refused.value.code, refused.value.status) == ("missing", 422)
    assert set(refused.value.fields) == set(row.demands)


# --- single conditions, one line each ---------------------------------------------------------------------------------

CONDITIONS = """
    verb              | stage    | who      | facts                                   | answer
    take              | handling | worker   | has_handler=True                        | already-taken
    take              | handling | worker   | rung=Rung.CENTRE                        | not-now
    take              | handling | worker   |                                         | open
    assign            | handling | leader   | rung=Rung.DEPARTMENT                    | not-now
    assign            | handling | centre   | rung=Rung.DEPARTMENT                    | open
    consult           | handling | leader   | rung=Rung.CENTRE                        | not-now
    return            | handling | lead_unit| lead_is_final=True                      | final-assignment
    return            | handling | lead_unit| has_lead_unit=True                      | open
    escalate          | handling | worker   | rung=Rung.LEADER                        | not-now
    escalate          | handling | lead_unit| rung=Rung.DEPARTMENT                    | not-now
    escalate          | handling | lead_unit| rung=Rung.DEPARTMENT,has_lead_unit=True | open
    escalate          | handling | leader   | rung=Rung.CENTRE                        | not-now
    request_extension | handling | handler  | extensions=1,due_at=SOON                | open
    request_extension | handling | handler  | extensions=2,due_at=SOON                | not-now
    request_extension | handling | handler  | due_at=PAST                             | overdue
    request_extension | handling | handler  | due_at=SOON,open_requests=EXTENSION     | not-now
    approve_extension | handling | centre   | due_at=SOON                             | not-now
    approve_extension | handling | centre   | due_at=SOON,open_requests=EXTENSION     | open
    approve_extension | handling | centre   | due_at=PAST,open_requests=EXTENSION     | overdue
    submit_feedback   | handling | lead_unit| open_joint_units=1                      | joint-open
    submit_feedback   | handling | joint_unit| open_joint_units=1                     | open
    score             | rating   | rater    |                                         | open
    score             | rating   | rater    | scored=True                             | already-scored
    score             | merged   | rater    |                                         | not-now
    score             | merged   | rater    | main_scored_stage=True                  | open
    request_reopen    | closed   | reporter | open_requests=REOPEN                    | not-now
    confirm_reopen    | closed   | supervisor|                                        | not-now
    confirm_reopen    | closed   | supervisor| open_requests=REOPEN                   | open
    remind            | handling | reporter | reminded_at=TODAY                       | reminded
    remind            | handling | reporter | reminded_at=YESTERDAY                   | open
    remind            | handling | leader   | reminded_at=TODAY                       | open
    comment           | voided   | viewer   |                                         | open
    withdraw          | checking | reporter |                                         | wrong-stage
"""
MEANT = {
    "SOON": NOW + timedelta(hours=1),
    "PAST": NOW - timedelta(hours=1),
    "TODAY": NOW - timedelta(hours=23, minutes=59),
    "YESTERDAY": NOW - timedelta(days=1),
    "EXTENSION": frozenset({RequestKind.EXTENSION}),
    "REOPEN": frozenset({RequestKind.REOPEN}),
    "True": True,
    **{f"Rung.{rung.name}": rung for rung in Rung},
    **{str(number): number for number in range(4)},
}


@pytest.mark.parametrize(("verb", "stage", "who", "said", "answer"), rows(CONDITIONS))
def test_a_single_condition(verb: str, stage: str, who: str, said: str, answer: str) -> None:
    values = {name: MEANT[value] for name, value in (part.split("=") for part in said.split(",") if part)}
    block = blocked_by(STEPS[Verb(verb)], Facts(stage=Stage(stage), **values), frozenset({Who(who)}), NOW)  # type: ignore[arg-type] # a table's cells
    assert (block.code if block else "open") == answer


# --- clocks and lamps -------------------------------------------------------------------------------------------------

starts = st.integers(0, 330 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
WEEKDAYS = WorkCalendar(lambda day: day.weekday() < 5)


@thorough
@given(
    starts,
    st.sampled_from(["2UH", "1UD", "4WH", "3WD", "7ND"]),
    st.integers(0, 2),
)
def test_an_extension_adds_one_more_original_limit(start: datetime, text: str, extensions: int) -> None:
    limit = Limit.parse(text)
    first = rules.deadlines(start, limit, WEEKDAYS, extensions=extensions)
    again = rules.deadlines(start, Limit(limit.amount * (extensions + 1), limit.unit), WEEKDAYS)
    assert first == again
    assert start <= first.warn_at <= first.due_at


@thorough
@given(
    starts,
    st.integers(1, 2000),
)
def test_a_stage_limit_in_minutes_is_that_many_working_minutes(start: datetime, minutes: int) -> None:
    times = rules.stage_deadlines(start, minutes, WEEKDAYS)
    assert abs(spent(start, times.due_at, Unit.WH, WEEKDAYS) - timedelta(minutes=minutes)) < timedelta(seconds=1)
    assert times.warn_at <= times.due_at


def test_an_open_pause_does_not_move_the_deadline_until_it_ends() -> None:
    limit = Limit.parse("4WH")
    running = rules.deadlines(NOW, limit, WEEKDAYS)
    paused_from = NOW + timedelta(hours=1)
    assert rules.deadlines(NOW, limit, WEEKDAYS, pauses=[(paused_from, None)]) == running
    ended = rules.deadlines(NOW, limit, WEEKDAYS, pauses=[(paused_from, paused_from + timedelta(hours=1))])
    assert ended.due_at == running.due_at + timedelta(hours=1)


LAMPS = """
    stage     | warn | due  | lamp
    handling  |  1   |  2   | green
    handling  |  0   |  2   | yellow
    handling  | -1   |  0   | yellow
    handling  | -2   | -1   | red
    reported  | -2   | -1   | red
    suspended | -2   | -1   | grey
    closed    | -2   | -1   | none
    handling  |      |      | none
"""


@pytest.mark.parametrize(("stage", "warn", "due", "lamp"), rows(LAMPS))
def test_the_lamp_is_a_fact_of_the_clock(stage: str, warn: str, due: str, lamp: str) -> None:
    moments = [NOW + timedelta(hours=int(hours)) if hours else None for hours in (warn, due)]
    assert rules.lamp(Stage(stage), *moments, NOW) == Lamp(lamp)


def test_reminders_climb_one_level_a_day_and_stop_at_the_top() -> None:
    assert [rules.reminder_level(days) for days in (-1, 0, 1, 2, 3, 4, 400)] == [0, 0, 1, 2, 3, 3, 3]


@pytest.mark.parametrize(
    ("review_on", "fits"),
    [("2026-03-03", False), ("2026-03-04", False), ("2026-03-05", True), ("2027-03-04", True), ("2027-03-05", False)],
)
def test_a_suspension_is_reviewed_after_today_and_within_a_year(review_on: str, fits: bool) -> None:
    assert rules.is_reviewable(date.fromisoformat(review_on), NOW.date(), 365) is fits
