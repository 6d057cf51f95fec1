"""The story of a case: append-only rows chained by hash, and the messages each step sends."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import override

from yemai.base.people.models import Person
from yemai.base.search.waiting import wait
from yemai.kernel.chain import link

from .actors import Actor
from .events import changed
from .models import Case, StoryStep
from .terms import Verb

if TYPE_CHECKING:
    from .actions.steps import Draft


def body_of(step: StoryStep) -> dict[str, Any]:
    """What the hash covers: everything a row says."""
    return {
        "case": step.case_id,
        "seq": step.seq,
        "verb": step.verb,
        "actor": step.actor_id,
        "actor_label": step.actor_label,
        "at": step.at,
        "from": step.from_stage,
        "to": step.to_stage,
        "text": step.text,
        "content": step.content,
        "is_public": step.is_public,
    }


def genesis(case: Case) -> str:
    """Where a case's chain begins: its tracking code and the words as first sent."""
    return text_hash(f"{case.tracking_code}\n{case.client_key}")


def text_hash(text: str) -> str:
    """SHA-256 of the resident's words, kept in the first row so that later changes of the text show."""
    return hashlib.sha256(text.encode()).hexdigest()


def actor_label(actor: Actor) -> str:
    """How the story names an actor: a person's name, 居民 or 系统, whichever language the page is in."""
    if isinstance(actor, Person):
        return actor.name
    with override(settings.LANGUAGE_CODE):
        return str(actor)


def write(draft: "Draft", *, came_from: str, client_key: UUID | None) -> StoryStep:
    """Append the row of a step and move the case's chain head."""
    return append(
        draft.case,
        draft.row.verb,
        actor=draft.actor,
        now=draft.now,
        came_from=came_from,
        reaches=draft.reaches,
        text=draft.text,
        content=draft.content,
        is_public=draft.is_public,
        client_key=client_key,
    )


def append(
    case: Case,
    verb: Verb,
    *,
    actor: Actor,
    now: datetime,
    came_from: str,
    reaches: str,
    text: str,
    content: dict[str, Any],
    is_public: bool,
    client_key: UUID | None = None,
) -> StoryStep:
    """Write one row after the last; `case.version` is its place."""
    step = StoryStep(
        case=case,
        seq=case.version,
        verb=verb,
        actor=actor if isinstance(actor, Person) else None,
        actor_label=actor_label(actor),
        at=now,
        from_stage=came_from,
        to_stage=reaches,
        text=text,
        content=content,
        is_public=is_public,
        client_key=client_key,
        previous_hash=case.story_head or genesis(case),
    )
    step.hash = link(step.previous_hash, body_of(step))
    step.save(force_insert=True)
    case.story_head = step.hash
    wait(case.pk)  # any step may have moved where it is, or who sees it
    changed.send(sender=Case, case_ids=[case.pk])
    return step


def announce_step(draft: "Draft") -> None:
    """Put the messages of a step into the outbox, in the same transaction."""
    from .announcements import announce

    announce(
        draft.case,
        draft.row.verb,
        actor=draft.actor,
        now=draft.now,
        content=draft.content,
        links=draft.links,
        is_public=draft.is_public,
    )
