"""The resident's pages: report in three taps, follow it by code, score it with one tap. No account anywhere."""

import uuid
from datetime import datetime
from typing import IO, Any, cast

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import public
from yemai.base.files.queries import photo_response
from yemai.base.parameters.queries import parameter
from yemai.base.people.models import Person
from yemai.base.territory.models import Door, Node
from yemai.base.territory.queries import door_named, town
from yemai.kernel.refusals import Absent, Refused

from .. import words
from ..actions import Given, Report, follow, report, take_step
from ..actions.effects.checking import token_hash
from ..actions.filing import find_place
from ..actors import Resident
from ..forms import ReportForm
from ..models import Case
from ..queries import public as reads
from ..queries.detail import photo_of
from ..queries.listing import story_of
from ..queries.standing import facts_of, stands_of
from ..rules import open_steps
from ..terms import SCORE_LABELS, UNHAPPY_AT_MOST, Source, Stage, UrgencyLevel, Verb, Who
from .device import remembers_device, resident_of
from .kept import Kept
from .outbox import form_problem, wants_json

OWN_VERBS = {Verb.WITHDRAW, Verb.REMIND, Verb.COMMENT, Verb.CORRECT, Verb.REQUEST_REOPEN, Verb.SCORE}


@public
@remembers_device
def welcome(request: HttpRequest) -> HttpResponse:
    """The front door: report, look up a code, see the board."""
    code = request.GET.get("code", "").strip()
    if code:
        try:
            return redirect("cases:tracking", code=reads.case_by_code(code).tracking_code)
        except Absent:
            messages.error(request, _("没有找到这个查询码，请核对每一位。"))
    return render(request, "cases/welcome.html", {"code": code, "town": town(), "mine": _mine_count(request)})


def _mine_count(request: HttpRequest) -> int:
    return reads.cases_of_device(resident_of(request).device_hash).count()


@public
@remembers_device
def new_report(request: HttpRequest, token: str = "", code: str = "") -> HttpResponse:
    """The report page; by a door's QR (`token`) or a poster's (`code` of its node) the place is already known."""
    resident_of(request)  # a new phone gets its cookie with the page: pressed twice, both come from one phone
    door = _door(token) or _poster(code)
    if request.method != "POST":
        form = ReportForm(initial={"client_key": uuid.uuid4()})
        return _report_page(request, form, door)
    form, kept = ReportForm(request.POST, request.FILES), Kept(request, actor=None, now=timezone.now())
    if not form.is_valid():
        return _report_page(request, form, door, kept=kept, status=422)
    try:
        return _send(request, form, door, kept)
    except Refused as refused:
        form.add_error(None, str(refused.text))
        for name, why in (refused.fields or {}).items():
            if name in form.fields and not form.fields[name].widget.is_hidden:
                form.add_error(name, str(why))
        return _report_page(request, form, door, kept=kept, status=refused.status)


def _door(token: str) -> Door | None:
    """The door of a QR. Raises Refused in plain words for a door that is not of this town or was replaced."""
    if not token:
        return None
    door = door_named(token)
    if door is None:
        raise Refused(
            "no-such-door", _("这个门牌码不是本镇的，或已经停用。您仍可以直接上报，写明地址即可。"), status=404
        )
    return door


def _poster(code: str) -> Door | None:
    """The node of a poster, as a door that was never made."""
    if not code:
        return None
    node = Node.objects.filter(code=code, valid_to__isnull=True).first()
    if node is None:
        raise Refused(
            "no-such-node", _("这个网格码不是本镇的，或已经停用。您仍可以直接上报，写明地址即可。"), status=404
        )
    return Door(node=node, label=node.label)


