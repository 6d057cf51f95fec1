"""Hot issues: their list, the page of one, and what a person decides there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.parameters.queries import parameter
from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent, Refused

from ..actions import Given, take_step
from ..actions.hot import add_case, decide_issue, remove_case
from ..forms import case_named
from ..models import Case, HotIssue
from ..queries import hot, listing
from ..terms import HotState, Stage, Verb
from .paging import page_of

KEYS = ("-is_growing", "-recent", "-id")
MOST = 100
"""Cases merged by one press."""


@needs(Permission.CASE_VIEW, Permission.CASE_DEPARTMENT)
def issues(request: HttpRequest) -> HttpResponse:
    """What comes up over and over, growing first; the filters stand in the address."""
    got = request.GET
    by = {"state": got.get("state", ""), "words": got.get("q", "").strip()[:60], "node": got.get("node", "")}
    growing = got.get("growing") == "1"
    found = hot.narrowed(hot.hot_issues_for(_person(request)), **by, is_growing=growing)
    return render(
        request,
        "cases/hot_issues.html",
        {
            "page": page_of(request, found, keys=KEYS),
            "by": by | {"growing": growing},
            "states": [choice for choice in HotState.choices if choice[0] != HotState.JOINED],
            "night": hot.last_night(),
            "rule": parameter("hot_issues"),
        },
    )


@needs(Permission.CASE_VIEW, Permission.CASE_DEPARTMENT)
def issue(request: HttpRequest, issue_id: int) -> HttpResponse:
    """One issue: map, curve, messages, who answered what, and what to do about it."""
    person = _person(request)
    found = hot.issue_for(person, issue_id)
    if found.pk != issue_id:
        return redirect("cases:hot_issue", issue_id=found.pk)
    view = hot.issue_view(person, found)
    points = [
        {"lon": case.lon, "lat": case.lat, "name": case.headline, "url": reverse("cases:case", args=[case.pk])}
        for case in view.cases
        if case.lon is not None
    ]
    return render(
        request,
        "cases/hot_issue.html",
        {
            "view": view,
            "issue": found,
            "points": points,
            "mains": [case for case in view.cases if case.stage not in (Stage.MERGED, Stage.VOIDED)],
            "night": hot.last_night(),
        },
    )


@needs(Permission.CASE_INTAKE, Permission.CASE_DISPATCH)
def decide(request: HttpRequest, issue_id: int) -> HttpResponse:
    """Merge, unmerge, take out, add, dismiss, take up again: what was pressed."""
    person, found = _person(request), hot.issue_for(_person(request), issue_id)
    here = redirect("cases:hot_issue", issue_id=found.pk)
    pressed = request.POST.get("do", "")
    if request.method != "POST" or pressed not in DOES:
        return here
    try:
        DOES[pressed](request, person, found)
    except Refused as refused:
        messages.error(request, str(refused.text))
    return here


def _merge(request: HttpRequest, person: Person, issue: HotIssue) -> None:
    """Each chosen case by the step of the loop; each that can't be is named, none is lost."""
    main = _whole(request.POST.get("main", ""))
    if main is None or not _cases(person, issue).filter(pk=main).exists():
        raise Refused("no-main-case", _("请选择一件作为主事件，其余并入它。"), status=422)
    given = Given(main_case=main, text=request.POST.get("text", "")[:500])
    _take(request, person, issue, Verb.MERGE, given, _("已并案 %(n)d 件，可随时撤销。"), without=main)


def _unmerge(request: HttpRequest, person: Person, issue: HotIssue) -> None:
    given = Given(text=request.POST.get("text", "")[:500] or _("不是同一件事，单独办理"))
    _take(request, person, issue, Verb.UNMERGE, given, _("已撤销并案 %(n)d 件。"))


def _take(
    request: HttpRequest,
    person: Person,
    issue: HotIssue,
    verb: Verb,
    given: Given,
    said: str,
    without: int | None = None,
) -> None:
    chosen = _chosen(request, person, issue)
    done, refused = 0, []
    for case in (one for one in chosen if one.pk != without):
        try:
            take_step(case.pk, verb, actor=person, now=timezone.now(), given=given)
            done += 1
        except Refused as why:
            refused.append(f"{case}: {why.text}")
    if done:
        messages.success(request, said % {"n": done})
    for line in refused[:20]:
        messages.warning(request, line)
    if not done and not refused:
        raise Refused("nothing-chosen", _("请先勾选事件。"), status=422)


def _remove(request: HttpRequest, person: Person, issue: HotIssue) -> None:
    chosen = _chosen(request, person, issue)
    if not chosen:
        raise Refused("nothing-chosen", _("请先勾选事件。"), status=422)
    for case in chosen:
        remove_case(issue, case, actor=person, now=timezone.now())
    messages.success(request, _("已移出 %(n)d 件，夜间排查不会再放回来。") % {"n": len(chosen)})


def _add(request: HttpRequest, person: Person, issue: HotIssue) -> None:
    case = case_named(request.POST.get("code", ""))
    if case is None or not listing.cases_for(person).filter(pk=case.pk).exists():
        raise Refused("no-such-case", _("没有找到这个编号的事件。"), status=422)
    add_case(issue, case, actor=person, now=timezone.now())
    messages.success(request, _("已加入这个热点。"))


def _dismiss(request: HttpRequest, person: Person, issue: HotIssue) -> None:
    decide_issue(
        issue, HotState.DISMISSED, actor=person, now=timezone.now(), reason=request.POST.get("reason", "")[:300]
    )
    messages.success(request, _("已标为“不是热点”，可随时恢复。"))


def _reopen(request: HttpRequest, person: Person, issue: HotIssue) -> None:
    decide_issue(issue, HotState.OPEN, actor=person, now=timezone.now())
    messages.success(request, _("已恢复关注。"))


DOES: dict[str, Any] = {
    "merge": _merge, "unmerge": _unmerge, "remove": _remove, "add": _add, "dismiss": _dismiss, "reopen": _reopen,
}  # fmt: skip


def _cases(person: Person, issue: HotIssue) -> Any:
    return listing.cases_for(person).filter(hot__issue=issue)


def _chosen(request: HttpRequest, person: Person, issue: HotIssue) -> list[Case]:
    chosen = [pk for pk in map(_whole, request.POST.getlist("case")) if pk is not None]
    return list(_cases(person, issue).filter(pk__in=chosen[:MOST]).order_by("pk"))


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _person(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):
        raise Absent()
    return request.user
