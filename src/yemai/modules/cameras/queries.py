"""Reads of the register: whoever works on the ground sees where to ask; requests are seen by who asked and who keeps it."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from yemai.base.access.queries import Reach, reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent

from .models import Camera, ViewRequest
from .terms import Answer


def keeping_reach(actor: Person) -> Reach:
    """The ground whose register an actor keeps."""
    return reach(actor, Permission.TERRITORY_EDIT)


def cameras_for(actor: Person) -> QuerySet[Camera]:
    """Standing cameras where the actor works or keeps the register, by name, with how many requests wait."""
    ground = reach(actor, Permission.CASE_VIEW).q("node__path") | keeping_reach(actor).q("node__path")
    found = Camera.objects.filter(ground, ended_on__isnull=True).select_related("node").defer("node__boundary")
    return found.annotate(waiting=Count("requests", filter=Q(requests__answer=Answer.WAITING))).order_by("name", "pk")


def camera_for(actor: Person, camera_id: int) -> Camera:
    """One of them. Raises Absent."""
    found = cameras_for(actor).filter(pk=camera_id).first()
    if found is None:
        raise Absent(_("没有找到这个摄像头，或您无权查看。"))
    return found


def requests_for(actor: Person, camera: Camera) -> QuerySet[ViewRequest]:
    """All for who keeps the register there, else the actor's own; newest first."""
    found = ViewRequest.objects.filter(camera=camera).select_related("asked_by", "answered_by")
    return found if keeping_reach(actor).covers(camera.node.path) else found.filter(asked_by=actor)


def waiting_request(actor: Person, request_id: int) -> ViewRequest:
    """A request whose result the actor may note: their own, or of a register they keep. Raises Absent."""
    found = ViewRequest.objects.select_related("camera__node").filter(pk=request_id, answer=Answer.WAITING).first()
    if found is None or (found.asked_by_id != actor.pk and not keeping_reach(actor).covers(found.camera.node.path)):
        raise Absent(_("没有找到这项申请，或它已有结果。"))
    return found
