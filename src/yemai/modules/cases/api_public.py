"""The API's public half: what a resident's page does, without an account."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Query, Router
from ninja.files import UploadedFile
from ninja.params.functions import Header
from pydantic import WithJsonSchema

from yemai.base.files.actions import store_photo
from yemai.base.people.models import Person
from yemai.base.people.queries import team_of
from yemai.base.territory.address import find_address
from yemai.base.territory.locate import locate
from yemai.base.territory.models import Building, Node
from yemai.base.territory.queries import door_named
from yemai.kernel.coordinates import Crs
from yemai.kernel.refusals import Absent, Refused

from . import rules, words
from .actions import Given, Report, follow, report, take_step
from .actions.effects.checking import token_hash
from .actors import Actor, Resident
from .api_schemas import (
    AlikeOut,
    BoardOut,
    CategoryOut,
    FollowIn,
    PhotoOut,
    PlaceOut,
    ProposalOut,
    ReportIn,
    ReportOut,
    ResidentStepIn,
    ScoreIn,
)
from .models import Case
from .queries import public as reads
from .queries.catalogue import categories, propose_categories
from .queries.listing import story_of
from .queries.standing import facts_of, stands_of
from .terms import OPEN_STAGES, Source, Verb
from .views.device import resident_of
from .views.resident import OWN_VERBS

router = Router(tags=["public"])
Code = Annotated[str, "a tracking code"]
Key = Annotated[UUID | None, WithJsonSchema({"type": "string", "format": "uuid"})]


def actor_of(request: HttpRequest) -> Actor:
    """Who reports: the signed-in person when there is one, else the phone behind its cookie."""
    return resident_of(request)


def told(case: Case, actor: Actor) -> dict[str, Any]:
    """A case as a resident reads it."""
    now = timezone.now()
    steps = rules.open_steps(facts_of(case, now), stands_of(actor, case), now)
    return {
        "tracking_code": case.tracking_code,
        "progress": words.progress(case),
        "place": case.node.name,
        "reported_at": case.reported_at,
        "due_at": case.due_at,
        "is_ended": case.stage not in OPEN_STAGES,
        "score": case.score,
        "can": [row.verb.value for row in steps if row.verb in OWN_VERBS],
        "story": [
            {"at": step.at, "words": words.told(step), "text": "" if step.verb == Verb.REPORT else step.text}
            for step in story_of(case, public_only=True)
        ],
    }


def report_of(what: ReportIn, source: Source, key: UUID | None) -> Report:
    """The action's record of a body. Raises Refused `no-such-door`."""
    door = door_named(what.door) if what.door else None
    if what.door and door is None:
        raise Refused(
            "no-such-door", _("这个门牌码不是本镇的，或已经停用。您仍可以直接上报，写明地址即可。"), status=404
        )
    return Report(
        text=what.text,
        title=what.title,
        source=source,
        client_key=key or what.client_key,
        place_text=what.place_text,
        lon=what.lon,
        lat=what.lat,
        crs=Crs(what.crs),
        building=door.building if door else None,
        node=door.node if door else None,
        photos=tuple(what.photos),
        name=what.name,
        phone=what.phone,
        happened_at=datetime.fromisoformat(what.happened_at) if what.happened_at else None,
        consent_version="api" if what.name or what.phone else "",
    )


@router.post("/photos", response={201: PhotoOut}, summary="Store a photo for a report or a step")
def add_photo(request: HttpRequest, file: File[UploadedFile]) -> tuple[int, Any]:
    """JPEG, PNG or WebP; drawn anew without metadata."""
    stored = store_photo(file, actor=request.user if isinstance(request.user, Person) else None, now=timezone.now())
    return 201, {"id": stored.pk, "width": stored.width, "height": stored.height}


@router.post("/reports", response={201: ReportOut}, summary="Report something")
def add_report(
    request: HttpRequest, body: ReportIn, key: Key = Header(None, alias="Idempotency-Key")
) -> tuple[int, Any]:
    """Sent twice under one client key it is one report."""
    actor = actor_of(request)
    case = report(report_of(body, Source.RESIDENT, key), actor=actor, now=timezone.now())
    return 201, told(case, actor)


@router.get("/reports/{code}", response=ReportOut, summary="How a report is getting on")
def get_report(request: HttpRequest, code: str) -> Any:
    """In plain words, to whoever holds the code."""
    return told(reads.case_by_code(code), actor_of(request))


@router.post(
    "/reports/{code}/steps/{verb}", response=ReportOut, summary="Withdraw, remind, add a word, score, ask again"
)
def own_step(
    request: HttpRequest, code: str, verb: str, body: ResidentStepIn, key: Key = Header(None, alias="Idempotency-Key")
) -> Any:
    """`withdraw`, `correct` (place) and `score` are for the phone that reported; the others for whoever holds the code."""
    case, actor = reads.case_by_code(code), actor_of(request)
    if verb not in [one.value for one in OWN_VERBS]:
        raise Absent()
    given = Given(text=body.text, score=body.score, place_text=body.place_text if verb == Verb.CORRECT else "")
    done = take_step(
        case.pk, Verb(verb), actor=actor, now=timezone.now(), given=given, client_key=key or body.client_key
    )
    return told(done, actor)


