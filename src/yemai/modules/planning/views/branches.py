"""Joint branches: which estates, how many full members each, typed or from a table."""

import tempfile
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.territory.models import Estate, Node

from ..actions import ask_proposal
from ..forms import MEMBERS_MOST, BranchesForm, counts_in
from ..proposing import estates_with_places
from ..queries import chosen_ground, proposals_for
from ..terms import Question
from ..words import SOURCE
from .asking import actor_of
from .sites import nodes_offered

UPLOAD_MAX = 5 * 1024 * 1024
ESTATES_MOST = 2_000


@needs(Permission.TERRITORY_EDIT)
def ask(request: HttpRequest) -> HttpResponse:
    """Choose ground, enter the counts, ask. A table only fills in the form: what is sent is seen first."""
    actor = actor_of(request)
    offered = nodes_offered(actor)
    key = request.POST.get("ground") or request.GET.get("ground") or (offered[0][0] if offered else "")
    node, _estate = chosen_ground(actor, key)
    listed = [(one, lon is not None) for one, lon, _lat in estates_with_places(node.path)[:ESTATES_MOST]]
    form = BranchesForm(request.POST or None, request.FILES or None)
    typed, wrong = _typed(request, listed)
    refused: list[tuple[int, str, str]] = []
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        if file is not None:
            counts, refused = _uploaded(file, [one for one, _placed in listed])
            typed |= {pk: str(count) for pk, count in counts.items()}
        elif typed and not wrong:
            return _asked(request, node, {pk: int(count) for pk, count in typed.items()}, form)
    shown = {
        "form": form, "offered": offered, "ground": key, "refused": refused, "wrong": wrong, "source": SOURCE,
        "rows": [(one, placed, typed.get(one.pk, "")) for one, placed in listed],
        "is_empty": request.method == "POST" and not typed,
        "proposals": proposals_for(actor, Question.BRANCHES)[:30],
    }  # fmt: skip
    return render(request, "planning/branches.html", shown, status=422 if form.errors or wrong else 200)


def _asked(request: HttpRequest, node: Node, counts: dict[int, int], form: BranchesForm) -> HttpResponse:
    asked = {
        "counts": {str(pk): count for pk, count in counts.items()},
        "neighbour_m": form.cleaned_data["neighbour_m"],
    }
    proposal = ask_proposal(Question.BRANCHES, node, asked, actor=actor_of(request), now=timezone.now())
    return redirect("planning:proposal", proposal_id=proposal.pk)


def _typed(request: HttpRequest, listed: list[tuple[Estate, bool]]) -> tuple[dict[int, str], list[str]]:
    """Counts as typed, by estate; names of estates whose count is no number."""
    typed: dict[int, str] = {}
    wrong = []
    for estate, _placed in listed:
        text = request.POST.get(f"members-{estate.pk}", "").strip()
        if not text:
            continue
        typed[estate.pk] = text
        if not (text.isascii() and text.isdecimal()) or int(text) > MEMBERS_MOST:
            wrong.append(estate.name)
    return typed, wrong


def _uploaded(file: object, estates: list[Estate]) -> tuple[dict[int, int], list[tuple[int, str, str]]]:
    """Read a table from a file of its own, which is gone at once."""
    name = str(getattr(file, "name", "") or "")
    with tempfile.NamedTemporaryFile(suffix=Path(name).suffix.lower()[:6]) as target:
        for chunk in file.chunks():  # type: ignore[attr-defined]  # an uploaded file
            target.write(chunk)
        target.flush()
        return counts_in(Path(target.name), estates)
