"""The desk of whoever assesses: runs, a run's table, schemes, appeals, hard stops."""

from datetime import date
from io import BytesIO
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.queries import may, reach
from yemai.base.access.terms import Permission
from yemai.base.territory.models import Node
from yemai.kernel.refusals import Absent, Refused

from ..actions.appeals import confirm_stop, decide_appeal, enter_stop
from ..actions.runs import confirm_stars, publish_run, quarter_before, set_stars, start_run
from ..actions.schemes import make_version
from ..allowances import write_allowances
from ..indicators.registry import ALL
from ..models import HardStop, SchemeVersion
from ..queries.loads import loads_of
from ..queries.results import appeals_for, result_for, run_for, runs_for, versions_in_force
from ..queries.subjects import names_of
from ..queries.what_if import what_if
from ..rules.scoring import How, check_items, usual_how
from ..subjects import Subject
from ..terms import AppealState, RunState, StopKind
from .own import actor_of

RUN = Permission.ASSESSMENT_RUN
SHOWN = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs(RUN)
def desk(request: HttpRequest) -> HttpResponse:
    """Runs so far, the form for one more, what waits for a decision."""
    actor, now = actor_of(request), timezone.now()
    today = timezone.localdate(now)
    versions = versions_in_force(today)
    grounds = Node.objects.filter(reach(actor, RUN).q("path"), valid_to__isnull=True).order_by("path")[:SHOWN]
    if request.method == "POST":
        version = next((one for one in versions if str(one.pk) == request.POST.get("version")), None)
        node = Node.objects.filter(reach(actor, RUN).q("path"), pk=_number(request.POST.get("node")) or 0).first()
        if version is None or node is None:
            raise Refused("missing", _("请选择方案和范围。"), status=422)
        run = start_run(version, node=node, period=request.POST.get("period", ""), actor=actor, now=now)
        return redirect("assessment:run", run_id=run.pk)
    shown = {
        "runs": runs_for(actor)[:SHOWN], "versions": versions, "grounds": grounds, "period": quarter_before(today),
        "appeals": appeals_for(actor).filter(state=AppealState.OPEN)[:SHOWN],
    }  # fmt: skip
    return render(request, "assessment/desk.html", shown)