@router.post("/reports/{code}/follow", response=ReportOut, summary="Follow somebody's report")
def follow_report(request: HttpRequest, code: str, body: FollowIn) -> Any:
    """Instead of reporting the same again."""
    case, actor = reads.case_by_code(code), resident_of(request)
    follow(case, actor=actor, phone=body.phone, now=timezone.now())
    return told(case, actor)


@router.get("/scores/{token}", response=ReportOut, summary="What a score link asks about")
def get_score(request: HttpRequest, token: str) -> Any:
    """410 for a link that was used or has expired."""
    return told(reads.invitation_of(token_hash(token), timezone.now()).case, actor_of(request))


@router.post("/scores/{token}", response=ReportOut, summary="Score by a one-time link")
def add_score(request: HttpRequest, token: str, body: ScoreIn) -> Any:
    """Counts once."""
    invitation = reads.invitation_of(token_hash(token), timezone.now())
    actor = Resident(resident_of(request).device_hash, invitation.pk)
    case = take_step(
        invitation.case_id, Verb.SCORE, actor=actor, now=timezone.now(), given=Given(score=body.score, text=body.text)
    )
    return told(case, actor)


@router.get("/boards/{code}", response=BoardOut, summary="A node's public board")
def get_board(request: HttpRequest, code: str) -> Any:
    """Team, duties, area, figures of 90 days; nothing personal of a resident."""
    node = Node.objects.select_related("tier", "parent").filter(code=code, valid_to__isnull=True).first()
    if node is None:
        raise Absent()
    found = reads.board_of(node, timezone.now())
    return {
        "node": node_out(node),
        "text": node.public_text,
        "teams": {
            team: [member_out(one) for one in members] for team, members in team_of(node, public_only=True).items()
        },
        "open": found.open_count,
        "closed": found.closed_count,
        "solved": found.solved_count,
        "scored": found.scored_count,
        "content": found.happy_count,
    }


def node_out(node: Node) -> dict[str, Any]:
    """A node as the API gives it."""
    return {
        "id": node.pk,
        "code": node.code,
        "name": node.name,
        "tier": node.tier.key,
        "parent": node.parent.code if node.parent else None,
        "households": node.households,
    }


def member_out(member: Any) -> dict[str, Any]:
    """A team's member as the board shows one."""
    return {
        "name": member.person.name,
        "posts": [post.name for post in member.posts],
        "duties": [duty.value for duty in member.duties],
        "phone": member.public_phone,
        "is_absent": member.absent_until is not None,
        "deputy": member.deputy.name if member.deputy else None,
    }


@router.get("/categories", response=list[CategoryOut], summary="The catalogue in force")
def list_categories(request: HttpRequest) -> Any:
    """Classes with their filing conditions, limits and closing conditions."""
    return [
        {
            "id": one.pk,
            "code": one.code,
            "name": one.name,
            "major": one.major_name,
            "description": one.description,
            "conditions": [
                {"id": c.pk, "text": c.text, "priority": c.priority, "limit": c.limit, "closing": c.closing}
                for c in one.conditions.all()
            ],
        }
        for one in categories().prefetch_related("conditions")
    ]


@router.get("/categories/proposals", response=list[ProposalOut], summary="Likely classes for words")
def list_proposals(request: HttpRequest, text: Annotated[str, Query(max_length=5000)]) -> Any:
    """A proposal with the words that spoke for it; a person decides."""
    return [{"category": one.pk, "name": one.name, "said": said} for one, said in propose_categories(text)]


@router.get("/places", response=list[PlaceOut], summary="Places that words may mean")
def search_places(request: HttpRequest, q: Annotated[str, Query(min_length=1, max_length=300)]) -> Any:
    """At most eight, the surest first; below 0.6 nobody should take one unasked."""
    matches = find_address(q)
    nodes = Node.objects.in_bulk([match.node_id for match in matches])
    buildings = Building.objects.in_bulk([match.building_id for match in matches if match.building_id])
    return [
        {
            "node": nodes[match.node_id].code,
            "node_name": nodes[match.node_id].name,
            "building": buildings[match.building_id].name if match.building_id else None,
            "words": match.words,
            "confidence": match.confidence,
            "flag": "address",
        }
        for match in matches
    ]


LonQuery = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
LatQuery = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]


@router.get("/places/at", response=list[PlaceOut], summary="The micro-grid a point lies in")
def place_at(request: HttpRequest, lon: LonQuery, lat: LatQuery) -> Any:
    """Empty outside every micro-grid; `flag` says edge or overlap where a person must decide."""
    found = locate(lon, lat)
    if found.node_id is None:
        return []
    node = Node.objects.get(pk=found.node_id)
    flag = str(getattr(found.flag, "value", found.flag))
    return [{"node": node.code, "node_name": node.name, "building": None, "words": "", "confidence": 1.0, "flag": flag}]


@router.get("/duplicates", response=list[AlikeOut], summary="Open cases near a point today")
def list_alike(request: HttpRequest, lon: LonQuery, lat: LatQuery) -> Any:
    """ "Is it one of these?" """
    found = reads.near_duplicates(lon=lon, lat=lat, node=None, category_id=None, now=timezone.now())
    return [
        {
            "tracking_code": case.tracking_code,
            "category": case.category.name if case.category else None,
            "progress": words.progress(case),
            "reported_at": case.reported_at,
        }
        for case in found
    ]
