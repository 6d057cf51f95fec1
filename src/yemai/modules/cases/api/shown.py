"""How rows become answers."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from yemai.base.people.queries import Member
from yemai.base.territory.models import Node

from .. import rules, words
from ..actors import Actor
from ..models import Case, CasePhoto, Category, FilingCondition
from ..queries.detail import CaseView, ReporterContact
from ..queries.listing import story_of
from ..queries.public import Board, BoardCase, is_reporter
from ..queries.standing import facts_of, stands_of
from ..terms import OPEN_STAGES, Stage, Verb
from ..views.resident import OWN_VERBS

Shown = dict[str, Any]


def named(row: Any) -> Shown | None:
    """A person, unit or building."""
    return {"id": row.pk, "name": row.name} if row else None


def place(node: Node | None) -> Shown | None:
    """A node."""
    return {"code": node.code, "name": node.name} if node else None


def kind(category: Category | None) -> Shown | None:
    """A class."""
    return {"id": category.pk, "code": category.code, "name": category.name} if category else None


def condition(row: FilingCondition | None) -> Shown | None:
    """A filing condition."""
    if row is None:
        return None
    return {"id": row.pk, "text": row.text, "priority": row.priority, "limit": row.limit, "closing": row.closing}


def member(one: Member) -> Shown:
    """Somebody in a team, as the board shows them."""
    return {
        "name": one.person.name,
        "posts": [post.name for post in one.posts],
        "duties": [str(duty.label) for duty in one.duties],
        "phone": one.public_phone,
        "is_absent": one.absent_until is not None,
        "deputy": one.deputy.name if one.deputy else None,
    }


def members(teams: dict[str, list[Member]]) -> dict[str, list[Shown]]:
    """The three teams."""
    return {team: [member(one) for one in people] for team, people in teams.items()}


# --- for residents ---------------------------------------------------------------------------------------------------


def report(case: Case, actor: Actor, now: datetime) -> Shown:
    """A case as its reporter reads it; its photos only on the phone that sent it."""
    steps = rules.open_steps(facts_of(case, now), stands_of(actor, case), now)
    is_own = not hasattr(actor, "pk") and is_reporter(case, actor)  # type: ignore[arg-type] # then it is a Resident
    return {
        "tracking_code": case.tracking_code,
        "progress": words.progress(case),
        "place": case.node.name,
        "reported_at": case.reported_at,
        "due_at": case.due_at,
        "is_ended": case.stage not in OPEN_STAGES,
        "is_own": is_own,
        "score": case.score,
        "can": [row.verb for row in steps if row.verb in OWN_VERBS],
        "story": [
            {"at": step.at, "words": words.told(step), "text": "" if step.verb == Verb.REPORT else step.text}
            for step in story_of(case, public_only=True)
        ],
        "photos": [_photo(one, "api:get_own_photo", case.tracking_code) for one in case.photos.all()] if is_own else [],
    }


def _photo(one: CasePhoto, name: str, owner: object) -> Shown:
    return {"id": one.pk, "moment": one.moment, "url": reverse(name, args=[owner, one.pk])}


def board(node: Node, found: Board, heads: list[Member], teams: dict[str, list[Member]], below: Any) -> Shown:
    """A node's public board."""
    return {
        "node": place(node),
        "parent": place(node.parent),
        "public_text": node.public_text,
        "households": node.households,
        "heads": [member(one) for one in heads],
        "teams": members(teams),
        "children": [place(one) for one in below],
        "open": found.open_count,
        "closed": found.closed_count,
        "solved": found.solved_count,
        "scored": found.scored_count,
        "content": found.happy_count,
        "open_cases": [_board_line(one) for one in found.open],
        "solved_cases": [_board_line(one) for one in found.solved],
    }


def _board_line(one: BoardCase) -> Shown:
    return {
        "category": one.category,
        "stage": one.stage,
        "outcome": one.outcome,
        "reported_at": one.reported_on,
        "closed_at": one.closed_on,
        "score": one.score,
    }


# --- for those who work on cases -------------------------------------------------------------------------------------


