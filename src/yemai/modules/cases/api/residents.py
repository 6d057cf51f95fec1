"""What a resident's pages do, without an account: photos, reports, steps on one's own report, scores."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Path, Router, Status
from ninja.files import UploadedFile

from yemai.base.files.actions import store_photo
from yemai.base.files.queries import photo_response
from yemai.base.files.terms import PhotoSize
from yemai.base.people.models import Person
from yemai.base.territory.queries import door_named
from yemai.base.tokens.guards import PUBLIC, Guard, caller_of
from yemai.base.tokens.terms import Scope
from yemai.kernel.coordinates import Crs
from yemai.kernel.refusals import Absent, Refused

from .. import words
from ..actions import Given, Report, follow, report, take_step
from ..actions.effects.checking import token_hash
from ..actors import Resident
from ..models import Case
from ..queries import public as reads
from ..queries.detail import photo_of
from ..queries.standing import stands_of
from ..terms import OPEN_STAGES, SCORE_LABELS, UNHAPPY_AT_MOST, Source, Verb, Who
from ..views.device import resident_of
from ..views.resident import OWN_VERBS
from . import shown
from .answers import OwnReport, PhotoOut, ReportOut, ScoreAsked, Scored
from .bodies import FollowIn, ReportIn, ResidentStepIn, ScoreIn
from .fields import Key, PathId, ScoreToken, TrackingCode, one_of, verbs_in

router = Router(tags=["residents"])
JPEG = "image/jpeg"
OwnVerb = Annotated[Verb, one_of(OWN_VERBS), verbs_in(OWN_VERBS), Path()]
ONLY_THE_RESIDENTS = frozenset({Verb.WITHDRAW, Verb.CORRECT, Verb.SCORE, Verb.REQUEST_REOPEN})


@router.post(
    "/photos",
    response={201: PhotoOut},
    auth=Guard(PUBLIC, scope=Scope.WRITE, refuses=(507,)),
    summary="Store a photo for a report or a step",
)
def add_photo(request: HttpRequest, file: File[UploadedFile]) -> Status[Any]:
    """JPEG, PNG or WebP, judged by its bytes (415), drawn anew without metadata. Unused it is gone after a day."""
    stored = store_photo(file, actor=caller_of(request).person, now=timezone.now())
    return Status(201, {"id": stored.pk, "width": stored.width, "height": stored.height})


@router.post(
    "/reports",
    response={201: ReportOut},
    auth=Guard(PUBLIC, scope=Scope.WRITE, refuses=(404, 409)),
    summary="Report something",
)
def add_report(request: HttpRequest, body: ReportIn, key: Key = None) -> Status[Any]:
    """Sent twice under one key by the same device it is one report. The answer sets the device's cookie: keep it."""
    actor, now = resident_of(request), timezone.now()
    case = report(report_of(body, Source.RESIDENT, key), actor=actor, now=now)
    return Status(201, shown.report(case, actor, now))


def report_of(what: ReportIn, source: Source, key: UUID | None, **more: Any) -> Report:
    """The action's record of a body. Raises Refused `no-such-door`."""
    values: dict[str, Any] = {}
    if what.door:
        door = door_named(what.door)
        if door is None:
            text = _("这个门牌码不是本镇的，或已经停用。您仍可以直接上报，写明地址即可。")
            raise Refused("no-such-door", text, status=404)
        values = {"building": door.building, "node": door.node}
    return Report(
        text=what.text,
        title=what.title,
        source=source,
        client_key=key or what.client_key,
        place_text=what.place_text,
        lon=what.lon,
        lat=what.lat,
        crs=Crs(what.crs),
        photos=tuple(what.photos),
        name=what.name,
        phone=what.phone,
        happened_at=what.happened_at,
        consent_version="api-1" if what.name or what.phone else "",
        **{**values, **more},
    )


@router.get("/reports", response=list[OwnReport], auth=Guard(PUBLIC), summary="What this device sent or follows")
def list_reports(request: HttpRequest) -> Any:
    """By the device's cookie, the newest fifty; empty for a device that is not known."""
    return [
        {
            "tracking_code": case.tracking_code,
            "progress": words.progress(case),
            "reported_at": case.reported_at,
            "is_ended": case.stage not in OPEN_STAGES,
        }
        for case in reads.cases_of_device(resident_of(request).device_hash)[:50]
    ]