def _send(request: HttpRequest, form: ReportForm, door: Door | None, kept: Kept) -> HttpResponse:
    got, now, who = form.cleaned_data, timezone.now(), resident_of(request)
    lon, lat = got.get("lon"), got.get("lat")
    key = got.get("client_key") or uuid.uuid4()
    known = Case.objects.filter(client_key=key).exists()
    photos = () if known else kept.take_in("photos", got["photos"])
    if not known and not got.get("not_duplicate") and not wants_json(request):  # an outbox can't be asked
        alike = _alike(got, door, now)
        if alike:
            return _report_page(request, form, door, kept=kept, alike=alike)
    case = report(
        Report(
            text=got["text"],
            source=Source.RESIDENT,
            client_key=key,
            place_text=got["place_text"],
            lon=lon,
            lat=lat,
            building=door.building if door else None,
            node=door.node if door else None,
            photos=photos,
            name=got["name"],
            phone=got["phone"],
            happened_at=got["happened_at"],
            consent_version="1" if got["phone"] or got["name"] else "",
        ),
        actor=who,
        now=now,
    )
    where = reverse("cases:tracking", args=[case.tracking_code])
    if wants_json(request):
        return JsonResponse({"tracking_code": case.tracking_code, "url": where}, status=201)
    return redirect(f"{where}?new=1")


def _alike(got: dict[str, Any], door: Door | None, now: datetime) -> list[Case]:
    place = find_place(
        lon=got.get("lon"), lat=got.get("lat"), place_text=got["place_text"],
        building=door.building if door else None, node=door.node if door else None,
    )  # fmt: skip
    return reads.near_duplicates(
        lon=got.get("lon") if place.lon is None else place.lon,
        lat=got.get("lat") if place.lat is None else place.lat,
        node=place.node,
        category_id=None,
        now=now,
        text=got["text"],
    )


def _report_page(
    request: HttpRequest,
    form: ReportForm,
    door: Door | None,
    *,
    kept: Kept | None = None,
    alike: list[Case] | None = None,
    status: int = 200,
) -> HttpResponse:
    if status >= 400 and wants_json(request):
        return form_problem(form, status)
    key = form.data.get("client_key") or form.initial.get("client_key")
    lines = [{"case": case, "progress": words.progress(case)} for case in alike or []]
    return render(
        request,
        "cases/report.html",
        {
            "form": form,
            "door": door,
            "alike": lines,
            "client_key": key,
            "kept": kept.fields if kept else [],
            "centre": town(),
            "keep_days": parameter("contact_keep_days"),
        },
        status=status,
    )


@public
@remembers_device
def tracking(request: HttpRequest, code: str) -> HttpResponse:
    """How a report is getting on, in plain words, to whoever holds its code."""
    case, now, who = reads.case_by_code(code), timezone.now(), resident_of(request)
    verbs = [row.verb for row in open_steps(facts_of(case, now), stands_of(who, case), now) if row.verb in OWN_VERBS]
    link = request.build_absolute_uri(reverse("cases:tracking", args=[case.tracking_code]))
    steps = list(story_of(case, public_only=True))
    return render(
        request,
        "cases/tracking.html",
        {
            "case": case,
            "progress": words.progress(case, may_score=Verb.SCORE in verbs, is_asked_again=reads.is_asked_again(case)),
            "story": [{"step": step, "words": words.told(step)} for step in steps],
            "verbs": verbs,
            "is_own": reads.is_reporter(case, who),
            "scores": _scores(),
            "link": link,
            "is_new": "new" in request.GET,
            "is_danger": case.urgency == UrgencyLevel.DANGER_TO_LIFE and case.stage == Stage.REPORTED,
            "is_unhappy": case.score is not None and case.score <= UNHAPPY_AT_MOST,
            "photos": list(case.photos.select_related("file")) if reads.is_reporter(case, who) else [],
        },
    )


def _scores() -> list[tuple[int, Any]]:
    return sorted(SCORE_LABELS.items(), reverse=True)


