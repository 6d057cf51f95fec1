"""What a worker writes on the ground, with or without a line: the same page, sent at once or from the outbox."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.kernel.refusals import Refused

from ..actions import Given, Report, report, take_step
from ..forms import ReportForm
from ..models import Case
from ..terms import Source, Verb
from .kept import Kept
from .outbox import form_problem, wants_json


@needs(Permission.CASE_HANDLE)
def new_case(request: HttpRequest) -> HttpResponse:
    """Report what was found on the round; ticking "I take it" makes it one's own at once."""
    person = request.user
    assert isinstance(person, Person)  # noqa: S101 - needs a permission
    if request.method != "POST":
        return render(
            request,
            "cases/field_new.html",
            {"form": ReportForm(initial={"client_key": uuid.uuid4()}), "client_key": uuid.uuid4()},
        )
    form, kept = ReportForm(request.POST, request.FILES), Kept(request, actor=person, now=timezone.now())
    if form.is_valid():
        try:
            case = _open(form, person, kept, take="take" in request.POST)
        except Refused as refused:
            form.add_error(None, str(refused.text))
        else:
            return _answer(request, {"id": case.pk, "url": reverse("cases:case", args=[case.pk])}, case)
    if wants_json(request):
        return form_problem(form)
    return render(
        request,
        "cases/field_new.html",
        {"form": form, "client_key": form.data.get("client_key", ""), "kept": kept.fields},
        status=422,
    )


def _open(form: ReportForm, person: Person, kept: Kept, *, take: bool) -> Case:
    got, now = form.cleaned_data, timezone.now()
    key = got.get("client_key") or uuid.uuid4()
    known = Case.objects.filter(client_key=key, reporter=person).first()
    if known is not None:
        return known
    case = report(
        Report(
            text=got["text"],
            source=Source.FIELD,
            client_key=key,
            place_text=got["place_text"],
            lon=got.get("lon"),
            lat=got.get("lat"),
            photos=kept.take_in("photos", got["photos"]),
            happened_at=got["happened_at"],
        ),
        actor=person,
        now=now,
    )
    if take:
        try:
            take_step(case.pk, Verb.TAKE, actor=person, now=now, given=Given(), client_key=uuid.uuid5(key, "take"))
        except Refused:
            return case  # outside one's own ground: the report stands, somebody else takes it
    return case


def _answer(request: HttpRequest, body: dict[str, Any], case: Case) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(body, status=201)
    messages.success(request, _("已上报，查询码 %(code)s。") % {"code": case.tracking_code})
    return redirect("cases:case", case_id=case.pk)
