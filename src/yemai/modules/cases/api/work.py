"""What the working pages do: the register, a case, its steps, the queues."""

from dataclasses import dataclass
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record_look
from yemai.base.files.queries import photo_response
from yemai.base.files.terms import PhotoSize
from yemai.base.people.queries import departments_within, holders
from yemai.base.territory.models import Node
from yemai.base.territory.queries import node_for
from yemai.base.tokens.guards import SIGNED_IN, Guard, caller_of, needing, person_of
from yemai.base.tokens.terms import Scope
from yemai.kernel.refusals import Absent, Refused

from ..actions import Given, report, take_step
from ..actions.given import plain
from ..models import Case
from ..queries import listing
from ..queries.detail import case_view, photo_of, reporter_contact
from ..queries.proposed import propose_people, propose_units
from ..terms import Lamp, Priority, Rung, Source, Stage, Verb
from ..views.paging import is_cursor, keyset
from ..views.work import QUEUE_TITLES, queues_of
from . import shown
from .answers import Candidates, CaseOut, CasePage, QueueOut, StepTaken
from .bodies import StaffReportIn, StepIn
from .fields import (
    CODE_PATTERN,
    Cursor,
    IfMatch,
    Key,
    PathId,
    QueryId,
    QueryMoment,
    Size,
    Switch,
    is_on,
    one_of,
    verbs_in,
)
from .residents import JPEG, report_of

router = Router(tags=["work"])
STEPS_OF_STAFF = frozenset(Verb) - {Verb.REPORT, Verb.CLOSE}
StaffVerb = Annotated[Verb, one_of(STEPS_OF_STAFF), verbs_in(STEPS_OF_STAFF), Path()]


class Narrowing(Schema):
    """The register's filter; what is not given does not narrow."""

    stage: Stage | None = None
    lamp: Lamp | None = None
    rung: Rung | None = None
    source: Source | None = None
    priority: Priority | None = None
    category: QueryId | None = None
    node: Annotated[str | None, Field(pattern=CODE_PATTERN, description="a node's code; its whole subtree")] = None
    handler: QueryId | None = None
    department: QueryId | None = None
    q: Annotated[str, Field(max_length=60, description="a code exactly, or words in title, text and place")] = ""
    is_open: Switch | None = None
    since: Annotated[QueryMoment | None, Field(description="reported at or after")] = None
    until: Annotated[QueryMoment | None, Field(description="reported before")] = None


def _filter(by: Narrowing) -> listing.Filter | None:
    """The query's filter; None when it names a node that is not there, and so nothing can match."""
    node = Node.objects.filter(code=by.node).values_list("path", flat=True).first() if by.node else ""
    if node is None:
        return None
    return listing.Filter(
        stage=by.stage or "",
        lamp=by.lamp or "",
        rung=by.rung or "",
        source=by.source or "",
        priority=by.priority or "",
        category=by.category,
        node=node,
        handler=by.handler,
        department=by.department,
        words=plain(by.q),
        is_open=None if by.is_open is None else is_on(by.is_open),
        since=by.since,
        until=by.until,
    )


@dataclass(frozen=True)
class Turn:
    """Which page of a list is asked for."""

    after: str
    limit: int
    keys: tuple[str, ...]


def _page(
    request: HttpRequest, response: HttpResponse, rows: QuerySet[Case], by: Narrowing, turn: Turn
) -> dict[str, Any]:
    if turn.after and not is_cursor(turn.after, turn.keys):
        raise Refused("no-such-page", _("没有这一页，请从第一页重新开始。"), status=404)
    wanted, now = _filter(by), timezone.now()
    narrowed = listing.narrowed(rows, wanted, now) if wanted else rows.none()
    light = narrowed.select_related("node", "category", "handler", "lead_department").defer("node__boundary")
    items, following = keyset(light, turn.after, turn.keys, turn.limit)
    if following:
        response["Link"] = shown.next_link(request, following)
    return {"items": [shown.case_row(case, now) for case in items], "next": following or None}


@router.get("/cases", response=CasePage, auth=Guard(SIGNED_IN, refuses=(404,)), summary="Cases one may see")
def list_cases(
    request: HttpRequest, response: HttpResponse, by: Query[Narrowing], after: Cursor = "", limit: Size = 50
) -> Any:
    """The newest first, narrowed as the register is. `Link: rel="next"` and `next` lead on; no page is ever counted."""
    rows = listing.cases_for(person_of(request))
    return _page(request, response, rows, by, Turn(after, limit, ("-id",)))


@router.post(
    "/cases",
    response={201: StepTaken},
    auth=Guard(needing(Permission.CASE_INTAKE, Permission.CASE_HANDLE), scope=Scope.WRITE, refuses=(404, 409)),
    summary="Report for somebody, or what was found on the round",
)
def add_case(request: HttpRequest, body: StaffReportIn, key: Key = None) -> Status[Any]:
    """`field` needs the permission to handle cases, the others that of intake."""
    person, source = person_of(request), Source(body.source)
    ground = reach(person, Permission.CASE_HANDLE if source == Source.FIELD else Permission.CASE_INTAKE)
    if not ground:
        raise Refused("not-yours", _("您没有登记这类上报的权限。"), status=403)
    more: dict[str, Any] = {"category": body.category}
    if body.node:
        more["node"] = node_for(ground.paths, body.node)
    case = report(report_of(body, source, key, **more), actor=person, now=timezone.now())
    return Status(201, shown.taken(case))