def case_row(case: Case, now: datetime) -> Shown:
    """A case as a list gives it."""
    same = (
        "number", "tracking_code", "headline", "stage", "rung", "priority", "source", "place_text", "lon", "lat",
        "reported_at", "due_at", "clock_due_at", "is_supervised", "returns", "score", "version",
    )  # fmt: skip
    return {
        "id": case.pk,
        **{name: getattr(case, name) for name in same},
        "lamp": rules.lamp(Stage(case.stage), case.clock_warn_at, case.clock_due_at, now),
        "outcome": case.outcome or None,
        "category": kind(case.category),
        "node": place(case.node),
        "handler": named(case.handler),
        "lead_department": named(case.lead_department),
    }


def case(view: CaseView, contact: ReporterContact | None, now: datetime) -> Shown:
    """One case with its steps and its story."""
    row = view.case
    offered = [view.main_step, *view.steps] if view.main_step else view.steps
    same = (
        "title", "text", "happened_at", "locate_flag", "limit", "extensions", "review_on", "reworks", "reopens",
        "reminders",
    )  # fmt: skip
    return {
        **case_row(row, now),
        **{name: getattr(row, name) for name in same},
        "building": named(row.building),
        "condition": condition(row.condition),
        "verifier": named(row.verifier),
        "main_case": row.main_case_id,
        "merged": [one.pk for one in view.merged],
        "reject_reason": row.reject_reason or None,
        "can": [step.verb for step in offered],
        "steps": [
            {"verb": s.verb, "label": str(s.verb.label), "demands": list(s.demands), "takes": list(s.asks)}
            for s in offered
        ],
        "story": [_story_row(one) for one in view.story],
        "photos": [
            {**_photo(one, "api:get_case_photo", row.pk), "seq": one.seq, "is_public": one.is_public}
            for one in view.photos
        ],
        "assignments": [_assignment(one) for one in view.assignments],
        "requests": [_request(one) for one in view.requests],
        "consultations": [_consultation(one) for one in view.consultations],
        "may_see_reporter": view.may_see_reporter,
        "reporter": {"name": contact.name, "phone": contact.phone} if contact else None,
    }


def _story_row(one: Any) -> Shown:
    same = ("seq", "verb", "at", "to_stage", "text", "is_public", "hash")
    return {
        **{name: getattr(one, name) for name in same},
        "actor": one.actor_label,
        "from_stage": one.from_stage or None,
        "words": words.told(one),
    }


def _assignment(one: Any) -> Shown:
    same = ("role", "state", "is_final", "assigned_at", "due_at", "ended_at", "text")
    return {**{name: getattr(one, name) for name in same}, "department": named(one.department)}


def _request(one: Any) -> Shown:
    same = ("kind", "asked_at", "reason", "review_on", "is_approved", "decided_at")
    return {**{name: getattr(one, name) for name in same}, "asked_by": one.asked_by.name if one.asked_by else None}


def _consultation(one: Any) -> Shown:
    same = ("called_at", "topic", "decision", "due_on", "decided_at")
    return {
        **{name: getattr(one, name) for name in same},
        "called_by": one.called_by.name,
        "invited": [person.name for person in one.invited.all()],
        "present": [person.name for person in one.present.all()],
    }


def taken(case: Case) -> Shown:
    """Where a case stands after a step."""
    same = ("number", "tracking_code", "stage", "version", "due_at")
    return {"id": case.pk, **{name: getattr(case, name) for name in same}, "score_token": case.score_token or None}


def node_tree(nodes: list[Node]) -> list[Shown]:
    """Nodes under their parents; those whose parent is not among them stand at the top."""
    found: dict[int, Shown] = {
        node.pk: {
            "id": node.pk, "code": node.code, "name": node.name, "tier": node.tier.key, "kind": node.kind,
            "households": node.households, "is_settling": node.tier.is_settling, "children": [],
        }
        for node in nodes
    }  # fmt: skip
    tops: list[Shown] = []
    for node in nodes:
        above = found.get(node.parent_id) if node.parent_id else None
        (above["children"] if above else tops).append(found[node.pk])
    return tops


def next_link(request: HttpRequest, cursor: str) -> str:
    """The Link header of the page after this one (RFC 8288)."""
    query = request.GET.copy()
    query["after"] = cursor
    return f'<{request.path}?{query.urlencode()}>; rel="next"'
