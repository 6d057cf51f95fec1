"""The register of components: the list, one component, a survey's table taken in."""

import tempfile
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.kernel.refusals import Refused

from .actions import Taken, take_in
from .forms import TableForm
from .queries import component_for, components_for, keeping_reach

PAGE = 100
DOUBTS_SHOWN = 200


def _actor(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 - the door needs a permission
    return request.user


@needs(Permission.CASE_VIEW, Permission.TERRITORY_EDIT)
def register(request: HttpRequest) -> HttpResponse:
    """What stands on the streets of one's ground."""
    actor = _actor(request)
    words = request.GET.get("q", "").strip()[:80]
    page = Paginator(components_for(actor, words), PAGE).get_page(request.GET.get("page"))
    return render(
        request, "components/register.html", {"page": page, "words": words, "keeps": bool(keeping_reach(actor))}
    )


@needs(Permission.CASE_VIEW, Permission.TERRITORY_EDIT)
def component_page(request: HttpRequest, component_id: int) -> HttpResponse:
    """One component and its place."""
    return render(request, "components/component.html", {"component": component_for(_actor(request), component_id)})


@needs(Permission.TERRITORY_EDIT)
def table(request: HttpRequest) -> HttpResponse:
    """Take in a survey's table: all of it, or what is sure, or nothing with the reasons."""
    actor = _actor(request)
    form = TableForm(request.POST or None, request.FILES or None)
    taken: Taken | None = None
    if request.method == "POST" and form.is_valid():
        try:
            taken = _taken(form.cleaned_data["file"], form.cleaned_data["crs"], form.cleaned_data["skips"], actor)
        except Refused as refused:
            for name, text in (refused.fields or {"file": refused.text}).items():
                form.add_error(name if name in form.fields else None, str(text))
    shown = {"form": form, "taken": taken, "doubts": taken.doubts[:DOUBTS_SHOWN] if taken else []}
    is_held = bool(form.errors) or (taken is not None and not taken.written)
    return render(request, "components/table.html", shown, status=422 if is_held else 200)


def _taken(upload: "UploadedFile[bytes]", crs: str, skips: bool, actor: Person) -> Taken:
    suffix = Path(upload.name or "").suffix[:10]
    with tempfile.NamedTemporaryFile(suffix=suffix) as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
        kept.flush()
        return take_in(Path(kept.name), crs, skips=skips, actor=actor, now=timezone.now())
