"""One filling: how far it is, its rows as the sheet has them, each cell's origin, the questions, the workbook, the sending."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.jobs.actions import enqueue
from yemai.base.jobs.models import Job
from yemai.kernel.refusals import Absent, Refused

from ..actions import answer_cell, ask, build, fill_key, note_export, send
from ..filling import cells_of
from ..models import Filling
from ..queries import (
    answers_to,
    filling_for,
    gaps_of,
    head_of,
    is_stale,
    open_gaps,
    rows_of,
    sheet_for,
    waiting_for,
)
from ..terms import How, State
from .forms import actor_of

PAGE = 50
AT_ONCE = 500
"""From so many rows on the worker writes the workbook."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs(Permission.REPORT_EDIT)
def page(request: HttpRequest, filling_id: int) -> HttpResponse:
    """A filling; asked again by itself while the worker has it."""
    filling = filling_for(actor_of(request), filling_id)
    if filling.state == State.WAITING:
        return _going(request, filling, fill_key(filling))
    if getattr(request, "htmx", False):
        answer = HttpResponse()
        answer["HX-Refresh"] = "true"
        return answer
    return _ready(request, filling)


def _going(request: HttpRequest, filling: Filling, key: str) -> HttpResponse:
    job = Job.objects.filter(key=key).first()
    lost = job is not None and job.state == Job.State.FAILED
    template = "reports/partials/going.html" if getattr(request, "htmx", False) else "reports/going.html"
    return render(request, template, {"filling": filling, "job": job, "lost": lost})


def _ready(request: HttpRequest, filling: Filling) -> HttpResponse:
    now = timezone.now()
    layout = filling.layout
    sheet = sheet_for(layout)
    shown = Paginator(rows_of(filling), PAGE).get_page(request.GET.get("page"))
    rows = list(shown.object_list)
    gaps = gaps_of(filling, rows, now)
    missing = open_gaps(filling, now) if layout.columns(How.GAP) else []
    return render(
        request,
        "reports/filling.html",
        {
            "filling": filling, "layout": layout, "head": head_of(layout, sheet), "page": shown,
            "rows": [(row, cells_of(layout, row, gaps)) for row in rows],
            "missing": len(missing), "waiting": waiting_for(filling), "is_personal": filling.reads_people,
        },
    )  # fmt: skip


@needs(Permission.REPORT_EDIT)
@require_POST
def put(request: HttpRequest, filling_id: int) -> HttpResponse:
    """Ask those who know, once."""
    filling = filling_for(actor_of(request), filling_id)
    count = ask(filling, actor=actor_of(request), now=timezone.now())
    text = ngettext("已向知情人提出 %(n)d 个问题。", "已向知情人提出 %(n)d 个问题。", count) % {"n": count}
    messages.success(request, text if count else _("这些问题都已经问过，等对方回答即可。"))
    return redirect("reports:filling", filling_id=filling.pk)


@needs(Permission.REPORT_EDIT)
def cell(request: HttpRequest, filling_id: int, number: int, column: int) -> HttpResponse:
    """Where one cell comes from; a gap is answered or corrected here."""
    actor = actor_of(request)
    filling = filling_for(actor, filling_id)
    row = rows_of(filling).select_related("node").defer("node__boundary").filter(number=number).first()
    if row is None or not 1 <= column <= len(filling.layout.headings):
        raise Absent()
    wrong = ""
    if request.method == "POST":
        try:
            answer_cell(filling, row, column, request.POST.get("value", ""), actor=actor, now=timezone.now())
        except Refused as refused:
            wrong = str(refused.text)
        else:
            return redirect("reports:filling", filling_id=filling.pk)
    mapping = filling.layout.of(column)
    is_gap = mapping.get("how") == How.GAP
    found = cells_of(filling.layout, row, gaps_of(filling, [row], timezone.now()))[column - 1]
    said = answers_to(filling.layout, column, row)
    shown: dict[str, Any] = {
        "filling": filling, "row": row, "cell": found, "words": " / ".join(filling.layout.headings[column - 1]),
        "mapping": mapping, "is_gap": is_gap, "wrong": wrong,
        "said": said[:20] if is_gap else [],
    }  # fmt: skip
    return render(request, "reports/cell.html", shown, status=422 if wrong else 200)


@needs(Permission.EXPORT_RUN)
def export(request: HttpRequest, filling_id: int) -> HttpResponse:
    """The sender's workbook, filled; a long one is written by the worker first."""
    actor, now = actor_of(request), timezone.now()
    filling = filling_for(actor, filling_id)
    if filling.state not in (State.READY, State.SENT):
        raise Refused("not-ready", _("这份报表还没有填好，请稍等。"))
    is_long = filling.row_count > AT_ONCE
    if filling.is_sent or (is_long and filling.built_at is not None and not is_stale(filling)):
        if getattr(request, "htmx", False):
            return render(request, "reports/partials/going.html", {"filling": filling, "written": True})
        content = bytes(filling.built or b"")
    elif is_long:
        return _written_behind(request, filling)
    else:
        content = build(filling, now)
    note_export(filling, actor=actor, now=now)
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="report-{filling.pk}.xlsx"'
    return answer


def _written_behind(request: HttpRequest, filling: Filling) -> HttpResponse:
    """The page of a workbook that is being written; it fetches the file when it is there."""
    running = Job.objects.filter(kind="reports.build", payload__filling=filling.pk)
    job = running.filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).order_by("-pk").first()
    if job is None:
        job = enqueue("reports.build", {"filling": filling.pk})
    template = "reports/partials/going.html" if getattr(request, "htmx", False) else "reports/going.html"
    return render(request, template, {"filling": filling, "job": job, "is_workbook": True})


@needs(Permission.REPORT_EDIT)
@require_POST
def send_out(request: HttpRequest, filling_id: int) -> HttpResponse:
    """Freeze it as it goes out."""
    filling = filling_for(actor_of(request), filling_id)
    missing = open_gaps(filling, timezone.now())
    if missing and request.POST.get("with_gaps") != "1":
        text = _("还有 %(count)d 格没有填。确实要空着报送，请勾选“空着报送”。") % {"count": len(missing)}
        raise Refused("gaps", text, status=422)
    send(filling, sent_to=request.POST.get("sent_to", ""), actor=actor_of(request), now=timezone.now())
    messages.success(request, _("已报送。这一份就此定格，不再改变。"))
    return redirect("reports:filling", filling_id=filling.pk)