@needs(RUN)
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: how far it is, then its results; confirming and publishing are sent from here."""
    actor, now = actor_of(request), timezone.now()
    run = run_for(actor, run_id)
    if request.method == "POST":
        if request.POST.get("do") == "publish":
            publish_run(run, actor=actor, now=now)
        else:
            confirm_stars(run, actor=actor, now=now)
        return redirect("assessment:run", run_id=run.pk)
    results = list(run.results.select_related("confirmed_by").order_by("rank", "-score", "subject_id"))
    loads = loads_of(run, results)
    waiting = sum(1 for one in results if one.score is not None and one.confirmed_by_id is None)
    is_over = run.appeals_until is not None and now >= run.appeals_until
    shown = {
        "run": run,
        "results": [(one, loads.get(one.subject_id)) for one in results],
        "has_loads": bool(loads),
        "waiting": waiting,
        "may_publish": run.state == RunState.REVIEW and is_over and not waiting,
    }
    template = "assessment/partials/going.html" if getattr(request, "htmx", False) else "assessment/run.html"
    return render(request, template, shown)


@needs(RUN)
def allowances(request: HttpRequest, run_id: int) -> HttpResponse:
    """The table for the accountant; of a published run alone."""
    run = run_for(actor_of(request), run_id)
    if run.state != RunState.PUBLISHED:
        raise Refused("not-published", _("公示以后才能导出补贴表。"))
    content = BytesIO()
    write_allowances(run, content)
    answer = HttpResponse(content.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="allowances-{run.period}.xlsx"'
    return answer


@needs(RUN)
def star(request: HttpRequest, result_id: int) -> HttpResponse:
    """Other stars than the score gives, with the reason."""
    actor = actor_of(request)
    result = result_for(actor, result_id)
    stars = _number(request.POST.get("stars"))
    set_stars(
        result, -1 if stars is None else stars, note=request.POST.get("note", ""), actor=actor, now=timezone.now()
    )
    return redirect("assessment:result", result_id=result.pk)


@needs(RUN)
def appeal(request: HttpRequest, appeal_id: int) -> HttpResponse:
    """An appeal and its decision."""
    actor = actor_of(request)
    found = appeals_for(actor).filter(pk=appeal_id).first()
    if found is None:
        raise Absent(_("没有这件申诉。"))
    if request.method == "POST":
        upheld = request.POST.get("do") == "uphold"
        decide_appeal(found, is_upheld=upheld, answer=request.POST.get("answer", ""), actor=actor, now=timezone.now())
        return redirect("assessment:appeal", appeal_id=found.pk)
    return render(request, "assessment/appeal.html", {"appeal": found, "run": found.result.run})


@needs(RUN)
def scheme(request: HttpRequest, subject: str) -> HttpResponse:
    """The scheme of a kind of subject, its versions, and the form of a new one."""
    actor, now = actor_of(request), timezone.now()
    if subject not in Subject.values:
        raise Absent(_("没有这种考核对象。"))
    versions = list(SchemeVersion.objects.filter(subject=subject).select_related("made_by"))
    current = next((one for one in versions_in_force(timezone.localdate(now)) if one.subject == subject), None)
    rows, problem, status, tried, sent = _rows(current), None, 200, None, current
    if request.method == "POST":
        try:
            rows = _asked(request)
            sent = SchemeVersion(
                subject=subject, name=request.POST.get("name", "").strip()[:60] or str(Subject(subject).label),
                items=[row["stored"] for row in rows if row["weight"]], prior=_number(request.POST.get("prior")) or 0,
                minimum=_number(request.POST.get("minimum")) or 0, effective_from=_day(request.POST.get("effective_from", "")),
                basis=request.POST.get("basis", "").strip()[:300],
            )  # fmt: skip
            if request.POST.get("do") != "try":
                make_version(
                    subject, name=sent.name, items=sent.items, prior=sent.prior, minimum=sent.minimum,
                    effective_from=sent.effective_from, basis=sent.basis, actor=actor, now=now,
                )  # fmt: skip
                return redirect("assessment:scheme", subject=subject)
            check_items(sent.lines())
            tried = what_if(actor, subject, sent.lines(), prior=float(sent.prior), minimum=sent.minimum)
        except Refused as refusal:
            if refusal.status != 422:
                raise
            problem, status = refusal, 422
    shown = {
        "subject": Subject(subject), "current": sent, "is_tried": request.POST.get("do") == "try" and not problem, "tried": tried, "versions": versions, "rows": rows, "problem": problem,
        "whole": sum(row["weight"] for row in rows), "today": sent.effective_from if sent and request.method == "POST" else timezone.localdate(now),
        "may_edit": may(actor, RUN, Node.objects.order_by("path").values_list("path", flat=True).first() or ""),
    }  # fmt: skip
    return render(request, "assessment/scheme.html", shown, status=status)


@needs(RUN)
def stops(request: HttpRequest) -> HttpResponse:
    """Hard stops: entered by one person, confirmed by another."""
    actor, now = actor_of(request), timezone.now()
    if request.method == "POST":
        if confirming := _number(request.POST.get("confirm")):
            stop = HardStop.objects.filter(pk=confirming).first()
            if stop is None:
                raise Absent(_("没有这条记录。"))
            confirm_stop(stop, actor=actor, now=now)
        else:
            subject, number = request.POST.get("subject", ""), _number(request.POST.get("subject_id"))
            if subject not in Subject.values or number is None or not names_of(Subject(subject), [number]):
                said = _("没有这个考核对象，请核对种类和编号。")
                raise Refused("no-such-subject", said, status=422, fields={"subject_id": said})
            enter_stop(
                subject, number, request.POST.get("kind", ""), on=_day(request.POST.get("on", "")),
                text=request.POST.get("text", ""), actor=actor, now=now,
            )  # fmt: skip
        return redirect("assessment:stops")
    found = list(HardStop.objects.select_related("entered_by", "confirmed_by")[:SHOWN])
    names = {(kind.value, one): name for kind in Subject for one, name in _names(kind, found).items()}
    rows = [{"stop": one, "name": names.get((one.subject, one.subject_id), one.subject_id)} for one in found]
    return render(
        request,
        "assessment/stops.html",
        {"rows": rows, "subjects": Subject.choices, "kinds": StopKind.choices, "actor": actor},
    )


def _names(kind: Subject, found: list[HardStop]) -> dict[int, str]:
    ids = [one.subject_id for one in found if one.subject == kind]
    return names_of(kind, ids) if ids else {}


def _rows(version: SchemeVersion | None) -> list[dict[str, Any]]:
    """Every indicator as a line of the form, those in use with their weight."""
    used = {item.indicator: item for item in version.lines()} if version else {}
    return [
        {
            "indicator": one, "weight": used[one.key].weight if one.key in used else 0,
            "bands": " ".join(f"{start}:{points}" for start, points in used[one.key].bands) if one.key in used else "",
        }
        for one in ALL
    ]  # fmt: skip


def _asked(request: HttpRequest) -> list[dict[str, Any]]:
    """The lines as they were sent."""
    rows: list[dict[str, Any]] = []
    for one in ALL:
        weight, bands = _number(request.POST.get(f"weight-{one.key}")) or 0, request.POST.get(f"bands-{one.key}", "")
        how = usual_how(one.key)
        stored = [one.key, weight, how.value, _bands(bands) if how == How.BAND else []]
        rows.append({"indicator": one, "weight": weight, "bands": bands, "stored": stored})
    return rows


def _bands(typed: str) -> list[list[int]]:
    pairs = [word.partition(":") for word in typed.replace("：", ":").split()]
    if not all(start.isdecimal() and points.isdecimal() for start, _colon, points in pairs):
        said = _("分档写成“0:0 101:40 301:60”：从多少件起得多少分。")
        raise Refused("bad-scheme", said, status=422, fields={"items": said})
    return [[int(start), int(points)] for start, _colon, points in pairs]


def _number(typed: str | None) -> int | None:
    return int(typed) if typed and typed.isdecimal() and len(typed) < 18 else None


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        said = _("请填日期，如 2026-10-01。")
        raise Refused("bad-date", said, status=422, fields={"date": said}) from None
