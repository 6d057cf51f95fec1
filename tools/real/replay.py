"""Residents' real messages through the whole loop on a simulated clock: everybody does their part by a stated, seeded rule."""

import csv
import hashlib
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from yemai.kernel.refusals import Refused
from yemai.modules.cases import jobs
from yemai.modules.cases.actions import Given, Report, report, take_step
from yemai.modules.cases.actors import Actor, Resident
from yemai.modules.cases.models import Case
from yemai.modules.cases.queries.catalogue import fallback_category, propose_categories
from yemai.modules.cases.terms import OPEN_STAGES, Outcome, RejectReason, ReturnReason, Source, Stage, Verb

from .town import Town

CHINA = ZoneInfo("Asia/Shanghai")
SETTLE = timedelta(days=30)
TEXT = 5000


@dataclass(frozen=True)
class Message:
    """One row of the files: what was written, when, and (where known) when and how it was answered."""

    ref: str
    user: str
    topic: str
    text: str
    at: datetime
    duplicate_of: str = ""
    reply: str = ""
    reply_at: datetime | None = None

    @property
    def phone(self) -> Resident:
        """The writer's phone."""
        return Resident(hashlib.sha256(self.user.encode()).hexdigest())

    def chance(self, name: str) -> float:
        """A number in 0-1 that depends on the message and a name alone: the same replay every time."""
        return int.from_bytes(hashlib.sha256(f"{name}:{self.ref}".encode()).digest()[:6]) / 2**48


def read(data: Path) -> list[Message]:
    """All messages of both files in time order."""
    found = [
        Message(
            f"h{row['id']}",
            row["user"],
            row["topic"],
            row["text"],
            _moment(row["time"]),
            f"h{row['exact_dup_of']}" if row["exact_dup_of"] else "",
        )
        for row in _rows(data / "complaints_hot.csv")
    ]
    found += [
        Message(
            f"r{row['id']}",
            row["user"],
            row["topic"],
            row["text"],
            _moment(row["time"]),
            "",
            row["reply"],
            _moment(row["reply_time"]),
        )
        for row in _rows(data / "complaints_replies.csv")
    ]
    return sorted(found, key=lambda message: (message.at, message.ref))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@dataclass
