"""take_step: the one way a case moves. Locks it, asks the table, applies the verb, the clock and the story, and tells people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from yemai.base.people.models import Person
from yemai.base.transactions import writing
from yemai.kernel.refusals import Absent, Refused

from .. import clock, rules, story
from ..actors import Actor
from ..models import Case, StoryStep
from ..queries.standing import facts_of, stands_of
from ..steps import StepRule
from ..terms import TEXT_MAX, Clock, Stage, Verb
from .given import Given


@dataclass
class Draft:
    """A step being taken: effects change `case`, add to `content` (goes into the story) and may redirect it."""

    case: Case
    row: StepRule
    actor: Actor
    now: datetime
    given: Given
    reaches: Stage
    clock: Clock
    stands: frozenset[str] = frozenset()
    content: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    is_public: bool = True
    fresh_limit: str | None = None
    links: dict[int, str] = field(default_factory=dict)
    """Tokens of score links made by this step, by case; they go into messages and nowhere else."""

    @property
    def person(self) -> Person | None:
        """The signed-in person acting, if it is one."""
        return self.actor if isinstance(self.actor, Person) else None

    def stay(self) -> None:
        """Leave stage and clock as they are."""
        self.reaches = Stage(self.case.stage)
        self.clock = Clock.KEEP


Effect = Callable[[Draft], None]


def take_step(
    case_id: int,
    verb: Verb,
    *,
    actor: Actor,
    now: datetime,
    given: Given | None = None,
    version: int | None = None,
    client_key: UUID | None = None,
) -> Case:
    """Take `verb` on a case and return it as it then is.

    `version` is the version the actor saw (a stale form is refused); the same `client_key` sent twice acts once.
    Raises Absent, Refused (codes of rules.check_step, `stale`, and each verb's own).
    """
    from .effects import EFFECTS

    given = given or Given()
    _check_length(given)
    with writing():
        case = _locked(case_id)
        if client_key and _already_taken(client_key, case, verb, actor):
            return case
        if version is not None and version != case.version:
            raise Refused(
                "stale", _("您看到的是旧内容，这件事刚刚有了新进展。请看过最新进展后再提交，您填的内容还在。")
            )
        stands = stands_of(actor, case)
        facts = facts_of(case, now)
        row = rules.check_step(verb, facts, stands, given.names(), now, extensions_max=clock.extensions_max(now))
        draft = Draft(
            case=case,
            row=row,
            actor=actor,
            now=now,
            given=given,
            reaches=row.reaches or Stage(case.stage),
            clock=rules.clock_of(verb, facts),
            stands=frozenset(stands),
            text=given.text,
            is_public=row.told,
        )
        EFFECTS[verb](draft)
        settle(draft, client_key=client_key)
    return case


def _already_taken(client_key: UUID, case: Case, verb: Verb, actor: Actor) -> bool:
    """Whether this very step was already taken; a key that stands for another step is refused."""
    taken = StoryStep.objects.filter(client_key=client_key).values_list("case_id", "verb", "actor_id").first()
    if taken is None:
        return False
    if taken != (case.pk, verb, actor.pk if isinstance(actor, Person) else None):
        raise Refused("key-taken", _("这次提交的编号已被使用，请刷新后重新提交。"))
    return True


def settle(draft: Draft, *, client_key: UUID | None = None) -> None:
    """Apply the clock, write the case and its story row, and tell who must know (inside the caller's transaction)."""
    case, now = draft.case, draft.now
    came_from = case.stage
    clock.apply(case, draft.clock, draft.reaches, now, fresh_limit=draft.fresh_limit)
    case.stage = draft.reaches
    case.version += 1
    case.updated_at = now
    story.write(draft, came_from=came_from, client_key=client_key)
    case.save()
    story.announce_step(draft)


def _locked(case_id: int) -> Case:
    case = Case.objects.select_for_update(of=("self",)).select_related("node", "condition").filter(pk=case_id).first()
    if case is None:
        raise Absent()
    return case


def _check_length(given: Given) -> None:
    for name in ("text", "answer", "place_text"):
        if len(getattr(given, name)) > TEXT_MAX:
            raise Refused(
                "too-long",
                _("文字太长（最多 %(max)d 字），请精简后再提交，已填的内容还在。") % {"max": TEXT_MAX},
                status=422,
                fields={name: _("最多 %(max)d 字") % {"max": TEXT_MAX}},
            )
