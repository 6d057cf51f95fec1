"""Writes of the register: a camera entered or ended, a request to view and what became of it; each on the audit trail."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.audit.actions import record
from yemai.base.people.models import Person
from yemai.base.territory.actions.checks import clean_name
from yemai.base.territory.geometry import point_from
from yemai.base.territory.locate import locate
from yemai.base.territory.models import Node
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .models import Camera, ViewRequest
from .queries import keeping_reach
from .terms import LONGEST_HOURS, Answer


def add_camera(
    name: str, *, lon: float, lat: float, owner: str, contact: str, actor: Person, now: datetime
) -> Camera:  # fmt: skip
    """Enter a camera where it hangs. Raises Refused outside the actor's ground, and for a name taken there."""
    clean = clean_name(name)
    at_lon, at_lat = point_from(lon, lat)
    assert at_lon is not None  # noqa: S101 - both were given
    assert at_lat is not None  # noqa: S101 - both were given
    found = locate(at_lon, at_lat)
    node = Node.objects.filter(pk=found.node_id).first() if found.node_id else None
    if node is None or not keeping_reach(actor).covers(node.path):
        text = _("这个位置不在您管理的网格里，请重新选点。")
        raise Refused("outside", text, status=422, fields={"lon": text})
    with writing():
        if Camera.objects.filter(node=node, name=clean, ended_on__isnull=True).exists():
            text = _("%(node)s 已有名为 %(name)s 的摄像头。") % {"node": node.label, "name": clean}
            raise Refused("name-taken", text, fields={"name": text})
        made = Camera.objects.create(
            node=node, name=clean, lon=at_lon, lat=at_lat, owner=clean_name(owner, field="owner"),
            contact=clean_name(contact, most=120, field="contact"),
        )  # fmt: skip
        record(
            actor=actor,
            action="add_camera",
            subject=made,
            now=now,
            path=node.path,
            after={"name": clean, "owner": owner},
        )
    return made


def end_camera(camera: Camera, *, actor: Person, now: datetime) -> None:
    """Take a camera off the register; its requests stay."""
    if not keeping_reach(actor).covers(camera.node.path):
        raise Refused("not-yours", _("您不管理这个摄像头的登记。"), status=403)
    with writing():
        if Camera.objects.filter(pk=camera.pk, ended_on__isnull=True).update(ended_on=timezone.localdate(now)):
            record(actor=actor, action="end_camera", subject=camera, now=now, path=camera.node.path)


def ask_view(
    camera: Camera, *, purpose: str, from_at: datetime, to_at: datetime, case_number: str = "", actor: Person, now: datetime
) -> ViewRequest:  # fmt: skip
    """Note that somebody asks to view what a camera holds of a span; the asking itself goes to its keeper.

    Raises Refused without a purpose, for a span that lies ahead, is upside down or longer than a day.
    """
    if to_at <= from_at or to_at - from_at > timedelta(hours=LONGEST_HOURS) or from_at > now:
        text = _("时段应在过去，且不超过 %(hours)d 小时。") % {"hours": LONGEST_HOURS}
        raise Refused("bad-span", text, status=422, fields={"to_at": text})
    with writing():
        made = ViewRequest.objects.create(
            camera=camera, asked_by=actor, asked_at=now, purpose=clean_name(purpose, most=300, field="purpose"),
            case_number=case_number.strip()[:24], from_at=from_at, to_at=to_at,
        )  # fmt: skip
        after = {"purpose": made.purpose, "from_at": from_at, "to_at": to_at, "case": made.case_number}
        record(actor=actor, action="ask_view", subject=made, now=now, path=camera.node.path, after=after)
    return made


def answer_view(asked: ViewRequest, answer: Answer, text: str, *, actor: Person, now: datetime) -> None:
    """Note what became of a request, once. Raises Refused for no answer."""
    if answer == Answer.WAITING:
        raise Refused("missing", _("请选择结果。"), status=422)
    with writing():
        if not ViewRequest.objects.filter(pk=asked.pk, answer=Answer.WAITING).update(
            answer=answer, answer_text=text.strip()[:300], answered_by=actor, answered_at=now
        ):
            raise Refused("answered", _("这项申请已有结果。"))
        after = {"answer": str(answer), "text": text}
        record(actor=actor, action="answer_view", subject=asked, now=now, path=asked.camera.node.path, after=after)
