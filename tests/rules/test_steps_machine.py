"""The closed loop driven at random through its real actions: whatever people do in whatever order, the record stays whole."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.world import CAST, PHONE, SIDE, SOUTH, WEST, World, build
from yemai.kernel.refusals import Refused
from yemai.modules.cases import jobs
from yemai.modules.cases.actions import Given, Report, report, take_step
from yemai.modules.cases.actors import Actor, Resident, System
from yemai.modules.cases.models import Assignment, Case, StepRequest, StoryStep
from yemai.modules.cases.queries import first_broken_link
from yemai.modules.cases.queries.standing import stands_of
from yemai.modules.cases.steps import STEPS
from yemai.modules.cases.terms import (
    OPEN_STAGES,
    Outcome,
    Priority,
    RejectReason,
    RequestKind,
    ReturnReason,
    Stage,
    Verb,
    Who,
)

pytestmark = pytest.mark.django_db
START = datetime.fromisoformat("2026-03-04T10:00:00+08:00")
PEOPLE = tuple(name for name in CAST if name not in ("admin", "auditor"))
ACTORS = (*PEOPLE, "phone", "system")
WITHOUT_CLOCK = {Stage.SUSPENDED, Stage.CLOSED, Stage.MERGED, Stage.VOIDED}
OFTEN = {
    **dict.fromkeys(
        (Verb.REJECT, Verb.WITHDRAW, Verb.COMMENT, Verb.REMIND, Verb.SUPERVISE, Verb.CORRECT, Verb.CONSULT), 1
    ),
    **dict.fromkeys((Verb.SUSPEND, Verb.ASK_VERIFICATION, Verb.ACCEPT, Verb.RETURN), 2),
    **dict.fromkeys((Verb.SUBMIT_FEEDBACK, Verb.REQUEST_EXTENSION, Verb.APPROVE_EXTENSION, Verb.REQUEST_REOPEN), 12),
    **dict.fromkeys((Verb.CHECK_PASS, Verb.SCORE), 8),
    **dict.fromkeys((Verb.DECIDE, Verb.RESUME, Verb.CONFIRM_REOPEN), 30),
}
"""How often somebody thinks of a verb (5 where it is not named), so that many cases come all the way round."""
STANDING = {
    Who.INTAKE: ["intake", "leader"],
    Who.WORKER: ["worker", "worker2", "leader"],
    Who.LEADER: ["leader"],
    Who.CENTRE: ["dispatcher"],
    Who.CHECKER: ["checker", "leader"],
    Who.SUPERVISOR: ["supervisor"],
    Who.VIEWER: ["secretary", "stranger"],
    Who.SYSTEM: ["system"],
}
SEEDS = st.integers(0, 2**32 - 1)
CATEGORIES = ("E0101", "E0110", "S9999")
world: World
"""The town of the machine below; hypothesis makes the machines itself, so it can't be handed to them."""