class Replay:
    """The clock, what is still to happen on it, and what was counted."""

    town: Town
    messages: list[Message]
    cases: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    todo: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=itertools.count)

    def at(self, moment: datetime, what: Callable[[datetime], None]) -> None:
        """Let `what` happen at `moment`."""
        heapq.heappush(self.todo, (moment, next(self.order), what))

    def run(self, tell: Callable[[int, int], None]) -> None:
        """Everything in time order; the clock's own jobs run once a simulated day."""
        for message in self.messages:
            self.at(message.at, lambda now, message=message: self.reported(message, now))  # type: ignore[misc] # bound per message
        end = max(max(m.at, m.reply_at or m.at) for m in self.messages) + SETTLE
        day = self.todo[0][0]
        while self.todo and self.todo[0][0] <= end:
            now, _place, what = heapq.heappop(self.todo)
            while day < now:
                jobs.close_unrated(day)
                jobs.resume_suspended(day)
                day += timedelta(days=1)
            what(now)
            tell(len(self.cases), len(self.messages))
        while day <= end:
            jobs.close_unrated(day)
            day += timedelta(days=1)

    # --- what people do, in the order in which it falls to them ---

    def reported(self, message: Message, now: datetime) -> None:
        """The resident sends it; intake looks at it within the hour."""
        case = report(
            Report(text=message.text[:TEXT], title=message.topic, source=Source.RESIDENT, external_ref=message.ref),
            actor=message.phone,
            now=now,
        )
        self.cases[message.ref] = case.pk
        self.counts["found_by_words" if case.locate_flag == "address" else "placed_by_hand"] += 1
        self.at(now + timedelta(minutes=5 + 50 * message.chance("intake")), lambda t: self.taken_in(message, t))

    def taken_in(self, message: Message, now: datetime) -> None:
        """Intake merges what is the same again, answers what is not for the town, places and files the rest."""
        town, pk = self.town, self.cases[message.ref]
        case = Case.objects.select_related("node__tier").get(pk=pk)
        if message.duplicate_of in self.cases and self.step(
            message, Verb.MERGE, town.staff["intake"], now, main_case=self.main_of(message.duplicate_of)
        ):
            return
        draw = message.chance("fate")
        if draw < 0.02:
            reason = RejectReason.OTHER_PROCEDURE if draw < 0.01 else RejectReason.UNCLEAR
            answer = "您反映的事项请通过其他程序办理，已说明办法。"
            if self.step(message, Verb.REJECT, town.staff["intake"], now, reject_reason=reason, answer=answer):
                return  # refused where others were merged into it: then it is taken up
        elif draw < 0.03 and self.step(message, Verb.WITHDRAW, message.phone, now, text="已自行解决"):
            return
        if not case.node.tier.is_settling:
            here = [node for node in town.microgrids if node.path.startswith(case.node.path)] or town.microgrids
            node = here[int(message.chance("place") * len(here))]
            self.step(message, Verb.CORRECT, town.staff["intake"], now, node=node.pk)
        found = propose_categories(message.text, message.topic, most=1)
        category = found[0].category if found else fallback_category()
        self.counts["category_proposed"] += bool(found)
        self.step(message, Verb.ACCEPT, town.staff["intake"], now, category=category.pk)
        self.at(now + timedelta(hours=1 + 6 * message.chance("take")), lambda t: self.worked_on(message, t))

    def main_of(self, ref: str) -> int:
        """The main case of a duplicate's original, which may itself have been merged."""
        case = Case.objects.get(pk=self.cases[ref])
        return case.main_case_id or case.pk

    def worked_on(self, message: Message, now: datetime) -> None:
        """Six in ten are settled in the micro-grid, a quarter after consultation, the rest by a unit."""
        case = Case.objects.get(pk=self.cases[message.ref])
        worker, leader = self.town.workers[case.node_id], self.town.leaders[case.node_id]
        draw = message.chance("rung")
        self.step(message, Verb.TAKE, worker, now)
        if draw < 0.6:
            self.feedback_due(message, worker, case, now)
            return
        self.step(message, Verb.ESCALATE, worker, now, text="网格内解决不了，请会商。")
        if draw < 0.85:
            later = now + timedelta(hours=4 + 20 * message.chance("consult"))
            self.at(later, lambda t: self.consulted(message, leader, worker, t))
            return
        self.step(message, Verb.ESCALATE, leader, now, text="需要条线部门办理。")
        self.at(now + timedelta(minutes=30 + 120 * message.chance("dispatch")), lambda t: self.dispatched(message, t))

    def consulted(self, message: Message, leader: Actor, worker: Actor, now: datetime) -> None:
        """The leader calls the teams together; the decision names the worker."""
        case = Case.objects.get(pk=self.cases[message.ref])
        pk = self.town.workers[case.node_id].pk
        self.step(message, Verb.CONSULT, leader, now, text="请三支队伍商量怎么办。", people=(pk,))
        self.step(
            message,
            Verb.DECIDE,
            leader,
            now + timedelta(minutes=40),
            text="由网格员牵头办理，三日内办结。",
            person=pk,
            people=(pk,),
        )
        self.feedback_due(message, worker, case, now)

    def dispatched(self, message: Message, now: datetime) -> None:
        """The centre names a unit; one in five first units says it is not theirs, then the next one stands."""
        units = self.town.units
        first = units[int(message.chance("unit") * len(units))]
        self.step(message, Verb.ASSIGN, self.town.staff["dispatch"], now, department=first.pk)
        officer = self.town.officers[first.pk]
        if message.chance("return") < 0.2:
            later = now + timedelta(hours=2)
            self.step(
                message, Verb.RETURN, officer, later, return_reason=ReturnReason.NOT_MINE, text="不属于本单位职责范围。"
            )
            second = units[(units.index(first) + 1) % len(units)]
            self.step(
                message, Verb.ASSIGN, self.town.staff["dispatch"], later + timedelta(hours=1), department=second.pk
            )
            officer = self.town.officers[second.pk]
        self.feedback_due(message, officer, Case.objects.get(pk=self.cases[message.ref]), now + timedelta(hours=4))

    def feedback_due(self, message: Message, who: Actor, case: Case, now: datetime) -> None:
        """At the real time of the reply where there is one, else when four fifths to all of the limit is used, or a little late."""
        if message.reply_at is not None:
            moment = max(message.reply_at, now + timedelta(minutes=30))
        else:
            due = case.due_at or now
            moment = now + (due - now) * (0.3 + 0.8 * message.chance("work")) if due > now else now + timedelta(hours=2)
        self.at(moment, lambda t: self.answered(message, who, t))

    def answered(self, message: Message, who: Actor, now: datetime) -> None:
        """Feedback, then a check by another person a little later."""
        outcome = Outcome.SOLVED if message.chance("outcome") < 0.8 else Outcome.PARTLY_SOLVED
        self.step(
            message,
            Verb.SUBMIT_FEEDBACK,
            who,
            now,
            text=(message.reply or "已到现场处理完毕。")[:TEXT],
            outcome=outcome,
        )
        self.at(now + timedelta(hours=1 + 10 * message.chance("check")), lambda t: self.checked(message, who, t))

    def checked(self, message: Message, who: Actor, now: datetime) -> None:
        """One in twenty is sent back once; then the resident scores, or does not."""
        checker = self.town.staff["check"]
        reworks = Case.objects.values_list("reworks", flat=True).get(pk=self.cases[message.ref])
        if message.chance("rework") < 0.05 and not reworks:
            self.step(message, Verb.CHECK_FAIL, checker, now, text="现场仍有遗留，请再处理。")
            self.at(now + timedelta(hours=8), lambda t: self.answered(message, who, t))
            return
        self.step(message, Verb.CHECK_PASS, checker, now)
        if message.chance("rates") < 0.55:
            self.at(now + timedelta(days=3 * message.chance("when")), lambda t: self.scored(message, who, t))

    def scored(self, message: Message, who: Actor, now: datetime) -> None:
        """Most are content; an unhappy score is looked at by the supervisor, who reopens half of them once."""
        draw = message.chance("score")
        value = 5 if draw < 0.5 else 4 if draw < 0.8 else 3 if draw < 0.9 else 2 if draw < 0.96 else 1
        case = Case.objects.get(pk=self.cases[message.ref])
        if case.reopens:
            value = max(value, 4)
        if not self.step(message, Verb.SCORE, message.phone, now, score=value) or value > 2:
            return
        if message.chance("reopen") < 0.5 and case.stage != Stage.MERGED:
            self.step(message, Verb.CONFIRM_REOPEN, self.town.staff["supervise"], now + timedelta(hours=3))
            self.at(now + timedelta(days=2), lambda t: self.answered(message, who, t))

    def step(self, message: Message, verb: Verb, who: Actor, now: datetime, **given: object) -> bool:
        """Take a step; a refusal is counted by its code, and the case stays where it was."""
        try:
            take_step(self.cases[message.ref], verb, actor=who, now=now, given=Given(**given))  # type: ignore[arg-type] # the fields of Given
        except Refused as refused:
            self.counts[f"refused {verb} {refused.code}"] += 1
            return False
        self.counts["steps"] += 1
        return True


def tally(replay: Replay) -> dict[str, int | float]:
    """In against out, to the row."""
    stages = Counter(Case.objects.values_list("stage", flat=True))
    refs = set(Case.objects.values_list("external_ref", flat=True))
    disposed = Case.objects.filter(disposed_at__isnull=False)
    done = disposed.count()
    opened = sum(stages[stage] for stage in OPEN_STAGES)
    counted = stages[Stage.CLOSED] + opened + stages[Stage.MERGED] + stages[Stage.VOIDED]
    missing = len({message.ref for message in replay.messages} - refs)
    return {
        "messages": len(replay.messages),
        "closed": stages[Stage.CLOSED],
        "open": opened,
        "merged": stages[Stage.MERGED],
        "voided": stages[Stage.VOIDED],
        "lost": missing + abs(len(replay.messages) - missing - counted),
        "on_time_share": round(disposed.filter(was_overdue=False).count() / done, 4) if done else 0.0,
    }
