"""The API's half for people who work on cases: everything their pages do."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from ninja import Query, Router
from ninja.params.functions import Header
from pydantic import WithJsonSchema

from yemai.base.access.queries import may, permissions_of, reach
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record_look
from yemai.base.messages.actions import mark_read
from yemai.base.messages.queries import box
from yemai.base.people.models import Department, Person
from yemai.base.people.queries import appointments_of, holders, team_of
from yemai.base.territory.models import Node
from yemai.base.territory.queries import nodes_in
from yemai.kernel.refusals import Absent, Refused

from . import rules
from .actions import Given, report, take_step
from .api_public import member_out, node_out, report_of
from .api_schemas import (
    CandidatesOut,
    CaseDetailOut,
    CasePageOut,
    MeOut,
    MessageOut,
    NodeOut,
    QueueOut,
    StaffReportIn,
    StepIn,
    StepOut,
)
from .models import Case
from .queries import listing
from .queries.detail import case_view, reporter_contact
from .terms import Lamp, Priority, Rung, Source, Stage, Verb
from .views.paging import keyset
from .views.work import QUEUE_TITLES, queues_of

router = Router(tags=["staff"])
Key = Annotated[UUID | None, WithJsonSchema({"type": "string", "format": "uuid"})]
IfMatch = Annotated[str | None, WithJsonSchema({"type": "string"})]
Cursor = Annotated[str, Query(max_length=400)]
CaseId = Annotated[int, "a case's id"]
BIGGEST = 2**53


def me(request: HttpRequest) -> Person:
    """Whose request it is."""
    person = getattr(request, "auth", None)
    assert isinstance(person, Person)  # noqa: S101 - the router's guard lets nobody else through
    return person


def _case(request: HttpRequest, case_id: int) -> Case:
    if not 0 < case_id <= BIGGEST:
        raise Absent()
    return listing.case_for(me(request), case_id)


def case_out(case: Case, now: datetime) -> dict[str, Any]:
    """A case as a list gives it."""
    return {
        "id": case.pk,
        "number": case.number,
        "tracking_code": case.tracking_code,
        "headline": case.headline,
        "stage": case.stage,
        "rung": case.rung,
        "lamp": rules.lamp(Stage(case.stage), case.clock_warn_at, case.clock_due_at, now).value,
        "priority": case.priority,
        "outcome": case.outcome,
        "category": case.category.name if case.category else None,
        "node": case.node.code,
        "place_text": case.place_text,
        "lon": case.lon,
        "lat": case.lat,
        "handler": case.handler.name if case.handler else None,
        "lead_department": case.lead_department.name if case.lead_department else None,
        "reported_at": case.reported_at,
        "due_at": case.due_at,
        "clock_due_at": case.clock_due_at,
        "score": case.score,
        "version": case.version,
    }


def _page(
    request: HttpRequest, response: HttpResponse, rows: Any, cursor: str, keys: tuple[str, ...]
) -> dict[str, Any]:
    items, following = keyset(rows, cursor, keys, 50)
    now = timezone.now()
    if following:
        query = request.GET.copy()
        query["after"] = following
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return {"items": [case_out(case, now) for case in items], "next": following}


@router.get("/cases", response=CasePageOut, summary="Cases one may see, newest first")
def list_cases(
    request: HttpRequest,
    response: HttpResponse,
    stage: Stage | None = None,
    lamp: Lamp | None = None,
    rung: Rung | None = None,
    source: Source | None = None,
    priority: Priority | None = None,
    node: Annotated[str, Query(max_length=18)] = "",
    q: Annotated[str, Query(max_length=60)] = "",
    after: Cursor = "",
) -> Any:
    """Narrowed by the same filter as the register; pages by cursor (`Link: rel="next"`)."""
    path = ""
    if node:
        found = Node.objects.filter(code=node).first() if "\0" not in node else None
        if found is None:
            return {"items": [], "next": ""}
        path = found.path
    by = listing.Filter(
        stage=stage or "",
        lamp=lamp or "",
        rung=rung or "",
        source=source or "",
        priority=priority or "",
        node=path,
        words=q.replace("\0", ""),
    )
    rows = listing.newest(listing.narrowed(listing.cases_for(me(request)), by, timezone.now()))
    return _page(request, response, rows, after, ("-id",))


@router.post("/cases", response={201: StepOut}, summary="Report for somebody, or what was found on the round")
def add_case(
    request: HttpRequest, body: StaffReportIn, key: Key = Header(None, alias="Idempotency-Key")
) -> tuple[int, Any]:
    """`call` and `visit` need the intake permission, `field` that of handling."""
    person = me(request)
    needed = Permission.CASE_HANDLE if body.source == "field" else Permission.CASE_INTAKE
    if not reach(person, needed):
        raise Refused("not-yours", "您没有登记这类上报的权限。", status=403)
    what = report_of(body, Source(body.source), key)
    case = report(what, actor=person, now=timezone.now())
    return 201, step_out(case)


def step_out(case: Case) -> dict[str, Any]:
    """Where a case stands."""
    return {
        "id": case.pk,
        "stage": case.stage,
        "version": case.version,
        "number": case.number,
        "due_at": case.due_at,
        "score_token": case.score_token,
    }


@router.get("/cases/{case_id}", response=CaseDetailOut, summary="One case and what may be done to it now")
def get_case(request: HttpRequest, response: HttpResponse, case_id: int, reporter: bool = False) -> Any:
    """`reporter=true` adds the reporter's name and number for those whose task it is; the look is recorded."""
    person, now = me(request), timezone.now()
    case = _case(request, case_id)
    response["ETag"] = etag = f'"{case.version}"'
    if not reporter and (unchanged := get_conditional_response(request, etag=etag)):
        return unchanged
    view = case_view(person, case, now)
    contact = None
    if reporter and view.may_see_reporter:
        record_look(actor=person, subject=case, purpose="case.reporter", now=now)
        contact = reporter_contact(case)
    steps = [view.main_step, *view.steps] if view.main_step else view.steps
    return {
        **case_out(case, now),
        "text": case.text,
        "source": case.source,
        "can": [row.verb.value for row in steps if row],
        "story": [
            {
                "seq": row.seq, "verb": row.verb, "actor": row.actor_label, "at": row.at, "from_stage": row.from_stage,
                "to_stage": row.to_stage, "text": row.text, "is_public": row.is_public, "hash": row.hash,
            }
            for row in view.story
        ],
        "photos": [{"id": p.pk, "moment": p.moment, "url": f"/cases/{case.pk}/photos/{p.pk}/full/"} for p in view.photos],
        "assignments": [
            {"department": a.department.name, "role": a.role, "state": a.state, "is_final": a.is_final}
            for a in view.assignments
        ],
        "requests": [{"kind": r.kind, "reason": r.reason, "is_approved": r.is_approved} for r in view.requests],
        "main_case": case.main_case_id,
        "reporter": {"name": contact.name, "phone": contact.phone} if contact else None,
    }  # fmt: skip