@router.get("/reports/{code}", response=ReportOut, auth=Guard(PUBLIC), summary="How a report is getting on")
def get_report(request: HttpRequest, code: TrackingCode) -> Any:
    """In plain words, to whoever holds the code; `can` says what they may do now."""
    return shown.report(reads.case_by_code(code), resident_of(request), timezone.now())


@router.get(
    "/reports/{code}/photos/{photo_id}",
    response={200: None},
    auth=Guard(PUBLIC, gives=JPEG),
    summary="A photo of one's own report",
)
def get_own_photo(
    request: HttpRequest, code: TrackingCode, photo_id: PathId, size: PhotoSize = PhotoSize.FULL
) -> HttpResponseBase:
    """To the device that sent it; anybody else gets the answer of a photo that is not there."""
    case = reads.case_by_code(code)
    found = photo_of(case, photo_id)
    if found is None or not reads.is_reporter(case, resident_of(request)):
        raise Absent()
    return photo_response(found.file, size, request=request)


@router.post(
    "/reports/{code}/steps/{verb}",
    response=ReportOut,
    auth=Guard(PUBLIC, scope=Scope.WRITE, refuses=(403, 409)),
    summary="Withdraw, correct, remind, comment, score, ask again",
)
def take_own_step(
    request: HttpRequest, code: TrackingCode, verb: OwnVerb, body: ResidentStepIn, key: Key = None
) -> Any:
    """`withdraw`, `correct` (the place) and `score` are for the device that reported, the others for whoever holds the code."""
    case, actor, now = reads.case_by_code(code), resident_of(request), timezone.now()
    if verb in ONLY_THE_RESIDENTS:
        refuse_disposer(request, case)
    place_text = body.place_text if verb == Verb.CORRECT else ""
    given = Given(text=body.text, score=body.score, place_text=place_text)
    done = take_step(case.pk, verb, actor=actor, now=now, given=given, client_key=key or body.client_key)
    return shown.report(done, actor, now)


def refuse_disposer(request: HttpRequest, case: Case) -> None:
    """Whoever had a hand in it and is signed in does not speak for the resident. Raises Refused `not-the-disposer`."""
    if isinstance(request.user, Person) and Who.DISPOSER in stands_of(request.user, case):
        raise Refused("not-the-disposer", _("您办理过这件事，不能替居民评价或撤回。"), status=403)


@router.post(
    "/reports/{code}/follow",
    response=ReportOut,
    auth=Guard(PUBLIC, scope=Scope.WRITE, refuses=(409,)),
    summary="Follow somebody's report",
)
def follow_report(request: HttpRequest, code: TrackingCode, body: FollowIn) -> Any:
    """Instead of reporting the same again; twice is once."""
    case, actor, now = reads.case_by_code(code), resident_of(request), timezone.now()
    follow(case, actor=actor, phone=body.phone, now=now)
    return shown.report(case, actor, now)


@router.get(
    "/scores/{token}", response=ScoreAsked, auth=Guard(PUBLIC, refuses=(410,)), summary="What a score link asks about"
)
def get_score(request: HttpRequest, token: ScoreToken) -> Any:
    """410 for a link that was used or has expired."""
    case = reads.invitation_of(token_hash(token), timezone.now()).case
    return {
        "category": case.category_name,
        "place": case.node.name,
        "progress": words.progress(case),
        "reported_at": case.reported_at,
        "labels": {str(value): str(label) for value, label in SCORE_LABELS.items()},
    }


@router.post(
    "/scores/{token}",
    response=Scored,
    auth=Guard(PUBLIC, scope=Scope.WRITE, refuses=(403, 409, 410)),
    summary="Score by a one-time link",
)
def add_score(request: HttpRequest, token: ScoreToken, body: ScoreIn) -> Any:
    """Counts once. An unhappy one (1, 2) asks that the case be taken up again; a person decides."""
    now: datetime = timezone.now()
    invitation = reads.invitation_of(token_hash(token), now)
    refuse_disposer(request, invitation.case)
    actor = Resident(resident_of(request).device_hash, invitation.pk)
    given = Given(score=body.score, text=body.text)
    take_step(invitation.case_id, Verb.SCORE, actor=actor, now=now, given=given)
    return {"score": body.score, "asks_reopen": body.score <= UNHAPPY_AT_MOST}