@public
@remembers_device
def own_step(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """What a resident may do with their own report: withdraw, remind, add a word, score, ask to reopen."""
    case, now, who = reads.case_by_code(code), timezone.now(), resident_of(request)
    if request.method != "POST" or verb not in OWN_VERBS:
        return redirect("cases:tracking", code=case.tracking_code)
    if verb in (Verb.WITHDRAW, Verb.CORRECT, Verb.SCORE, Verb.REQUEST_REOPEN):
        _refuse_disposer(request, case)
    score = request.POST.get("score", "")
    try:
        take_step(
            case.pk,
            Verb(verb),
            actor=who,
            now=now,
            given=Given(
                text=request.POST.get("text", ""),
                place_text=request.POST.get("place_text", "") if verb == Verb.CORRECT else "",
                score=int(score) if score in ("1", "2", "3", "4", "5") else None,
            ),
            client_key=_key(request.POST.get("client_key", "")),
        )
        messages.success(request, _thanks(Verb(verb), score))
    except Refused as refused:
        messages.error(request, str(refused.text))
    return redirect("cases:tracking", code=case.tracking_code)


def _refuse_disposer(request: HttpRequest, case: Case) -> None:
    """A score can't come from the handler's own signed-in phone."""
    if isinstance(request.user, Person) and Who.DISPOSER in stands_of(request.user, case):
        raise Refused("not-the-disposer", _("您办理过这件事，不能替居民评价或撤回。"), status=403)


def _thanks(verb: Verb, score: str) -> str:
    if verb == Verb.SCORE:
        unhappy = score.isdigit() and int(score) <= UNHAPPY_AT_MOST
        return _("谢谢。您不满意，我们已请另一位同事决定是否重办；也请说说原因。") if unhappy else _("谢谢您的评价。")
    return {
        Verb.WITHDRAW: _("已撤回。"),
        Verb.REMIND: _("已催办，办理人会收到。"),
        Verb.COMMENT: _("已送到办理人。"),
        Verb.CORRECT: _("位置已补充。"),
        Verb.REQUEST_REOPEN: _("已申请重办，会由另一位同事决定。"),
    }[verb]


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@public
@remembers_device
def my_reports(request: HttpRequest) -> HttpResponse:
    """What this phone sent or follows."""
    found = list(reads.cases_of_device(resident_of(request).device_hash)[:50])
    return render(
        request, "cases/my_reports.html", {"rows": [{"case": case, "progress": words.progress(case)} for case in found]}
    )


@public
@remembers_device
def follow_case(request: HttpRequest, code: str) -> HttpResponse:
    """Follow a case that someone else already reported."""
    case = reads.case_by_code(code)
    if request.method == "POST":
        try:
            follow(case, actor=resident_of(request), phone=request.POST.get("phone", ""), now=timezone.now())
            messages.success(request, _("已关注，办好后在“我的上报”里能看到。"))
        except Refused as refused:
            messages.error(request, str(refused.text))
    return redirect("cases:tracking", code=case.tracking_code)


@public
@remembers_device
def score(request: HttpRequest, token: str) -> HttpResponse:
    """The one-time score page behind a link or QR; one tap counts at once, the why comes after."""
    now = timezone.now()
    invitation = reads.invitation_of(token_hash(token), now)
    case = invitation.case
    _refuse_disposer(request, case)
    if request.method == "POST":
        value = request.POST.get("score", "")
        take_step(
            case.pk,
            Verb.SCORE,
            actor=Resident(resident_of(request).device_hash, invitation.pk),
            now=now,
            given=Given(
                score=int(value) if value in ("1", "2", "3", "4", "5") else None, text=request.POST.get("text", "")
            ),
        )
        return render(
            request, "cases/scored.html", {"case": case, "thanks": _thanks(Verb.SCORE, value), "value": value}
        )
    return render(request, "cases/score.html", {"case": case, "token": token, "scores": _scores()})


@public
def own_photo(request: HttpRequest, code: str, photo_id: int, size: str) -> HttpResponseBase:
    """A photo of one's own report, to the phone that sent it; anybody else gets the answer of a photo that is not there."""
    case = reads.case_by_code(code)
    found = photo_of(case, photo_id)
    if found is None or not reads.is_reporter(case, resident_of(request)):
        raise Absent()
    return photo_response(found.file, size, request=request)


@public
def code_image(request: HttpRequest, code: str) -> HttpResponse:
    """The tracking code as a picture to keep: QR of the tracking page."""
    case = reads.case_by_code(code)
    link = request.build_absolute_uri(reverse("cases:tracking", args=[case.tracking_code]))
    response = HttpResponse(content_type="image/png")
    segno.make(link, error="m").save(cast(IO[str], response), kind="png", scale=8)
    response["Content-Disposition"] = f'inline; filename="{case.tracking_code}.png"'
    return response