@pytest.fixture(scope="module", autouse=True)
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One town for all examples; each example undoes what it did."""
    global world
    with django_db_blocker.unblock(), transaction.atomic():
        world = build(START)
        yield
        transaction.set_rollback(True)


class Loop(RuleBasedStateMachine):
    """Random people take random steps with random words; refusals change nothing, steps keep every promise.

    Hypothesis chooses seeds, a plain generator chooses from them: what is open to whom is only known on the way, and
    choices that hang together shrink to nonsense.
    """

    @initialize()
    def begin(self) -> None:
        """A register with one report in it."""
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now, self.turn = START, 0
        self.cases: list[int] = []
        self.people = {name: world[name] for name in PEOPLE}
        self.categories = [world.category(code).pk for code in CATEGORIES]
        self.disposed: dict[int, set[int]] = {}
        self.changed = True
        self.another_report(Random(0))

    def teardown(self) -> None:
        """Take everything back."""
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @rule(seed=SEEDS)
    def something_happens(self, seed: int) -> None:
        """Mostly somebody does what is theirs to do; now and then anybody tries anything, or time passes."""
        self.turn += 1
        dice = Random(f"{seed}:{self.turn}")
        happening = dice.choices(
            (self.somebody_does_their_part, self.somebody_tries_anything, self.time_passes, self.another_report),
            (16, 4, 3, 1),
        )[0]
        happening(dice)

    # --- what may happen ---

    def another_report(self, dice: Random) -> None:
        """A report from the first grid, from its neighbour's, or from nowhere."""
        if len(self.going()) < 3:
            place = dice.randrange(3) if self.cases else 0
            point = {} if place == 2 else {"lon": WEST + (place + 0.5) * SIDE, "lat": SOUTH + SIDE / 2}
            self.cases.append(report(Report(text="楼道里堆满了东西", **point), actor=PHONE, now=self.now).pk)
            self.changed = True

    def time_passes(self, dice: Random) -> None:
        """Minutes, a night, a week; then what runs by the clock runs."""
        self.now += timedelta(hours=dice.choice((0.1, 0.2, 0.5, 1, 3, 20, 200)))
        if dice.random() < 0.5:
            jobs.close_unrated(self.now)
            jobs.resume_suspended(self.now)
            jobs.remind(self.now)
            self.changed = True

    def somebody_tries_anything(self, dice: Random) -> None:
        """Anybody tries any verb on any case."""
        verb = dice.choice([verb for verb in Verb if verb != Verb.REPORT])
        self.take(dice.choice(self.cases), verb, self.actor(dice.choice(ACTORS)), dice)

    def somebody_does_their_part(self, dice: Random) -> None:
        """A step that leads on from where a case stands, by somebody to whom it is open."""
        going = self.going()
        if not going:
            self.another_report(dice)
            return
        case = Case.objects.select_related("node").get(pk=dice.choice(going))
        ways = [row for row in STEPS.values() if case.stage in row.leaves]
        row = dice.choices(ways, [OFTEN.get(row.verb, 5) for row in ways])[0]
        who = dice.choice([name for one in sorted(row.who) for name in self.standing(one, case)] or ["phone"])
        self.take(case.pk, row.verb, self.actor(who), dice)

    def standing(self, who: Who, case: Case) -> list[str]:
        """Those of the cast who probably stand so to the case."""
        if who in (Who.HANDLER, Who.VERIFIER):
            pk = case.handler_id if who == Who.HANDLER else case.verifier_id
            return [name for name, person in self.people.items() if person.pk == pk]
        if who in (Who.LEAD_UNIT, Who.JOINT_UNIT):
            units = set(case.assignments.filter(state="open").values_list("department__code", flat=True))
            return [name for name in ("sanitation", "water") if name in units]
        return STANDING.get(who, ["phone"])

    def going(self) -> list[int]:
        """The cases that have not ended in the void; those are left alone, or everything would soon be there."""
        return list(Case.objects.exclude(stage=Stage.VOIDED).values_list("pk", flat=True))

    def actor(self, who: str) -> Actor:
        """A person of the cast, a resident's phone, or the system's own clock."""
        if who == "system":
            return System()
        return PHONE if who == "phone" else self.people[who]

    def take(self, pk: int, verb: Verb, actor: Actor, dice: Random) -> None:
        """Take the step or be refused; a refusal leaves no trace."""
        before = Case.objects.get(pk=pk)
        stands = stands_of(actor, before)
        try:
            after = take_step(pk, verb, actor=actor, now=self.now, given=self.given(verb, dice))
        except Refused as refused:
            assert str(refused.text)
            assert model_to_dict(Case.objects.get(pk=pk)) == model_to_dict(before)
            assert StoryStep.objects.filter(case=pk).count() == before.version
            return
        self.changed = True
        assert before.stage in STEPS[verb].leaves
        assert stands & STEPS[verb].who
        assert not stands & STEPS[verb].never
        assert after.stage in {STEPS[verb].reaches or before.stage, *STEPS[verb].also}
        assert after.version == before.version + 1
        self.notice(verb, actor, before, after)

    def given(self, verb: Verb, dice: Random) -> Given:
        """Words and choices for a verb: mostly sensible, sometimes missing, sometimes wrong."""
        today = timezone.localdate(self.now)
        people = [self.people[name].pk for name in ("worker", "worker2", "leader")]
        units = [unit.pk for unit in world.units.values()]
        values: dict[str, Any] = {
            "text": "去看过了",
            "answer": "请拨打 110",
            "outcome": dice.choice(list(Outcome)),
            "reject_reason": dice.choice([reason for reason in RejectReason if reason != RejectReason.WITHDRAWN]),
            "return_reason": dice.choice(list(ReturnReason)),
            "request": dice.choice(list(RequestKind)),
            "is_true": dice.random() < 0.5,
            "is_public": dice.random() < 0.5,
            "person": dice.choice((*people, None)),
            "people": tuple(dice.sample(people, 2)),
            "department": dice.choice((*units, None)),
            "joint": tuple(dice.sample(units, dice.choice((0, 0, 1)))),
            "category": dice.choice(self.categories),
            "priority": dice.choice((*Priority, None, None)),
            "main_case": dice.choice(self.cases),
            "score": dice.randrange(1, 6),
            "due_on": today + timedelta(days=3),
            "review_on": today + timedelta(days=dice.choice((1, 2, 9))),
        }
        if dice.random() < 0.15:
            values |= {
                "text": " ",
                "outcome": None,
                "reject_reason": RejectReason.WITHDRAWN,
                "person": dice.choice([self.people["stranger"].pk, self.people["nobody"].pk, 10**9]),
                "people": (10**9,),
                "department": 10**9,
                "joint": tuple(units),
                "category": 10**9,
                "main_case": 10**9,
                "score": dice.choice((0, 6)),
                "review_on": today + timedelta(days=dice.choice((0, 400))),
            }
        wanted = {*STEPS[verb].demands, *STEPS[verb].asks}
        chosen = {name: value for name, value in values.items() if name in wanted}
        if "place" in wanted:
            chosen["node"] = dice.choice([*(grid.pk for grid in world.grids), None])
        return Given(**chosen)

    # --- what must be true after every step ---

    def notice(self, verb: Verb, actor: Actor, before: Case, after: Case) -> None:
        """What one step may do and what it may not."""
        hands = self.disposed.setdefault(after.pk, set())
        person = None if isinstance(actor, Resident | System) else actor.pk
        if verb in (Verb.CHECK_PASS, Verb.CHECK_FAIL, Verb.INVITE_SCORE, Verb.CONFIRM_REOPEN):
            assert person not in hands, "who disposed has checked"
        if verb == Verb.SUBMIT_FEEDBACK and person:
            hands.add(person)
        if verb == Verb.APPROVE_EXTENSION:
            assert before.due_at and self.now <= before.due_at, "an overdue case was extended"
            assert after.extensions <= 2
        if verb == Verb.RETURN:
            assert after.due_at == before.due_at, "a return moved the due time"
        if verb in (Verb.TAKE, Verb.ASSIGN, Verb.ESCALATE, Verb.CONSULT, Verb.DECIDE) and before.started_at:
            assert (after.started_at, after.due_at, after.limit) == (before.started_at, before.due_at, before.limit)
        if verb == Verb.CHECK_FAIL:
            assert (after.handler_id, after.lead_department_id) == (before.handler_id, before.lead_department_id)

    @invariant()
    def all_is_well(self) -> None:
        """Everything below, after each step that changed something."""
        if not getattr(self, "changed", False):
            return
        self.changed = False
        cases = list(Case.objects.select_related("main_case"))
        self.nothing_is_lost(cases)
        assert first_broken_link() is None
        for case in cases:
            self.case_is_whole(case)

    def nothing_is_lost(self, cases: list[Case]) -> None:
        """In = closed + open + merged + voided, and every report is still there."""
        assert {case.pk for case in cases} == set(self.cases)
        kinds = [{Stage.CLOSED}, OPEN_STAGES, {Stage.MERGED}, {Stage.VOIDED}]
        assert len(cases) == sum(case.stage in kind for case in cases for kind in kinds)

    def case_is_whole(self, case: Case) -> None:
        """Stage, story, clock, lead unit, main case and open questions agree with each other."""
        stage = Stage(case.stage)
        assert StoryStep.objects.filter(case=case).count() == case.version
        assert (case.clock_due_at is None) == (stage in WITHOUT_CLOCK), stage
        assert (stage == Stage.MERGED) == (case.main_case_id is not None)
        if case.main_case:
            assert case.main_case.stage not in (Stage.MERGED, Stage.VOIDED), "its reporter would wait for ever"
        if case.started_at:
            assert case.number
            assert case.due_at
        assert not (case.handler_id and case.lead_department_id), "held by a person and a unit at once"
        assert case.consultations.filter(decided_at=None).count() == (stage == Stage.CONSULTING)
        if stage == Stage.VOIDED:
            assert case.reject_reason
            assert not StepRequest.objects.filter(case=case, decided_at=None).exists()
        self.leads(case, stage)

    def leads(self, case: Case, stage: Stage) -> None:
        """One open lead assignment where a unit has the case in hand, else none; no unit bounced it twice."""
        parts = list(case.assignments.all())
        open_leads = [part.department_id for part in parts if (part.role, part.state) == ("lead", "open")]
        in_hand = stage in (Stage.HANDLING, Stage.SUSPENDED) and case.lead_department_id is not None
        if stage == Stage.MERGED:
            assert len(open_leads) <= 1
        elif in_hand:
            assert open_leads == [case.lead_department_id]
        else:
            assert not open_leads
        bounced = [part.department_id for part in parts if part.state == Assignment.State.RETURNED]
        assert len(bounced) == len(set(bounced)), "a unit returned it twice"


def test_whatever_people_do_the_record_stays_whole() -> None:
    run_state_machine_as_test(
        Loop,
        settings=settings(
            max_examples=15,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert not Case.objects.exists()
