"""The pages of the rhythm: its beats, the morning, the week, the month and its document."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.queries import permissions_of
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.kernel.refusals import Absent, Refused
from yemai.modules.tasks.actions import hold, make_task, put_template
from yemai.modules.tasks.models import Meeting, SummaryTemplate
from yemai.modules.tasks.queries import grounds_for, meetings_for, owners_on
from yemai.modules.tasks.terms import MeetingKind
from yemai.modules.tasks.views import actor_of, wanted_from

from .lists import Part, kept, morning_lists, week_lists
from .months import SHIPPED, check_template, document, draft_of, figures_of, month_of

EDIT = Permission.TASK_EDIT
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
GROUNDS_MOST = 300
WORDS_MOST = 10_000
DECISION_DAYS = 7
Lists = Callable[[Person, Node, Any], list[Part]]


@needs(EDIT)
def beats(request: HttpRequest) -> HttpResponse:
    """The four beats of a piece of ground, and the meetings that were held."""
    actor = actor_of(request)
    node, grounds = _ground(request)
    here = meetings_for(actor).filter(node=node)
    last = {kind: here.filter(kind=kind).first() for kind in MeetingKind}
    beats = [
        (MeetingKind.MORNING, reverse("rhythm:morning"), _("今天的清单：新增、到期、超期、请假、任务")),
        (MeetingKind.WEEK, reverse("rhythm:week"), _("退单和反复的问题，议定的事成为任务")),
        (MeetingKind.MONTH, reverse("rhythm:month"), _("数据写好草稿，按本镇模板出 Word")),
    ]
    shown = {
        "node": node, "grounds": grounds, "meetings": here[:20],
        "may_assess": Permission.ASSESSMENT_RUN in permissions_of(actor),
        "beats": [(kind.label, f"{address}?node={node.pk}", words, last[kind]) for kind, address, words in beats],
    }  # fmt: skip
    return render(request, "rhythm/beats.html", shown)


@needs(EDIT)
def morning(request: HttpRequest) -> HttpResponse:
    """日晨会."""
    return _meeting(request, MeetingKind.MORNING, morning_lists, "rhythm/morning.html")


@needs(EDIT)
def week(request: HttpRequest) -> HttpResponse:
    """周议事; a decision is sent from here and becomes a task."""
    return _meeting(request, MeetingKind.WEEK, week_lists, "rhythm/week.html")


def _meeting(request: HttpRequest, kind: MeetingKind, lists: Lists, template: str) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    node, grounds = _ground(request)
    on = _day_of(kind, timezone.localdate(now))
    parts = lists(actor, node, now)
    if request.method == "POST":
        words, weather = request.POST.get("words", "")[:WORDS_MOST], request.POST.get("weather", "")
        if request.POST.get("do") == "decide":
            _decide(request, kind, node, on, parts)
        else:
            hold(kind, node, on, sheet=kept(parts), words=words, weather=weather, actor=actor, now=now)
        return redirect(f"{request.path}?node={node.pk}")
    meeting = Meeting.objects.filter(kind=kind, node=node, on=on).first()
    decided = meeting.tasks.select_related("owner").order_by("pk") if meeting else []
    shown = {
        "node": node, "grounds": grounds, "parts": parts, "meeting": meeting, "on": on, "decided": decided,
        "owners": owners_on(node, on), "due_on": timezone.localdate(now) + timedelta(days=DECISION_DAYS), "kind": kind,
    }  # fmt: skip
    return render(request, template, shown)


def _decide(request: HttpRequest, kind: MeetingKind, node: Node, on: date, parts: list[Part]) -> None:
    """A decision of the meeting becomes a task; the meeting is written down with it where it was not yet."""
    actor, now = actor_of(request), timezone.now()
    wanted = wanted_from(request, node)
    meeting = Meeting.objects.filter(kind=kind, node=node, on=on).first()
    if meeting is None:
        meeting = hold(kind, node, on, sheet=kept(parts), words="", weather="", actor=actor, now=now)
    make_task(wanted.of(meeting), node=node, actor=actor, now=now)


@needs(EDIT)
def month(request: HttpRequest) -> HttpResponse:
    """月小结: the draft, gone over and kept; then the document."""
    actor, now = actor_of(request), timezone.now()
    node, grounds = _ground(request)
    first = month_of(request.GET.get("month", ""), timezone.localdate(now))
    figures = figures_of(node, first)
    if request.method == "POST":
        words = request.POST.get("words", "")[:WORDS_MOST]
        hold(MeetingKind.MONTH, node, first, sheet=figures, words=words, weather="", actor=actor, now=now)
        return redirect(f"{request.path}?node={node.pk}&month={first:%Y-%m}")
    meeting = Meeting.objects.filter(kind=MeetingKind.MONTH, node=node, on=first).first()
    shown = {
        "node": node, "grounds": grounds, "month": f"{first:%Y-%m}", "figures": figures, "meeting": meeting,
        "words": meeting.words if meeting else draft_of(figures),
    }  # fmt: skip
    return render(request, "rhythm/month.html", shown)


@needs(EDIT)
def summary(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """The month's summary as a Word document."""
    meeting = meetings_for(actor_of(request)).filter(pk=meeting_id, kind=MeetingKind.MONTH).first()
    if meeting is None:
        raise Absent()
    return _docx(document(meeting), f"summary-{meeting.on:%Y-%m}.docx")


@needs(EDIT)
def template(request: HttpRequest) -> HttpResponse:
    """The town's own Word template: what it may call for, and putting it in place."""
    actor, now = actor_of(request), timezone.now()
    node, _grounds = _ground(request)
    figures = figures_of(node, month_of("", timezone.localdate(now)))
    if request.method == "POST":
        upload = request.FILES.get("file")
        if upload is None:
            text = _("请选择一个 .docx 文件。")
            raise Refused("missing", text, status=422, fields={"file": text})
        content = upload.read(2_000_001)
        check_template(content, figures)
        put_template(content, upload.name or "", actor=actor, now=now)
        return redirect("rhythm:template")
    names = [*figures, "words", "held_by", "held_on"]
    return render(request, "rhythm/template.html", {"own": SummaryTemplate.objects.first(), "names": names})


@needs(EDIT)
def shipped(request: HttpRequest) -> HttpResponse:
    """The shipped template, to begin one's own with."""
    return _docx(SHIPPED.read_bytes(), "month-summary-template.docx")


def _day_of(kind: MeetingKind, today: date) -> date:
    """The day a meeting stands under: the day itself, or the Monday of its week."""
    return today if kind == MeetingKind.MORNING else today - timedelta(days=today.weekday())


def _ground(request: HttpRequest) -> tuple[Node, list[Node]]:
    """The ground asked for, else the highest, and all there is to choose from. Raises Absent."""
    grounds = list(grounds_for(actor_of(request))[:GROUNDS_MOST])
    asked = request.GET.get("node", "")
    node = next((one for one in grounds if str(one.pk) == asked), None) if asked else next(iter(grounds), None)
    if node is None:
        raise Absent(_("没有这片网格，或不在您的范围内。"))
    return node, grounds


def _docx(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=DOCX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