@router.get(
    "/cases/{case_id}", response=CaseOut, auth=Guard(SIGNED_IN), summary="One case, and what may be done to it now"
)
def get_case(request: HttpRequest, response: HttpResponse, case_id: PathId, reporter: Switch = "false") -> Any:
    """`can` names the verbs open now, `steps` what each demands. The ETag begins with the case's version, for If-Match.

    `reporter=true` adds the reporter's name and number, for those whose task it is and tokens made for it; the look is
    recorded.
    """
    person, now = person_of(request), timezone.now()
    view = case_view(person, listing.case_for(person, case_id), now)
    response["ETag"] = f'"{view.case.version}"'
    contact = None
    if is_on(reporter) and view.may_see_reporter and caller_of(request).holds(Scope.REPORTERS):
        record_look(actor=person, subject=view.case, purpose="case.reporter", now=now)
        contact = reporter_contact(view.case)
        response["Cache-Control"] = "no-store"
    return shown.case(view, contact, now)


@router.get(
    "/cases/{case_id}/photos/{photo_id}",
    response={200: None},
    auth=Guard(SIGNED_IN, gives=JPEG),
    summary="A photo of a case",
)
def get_case_photo(
    request: HttpRequest, case_id: PathId, photo_id: PathId, size: PhotoSize = PhotoSize.FULL
) -> HttpResponseBase:
    """To those who may see the case."""
    found = photo_of(listing.case_for(person_of(request), case_id), photo_id)
    if found is None:
        raise Absent()
    return photo_response(found.file, size, request=request)


@router.post(
    "/cases/{case_id}/steps/{verb}",
    response=StepTaken,
    auth=Guard(SIGNED_IN, scope=Scope.WRITE, refuses=(409, 410, 412)),
    summary="Take a step",
)
def take_case_step(
    request: HttpRequest,
    case_id: PathId,
    verb: StaffVerb,
    body: StepIn,
    key: Key = None,
    if_match: IfMatch = None,
) -> Any:
    """Any verb of `can`. A stale `If-Match` is 412, a stale `version` 409; the same Idempotency-Key acts once."""
    person, now = person_of(request), timezone.now()
    case = listing.case_for(person, case_id)
    version = body.version if if_match is None else version_in(if_match, case.version)
    try:
        done = take_step(
            case.pk,
            verb,
            actor=person,
            now=now,
            given=given_of(body),
            version=version,
            client_key=key or body.client_key,
        )
    except Refused as why:
        if why.code == "stale" and if_match is not None:
            raise Refused(why.code, why.text, status=412) from why
        raise
    return shown.taken(done)


def version_in(if_match: str, current: int) -> int | None:
    """The version an If-Match names: None for `*`, the current one if it is among several; -1, which nothing has, else."""
    if if_match.strip() == "*":
        return None
    said = [tag.strip().strip('"').partition("-")[0] for tag in if_match.split(",") if not tag.strip().startswith("W/")]
    if str(current) in said:
        return current
    return int(said[0]) if len(said) == 1 and said[0].isascii() and said[0].isdigit() and len(said[0]) < 10 else -1


def given_of(body: StepIn) -> Given:
    """The action's record of a body."""
    said: dict[str, Any] = body.model_dump(exclude={"version", "client_key"})
    values: dict[str, Any] = {name: tuple(it) if isinstance(it, list) else it for name, it in said.items()}
    return Given(**values)


@router.get("/cases/{case_id}/candidates", response=Candidates, auth=Guard(SIGNED_IN), summary="Whom a step may name")
def list_candidates(request: HttpRequest, case_id: PathId) -> Any:
    """People who may handle cases where this one lies, the nearest first, and the units that serve its ground."""
    case, now = listing.case_for(person_of(request), case_id), timezone.now()
    people = holders(Permission.CASE_HANDLE, case.node)
    return {
        "people": [shown.named(one) for one in people],
        "departments": [shown.named(one) for one in departments_within(case.path).order_by("code")],
        "proposed_people": [
            {"id": one.person.pk, "name": one.person.label, "reasons": one.reasons, "note": ""}
            for one in propose_people(case, people, now)
        ],
        "proposed_departments": [
            {"id": one.unit.pk, "name": one.unit.label, "reasons": one.reasons, "note": one.note}
            for one in propose_units(case, now)
        ],
    }


@router.get("/queues", response=list[QueueOut], auth=Guard(SIGNED_IN), summary="One's work queues")
def list_queues(request: HttpRequest) -> Any:
    """In the order of work, each with how much is in it."""
    person = person_of(request)
    return [
        {"name": name, "title": str(QUEUE_TITLES[name]), "count": listing.QUEUES[name](person).count()}
        for name in queues_of(person)
    ]


@router.get(
    "/queues/{name}", response=CasePage, auth=Guard(SIGNED_IN), summary="One work queue, in the order of the work"
)
def get_queue(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    by: Query[Narrowing],
    after: Cursor = "",
    limit: Size = 50,
) -> Any:
    """What is due first stands first; where nobody has looked yet, what can't wait. Narrowed as `/cases`; 404 for a queue one does not have."""
    person = person_of(request)
    if name not in queues_of(person):
        raise Absent()
    rows = listing.QUEUES[name](person)
    return _page(request, response, rows, by, Turn(after, limit, listing.order_of(name)))
