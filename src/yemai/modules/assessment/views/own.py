"""What everybody may open: their own results, one result to its formula and rows, an appeal."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import signed_in
from yemai.base.access.queries import may
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent, Refused

from ..actions.appeals import make_appeal
from ..indicators.registry import INDICATORS
from ..queries.opened import lines_of, rows_behind
from ..queries.results import may_appeal, own_results, result_for
from ..terms import RunState

SHOWN = 100


def actor_of(request: HttpRequest) -> Person:
    """The person behind a request that came through a door."""
    assert isinstance(request.user, Person)  # noqa: S101 - the door lets nobody else in
    return request.user


@signed_in
def mine(request: HttpRequest) -> HttpResponse:
    """The person's own results, and those of the grids and units where they hold posts."""
    return render(request, "assessment/mine.html", {"results": own_results(actor_of(request))[:SHOWN]})


@signed_in
def result_page(request: HttpRequest, result_id: int) -> HttpResponse:
    """One result, opened; an appeal is sent from here."""
    actor, now = actor_of(request), timezone.now()
    result = result_for(actor, result_id)
    if request.method == "POST":
        make_appeal(
            result, request.POST.get("text", ""), cases=_numbers(request.POST.get("cases", "")), actor=actor, now=now
        )
        return redirect("assessment:result", result_id=result.pk)
    run = result.run
    is_open = run.state == RunState.REVIEW and run.appeals_until is not None and now < run.appeals_until
    shown = {
        "result": result, "run": run, "lines": lines_of(result), "appeals": result.appeals.select_related("made_by", "decided_by"),
        "may_appeal": is_open and may_appeal(actor, result),
        "assesses": may(actor, Permission.ASSESSMENT_RUN, run.node.path),
    }  # fmt: skip
    return render(request, "assessment/result.html", shown)


@signed_in
def rows_page(request: HttpRequest, result_id: int, indicator: str) -> HttpResponse:
    """The cases behind one line of a result."""
    result = result_for(actor_of(request), result_id)
    known = INDICATORS.get(indicator)
    if known is None or indicator not in result.numbers:
        raise Absent(_("这个结果里没有这一项。"))
    rows = rows_behind(result, known)
    return render(
        request, "assessment/rows.html", {"result": result, "indicator": known, "rows": rows[:500], "number": len(rows)}
    )


def _numbers(typed: str) -> list[int]:
    words = typed.replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
    found = [word for word in words if word]
    if not all(word.isdecimal() and len(word) < 18 for word in found):
        said = _("事件编号只写数字，用逗号隔开。")
        raise Refused("bad-number", said, status=422, fields={"cases": said})
    return [int(word) for word in found]
