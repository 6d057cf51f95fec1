"""The register of cameras: the list, one camera with its requests, asking to view, noting the result."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.territory.queries import town
from yemai.kernel.refusals import Refused

from .actions import add_camera, answer_view, ask_view, end_camera
from .forms import AnswerForm, CameraForm, ViewForm
from .queries import camera_for, cameras_for, keeping_reach, requests_for, waiting_request
from .terms import Answer

PAGE = 60
REQUESTS = 100


def _actor(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 - the door needs a permission
    return request.user


@needs(Permission.CASE_VIEW, Permission.TERRITORY_EDIT)
def register(request: HttpRequest) -> HttpResponse:
    """Where cameras hang and whom to ask; whoever keeps the register enters more."""
    actor = _actor(request)
    form = CameraForm(request.POST or None)
    keeps = bool(keeping_reach(actor))
    if request.method == "POST" and keeps and form.is_valid():
        try:
            made = add_camera(actor=actor, now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            for name, text in (refused.fields or {"": refused.text}).items():
                form.add_error(name if name in form.fields else None, str(text))
        else:
            return redirect("cameras:camera", camera_id=made.pk)
    page = Paginator(cameras_for(actor), PAGE).get_page(request.GET.get("page"))
    shown = {"page": page, "form": form, "keeps": keeps, "centre": town()}
    return render(request, "cameras/register.html", shown, status=422 if form.errors else 200)


@needs(Permission.CASE_VIEW, Permission.TERRITORY_EDIT)
def camera_page(request: HttpRequest, camera_id: int) -> HttpResponse:
    """One camera: whom to ask, a request of one's own, the requests there are."""
    actor = _actor(request)
    camera = camera_for(actor, camera_id)
    form = ViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_view(camera, actor=actor, now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            for name, text in (refused.fields or {"": refused.text}).items():
                form.add_error(name if name in form.fields else None, str(text))
        else:
            return redirect("cameras:camera", camera_id=camera.pk)
    rows = [
        (one, AnswerForm(prefix=f"r{one.pk}") if one.answer == Answer.WAITING else None)
        for one in requests_for(actor, camera)[:REQUESTS]
    ]
    keeps = keeping_reach(actor).covers(camera.node.path)
    shown = {"camera": camera, "form": form, "rows": rows, "keeps": keeps}
    return render(request, "cameras/camera.html", shown, status=422 if form.errors else 200)


@needs(Permission.TERRITORY_EDIT)
@require_POST
def end(request: HttpRequest, camera_id: int) -> HttpResponse:
    """Off the register."""
    actor = _actor(request)
    end_camera(camera_for(actor, camera_id), actor=actor, now=timezone.now())
    return redirect("cameras:register")


@needs(Permission.CASE_VIEW, Permission.TERRITORY_EDIT)
@require_POST
def answer(request: HttpRequest, request_id: int) -> HttpResponse:
    """What became of a request."""
    actor = _actor(request)
    asked = waiting_request(actor, request_id)
    form = AnswerForm(request.POST, prefix=f"r{asked.pk}")
    given = form.cleaned_data if form.is_valid() else {"answer": Answer.WAITING, "text": ""}
    answer_view(asked, Answer(given["answer"]), given["text"], actor=actor, now=timezone.now())
    return redirect("cameras:camera", camera_id=asked.camera_id)
