"""The intake desk: what people say on the phone or at the counter becomes a case at once."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.kernel.refusals import Refused

from .. import words
from ..actions import Report, report
from ..actions.filing import find_place
from ..forms import DeskReportForm
from ..queries.alike import alike_for
from ..queries.catalogue import propose_categories
from ..terms import Source
from ..urgency import urgency_of
from .kept import Kept


@needs(Permission.CASE_INTAKE)
def register_call(request: HttpRequest) -> HttpResponse:
    """Write down a call or a walk-in."""
    person, now = request.user, timezone.now()
    assert isinstance(person, Person)  # noqa: S101 - needs a permission
    nodes = Node.objects.filter(reach(person, Permission.CASE_INTAKE).q("path"), valid_to__isnull=True).order_by("path")
    if request.method != "POST":
        form = DeskReportForm(nodes=nodes, initial={"client_key": uuid.uuid4()})
        return render(request, "cases/intake_new.html", {"form": form})
    form, kept = DeskReportForm(request.POST, request.FILES, nodes=nodes), Kept(request, actor=person, now=now)
    if form.is_valid():
        got = form.cleaned_data
        try:
            case = report(
                Report(
                    text=got["text"],
                    source=Source(got["source"]),
                    client_key=got.get("client_key"),
                    place_text=got["place_text"],
                    node=got["node"],
                    lon=got.get("lon"),
                    lat=got.get("lat"),
                    category=got["category"].pk if got["category"] else None,
                    photos=kept.take_in("photos", got["photos"]),
                    name=got["name"],
                    phone=got["phone"],
                    consent_version="desk-1" if got["name"] or got["phone"] else "",
                ),
                actor=person,
                now=now,
            )
        except Refused as refused:
            form.add_error(None, str(refused.text))
            for name, why in (refused.fields or {}).items():
                if name in form.fields:
                    form.add_error(name, str(why))
        else:
            messages.success(request, _("已登记，查询码 %(code)s，请告诉来电人。") % {"code": case.tracking_code})
            return redirect("cases:case", case_id=case.pk)
    return render(request, "cases/intake_new.html", {"form": form, "kept": kept.fields}, status=422)


@needs(Permission.CASE_INTAKE)
def proposals(request: HttpRequest) -> HttpResponse:
    """While the caller speaks: likely place, class and duplicates, each with its reasons; a person decides."""
    text, place_text = request.GET.get("text", "")[:2000], request.GET.get("place_text", "")[:300]
    place = find_place(place_text=place_text) if place_text else None
    found = propose_categories(text) if text else []
    person, now = request.user, timezone.now()
    assert isinstance(person, Person)  # noqa: S101 - needs a permission
    alike = alike_for(
        person,
        text=text,
        lon=place.lon if place else None,
        lat=place.lat if place else None,
        node=place.node if place else None,
        now=now,
    )
    return render(
        request,
        "cases/partials/proposals.html",
        {
            "place": place,
            "categories": found,
            "urgency": urgency_of(text),
            "alike": [{"one": one, "case": one.case, "progress": words.progress(one.case)} for one in alike],
        },
    )