@router.post("/cases/{case_id}/steps/{verb}", response=StepOut, summary="Take a step")
def add_step(
    request: HttpRequest,
    case_id: int,
    verb: str,
    body: StepIn,
    key: Key = Header(None, alias="Idempotency-Key"),
    if_match: IfMatch = Header(None, alias="If-Match"),
) -> Any:
    """Any verb of `can`. `If-Match` (or `version`) refuses a stale view; an Idempotency-Key acts once."""
    case = _case(request, case_id)
    if verb not in Verb.values or verb == Verb.REPORT:
        raise Absent()
    said = (if_match or "").strip('W/"')
    version = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else body.version
    done = take_step(
        case.pk,
        Verb(verb),
        actor=me(request),
        now=timezone.now(),
        given=given_of(body),
        version=version,
        client_key=key or body.client_key,
    )
    return step_out(done)


def given_of(body: StepIn) -> Given:
    """The action's record of a body."""
    values = body.model_dump(exclude={"version", "client_key"})
    for name in ("people", "joint", "photos", "photos_before"):
        values[name] = tuple(values[name])
    for name in ("due_on", "review_on"):
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    return Given(**values)


@router.get("/cases/{case_id}/candidates", response=CandidatesOut, summary="Whom a step may name")
def list_candidates(request: HttpRequest, case_id: int) -> Any:
    """People who may handle cases where this one lies, and the units of the town."""
    case = _case(request, case_id)
    return {
        "people": [{"id": one.pk, "name": one.name} for one in holders(Permission.CASE_HANDLE, case.node)],
        "departments": [
            {"id": one.pk, "name": one.name} for one in Department.objects.filter(is_active=True).order_by("code")
        ],
    }


