"""report: a case opens, whoever sends it and however bad the line; the same client key sent twice opens one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yemai.base.people.models import Person
from yemai.base.territory.models import Building, Node
from yemai.base.transactions import writing
from yemai.kernel.codes import tracking_code
from yemai.kernel.coordinates import Crs, to_wgs84
from yemai.kernel.refusals import Refused

from .. import clock, story
from ..actors import Actor, Resident
from ..alike.words import fingerprint
from ..models import Case, Contact
from ..sealing import blind_phone, clean_phone, seal_text
from ..steps import STEPS
from ..terms import PHOTOS_MAX, TEXT_MAX, Clock, Moment, Source, Stage, UrgencyLevel, Verb
from ..urgency import urgency_of
from .filing import check_point, choose_category, find_place
from .given import Given, plain
from .photos import attach
from .steps import Draft, settle

FUTURE_SLACK = timedelta(minutes=10)
"""Phones' clocks run ahead a little; more than this is refused."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report says. `lon`/`lat` in degrees of `crs`; photos are ids of stored files."""

    text: str = ""
    title: str = ""
    source: Source = Source.RESIDENT
    client_key: UUID | None = None
    place_text: str = ""
    lon: float | None = None
    lat: float | None = None
    crs: Crs = Crs.WGS84
    building: Building | None = None
    node: Node | None = None
    category: int | None = None
    photos: tuple[UUID, ...] = ()
    name: str = ""
    phone: str = ""
    happened_at: datetime | None = None
    external_ref: str = ""
    consent_version: str = ""


def report(what: Report, *, actor: Actor, now: datetime) -> Case:
    """Open a case from `what`; returns the case already opened under the same client key, if there is one.

    Raises Refused: `empty`, `too-long`, `future`, `bad-time`, `bad-point`, `bad-phone`, `no-such-photo`, `no-such-category`.
    """
    check_words(what, now)
    check_point(what.lon, what.lat)
    phone = clean_phone(what.phone)
    try:
        return _open(what, phone, actor, now)
    except IntegrityError:  # sent twice in one moment, and the other was first
        if what.client_key and (known := _already_sent(what.client_key, actor)):
            return known
        raise


def _open(what: Report, phone: str, actor: Actor, now: datetime) -> Case:
    key = what.client_key or uuid4()
    with writing():
        if what.client_key and (known := _already_sent(what.client_key, actor)):
            return known
        case = _opened(what, key, actor, now)
        draft = Draft(
            case=case,
            row=STEPS[Verb.REPORT],
            actor=actor,
            now=now,
            given=Given(text=what.text, photos=what.photos),
            reaches=Stage.REPORTED,
            clock=Clock.KEEP,
        )
        draft.content = {
            "text_sha256": story.text_hash(case.text),
            "source": case.source,
            "place": case.place_text,
            "node": case.node.code,
            "flag": case.locate_flag,
        }
        if case.is_urgent:
            draft.content["urgency"] = {
                "level": UrgencyLevel(case.urgency).name.lower(),
                "words": list(case.urgent_reading.words),
            }
        clock.set_stage_clock(case, Stage.REPORTED, now, moved=True)
        case.save(force_insert=True)
        attach(draft, Moment.REPORT)
        if isinstance(actor, Resident) or phone or what.name:
            Contact.objects.create(
                case=case,
                role=Contact.Role.REPORTER,
                name_sealed=seal_text(plain(what.name)[:60]),
                phone_sealed=seal_text(phone),
                phone_blind=blind_phone(phone),
                device_hash=actor.device_hash if isinstance(actor, Resident) else "",
                consent_version=what.consent_version,
                created_at=now,
            )
        settle(draft)
    return case


def check_words(what: Report, now: datetime) -> None:
    """Refuse a report that says nothing, says too much, or comes from the future or from no time at all."""
    if not plain(what.text) and not what.photos:
        raise Refused(
            "empty", _("请写几个字或拍一张照片，让我们知道是什么事。"), status=422, fields={"text": _("请填写")}
        )
    if len(what.text) > TEXT_MAX:
        raise Refused(
            "too-long",
            _("文字有 %(n)d 字，最多 %(max)d 字。请精简后再发，已填的内容还在。")
            % {"n": len(what.text), "max": TEXT_MAX},
            status=422,
            fields={"text": _("最多 %(max)d 字") % {"max": TEXT_MAX}},
        )
    if what.happened_at is not None and what.happened_at > now + FUTURE_SLACK:
        raise Refused(
            "future", _("发生时间在未来，请检查后再发。"), status=422, fields={"happened_at": _("不能晚于现在")}
        )
    if what.happened_at is not None and what.happened_at.year < 1900:
        raise Refused(
            "bad-time", _("发生时间不对，请检查后再发。"), status=422, fields={"happened_at": _("请检查时间")}
        )
    if len(what.photos) > PHOTOS_MAX:
        raise Refused("too-many-photos", _("一次最多 %(max)d 张照片。") % {"max": PHOTOS_MAX}, status=422)


def _already_sent(client_key: UUID, actor: Actor) -> Case | None:
    """The case opened under this key by the same sender; someone else's key is refused, its case never shown."""
    known = Case.objects.select_related("node").filter(client_key=client_key).first()
    if known is None:
        return None
    if isinstance(actor, Person) and not known.story.filter(seq=1, actor=actor).exists():
        raise Refused("key-taken", _("这份上报的编号已被使用，请重新提交。"))
    if isinstance(actor, Resident):
        contact = known.contacts.filter(role=Contact.Role.REPORTER).first()
        if contact is None or contact.device_hash != actor.device_hash:
            raise Refused("key-taken", _("这份上报的编号已被使用，请重新提交。"))
    return known


def _opened(what: Report, key: UUID, actor: Actor, now: datetime) -> Case:
    lon, lat = what.lon, what.lat
    if lon is not None and lat is not None:
        lon, lat = to_wgs84(lon, lat, what.crs)
    place = find_place(
        lon=lon, lat=lat, place_text=what.place_text.strip() or f"{what.title} {what.text[:300]}",
        building=what.building, node=what.node,
    )  # fmt: skip
    case = Case(
        client_key=key,
        tracking_code=tracking_code(),
        source=what.source,
        external_ref=what.external_ref[:80],
        title=plain(what.title)[:120],
        text=plain(what.text),
        urgency=urgency_of(f"{plain(what.title)}。{plain(what.text)}").level,
        text_hash=fingerprint(plain(what.text)),
        language=get_language() or "zh-hans",
        node=place.node,
        path=place.node.path,
        building=place.building,
        place_text=plain(what.place_text)[:300] or (place.building.name if place.building else ""),
        lon=place.lon,
        lat=place.lat,
        locate_flag=place.flag,
        reporter=actor if isinstance(actor, Person) and what.source == Source.FIELD else None,
        happened_at=what.happened_at,
        reported_at=now,
    )
    if what.category:
        choose_category(case, what.category, None)
    return case


def follow(case: Case, *, actor: Resident, phone: str = "", now: datetime) -> Contact:
    """Follow someone else's case instead of reporting it again ("is it one of these?")."""
    number = clean_phone(phone)
    with writing():
        known = (case.contacts.filter(device_hash=actor.device_hash).first() if actor.device_hash else None) or (
            case.contacts.filter(phone_blind=blind_phone(number)).first() if number else None
        )
        if known is not None:
            return known
        return Contact.objects.create(
            case=case,
            role=Contact.Role.FOLLOWER,
            phone_sealed=seal_text(number),
            phone_blind=blind_phone(number),
            device_hash=actor.device_hash,
            created_at=now,
        )