@router.get("/queues", response=list[QueueOut], summary="One's work queues")
def list_queues(request: HttpRequest) -> Any:
    """In the order of work."""
    person = me(request)
    return [
        {"name": name, "title": str(QUEUE_TITLES[name]), "count": listing.QUEUES[name](person).count()}
        for name in queues_of(person)
    ]


@router.get("/queues/{name}", response=CasePageOut, summary="One work queue, what is due first")
def get_queue(request: HttpRequest, response: HttpResponse, name: str, after: Cursor = "") -> Any:
    """404 for a queue one does not have."""
    person = me(request)
    if name not in queues_of(person):
        raise Absent()
    rows = listing.QUEUES[name](person).select_related("node", "category", "handler", "lead_department")
    return _page(request, response, rows, after, ("clock_due_at", "id"))


@router.get("/territory", response=list[NodeOut], summary="The ground in one's reach")
def list_nodes(request: HttpRequest) -> Any:
    """Open nodes, a parent before its children."""
    paths = reach(me(request), Permission.CASE_VIEW).paths
    return [node_out(node) for node in nodes_in(paths).select_related("parent", "tier")[:5000]]


@router.get("/teams/{code}", response=dict[str, list[dict[str, Any]]], summary="The three teams of a node")
def get_team(request: HttpRequest, code: str) -> Any:
    """Who is absent and who deputises stands with them."""
    node = Node.objects.filter(code=code, valid_to__isnull=True).first() if "\0" not in code else None
    if node is None or not may(me(request), Permission.CASE_VIEW, node.path):
        raise Absent()
    return {team: [member_out(one) for one in members] for team, members in team_of(node).items()}


@router.get("/me", response=MeOut, summary="Who I am and what I may do")
def get_me(request: HttpRequest) -> Any:
    """Permissions by name, posts with their ground."""
    person = me(request)
    return {
        "username": person.username,
        "name": person.name,
        "permissions": sorted(permission.value for permission in permissions_of(person)),
        "posts": [
            {
                "post": row.post_kind.name,
                "node": row.node.code if row.node else None,
                "department": row.department.name if row.department else None,
            }
            for row in appointments_of(person)
        ],
    }


@router.get("/messages", response=list[MessageOut], summary="One's newest messages")
def list_messages(request: HttpRequest) -> Any:
    """The newest fifty."""
    return [
        {
            "id": one.pk, "event": one.event, "title": one.title, "text": one.text, "url": one.url,
            "created_at": one.created_at, "is_read": one.read_at is not None,
        }
        for one in box(me(request)).order_by("-pk")[:50]
    ]  # fmt: skip


@router.post("/messages/{message_id}/read", response={204: None}, summary="Mark a message as read")
def read_message(request: HttpRequest, message_id: int) -> tuple[int, None]:
    """Twice is once."""
    if not 0 < message_id <= BIGGEST:
        raise Absent()
    mark_read(message_id, actor=me(request), now=timezone.now())
    return 204, None
