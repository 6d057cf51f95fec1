"""月小结: the figures of a month, a draft in words from them, and the Word document in the town's own template."""

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.utils import timezone
from django.utils.translation import gettext as _
from docxtpl import DocxTemplate
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from yemai.base.territory.models import Node
from yemai.base.territory.rules import ids_of
from yemai.kernel.refusals import Refused
from yemai.modules.assessment.queries.sums import sums_between
from yemai.modules.cases.models import Category
from yemai.modules.tasks.models import Meeting, SummaryTemplate, Task
from yemai.modules.tasks.terms import TaskState

SHIPPED = Path(__file__).parent / "presets" / "month_summary.docx"
UNPACKED_MOST = 30_000_000
"""Bytes a template may unpack to."""
CLASSES = 5
Figures = dict[str, Any]


def month_of(typed: str, today: date) -> date:
    """The first day of the month that is asked for as 2026-10; else of the month before this one."""
    try:
        asked = date.fromisoformat(f"{typed}-01")
    except ValueError:
        return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return min(asked, today.replace(day=1))


def figures_of(node: Node, first: date) -> Figures:
    """The figures of a month on a piece of ground, by the names a template calls them."""
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    level = len(ids_of(node.path))
    now = sums_between(node.pk, level, first, last)
    before = sums_between(node.pk, level, *_month_before(first))
    calls, disposed, closed = (sum(now[what].values()) for what in ("score", "disposed", "closed"))
    came = now["in"].get("", 0)
    classes = sorted(((n, key) for key, n in now["class"].items() if key and n > 1), reverse=True)[:CLASSES]
    names = {str(one.pk): str(one.label) for one in Category.objects.filter(pk__in=[int(key) for _n, key in classes])}
    tasks = Task.objects.filter(node__path__gte=node.path, node__path__lt=node.path + "z")
    return {
        "node": str(node.label), "month": f"{first.year} 年 {first.month} 月", "first": str(first), "last": str(last),
        "came": came, "came_before": before["in"].get("", 0), "went": closed,
        "in_time": _percent(now["disposed"].get("in_time", 0), disposed),
        "near": _percent(now["near"].get("", 0), closed),
        "contacted": _percent(now["contacted"].get("", 0), calls),
        "solved": _percent(now["solved"].get("", 0), calls),
        "satisfied": _percent(sum(now["score"].get(key, 0) for key in ("4", "5")), calls),
        "calls": calls, "returned": now["returned"].get("", 0),
        "classes": [{"name": names.get(key, ""), "count": n} for n, key in classes],
        "tasks_done": tasks.filter(state=TaskState.DONE, ended_at__date__range=(first, last)).count(),
        "tasks_late": tasks.filter(state=TaskState.OPEN, due_on__lte=last, due_on__lt=timezone.localdate()).count(),
    }  # fmt: skip


def draft_of(figures: Figures) -> str:
    """The month in words, to be gone over by a person."""
    lines = [
        _("一、总体情况。%(month)s，%(node)s共上报 %(came)s 件（上月 %(came_before)s 件），办结 %(went)s 件。按期处置率%(in_time)s，一格解决率%(near)s。") % figures,
        _("二、群众评价。有效评价 %(calls)s 件，响应率%(contacted)s，解决率%(solved)s，满意率%(satisfied)s。") % figures,
        _("三、集中的问题。%(classes)s") % {"classes": _classes(figures)},
        _("四、存在的不足。退单 %(returned)s 次；任务台账销号 %(tasks_done)s 项，超期 %(tasks_late)s 项。") % figures,
        _("五、下月打算。"),
    ]  # fmt: skip
    return "\n".join(lines)


def document(meeting: Meeting) -> bytes:
    """The summary as a Word document, in the town's own template where there is one. Raises Refused as `filled`."""
    own = SummaryTemplate.objects.first()
    context = {**meeting.sheet, "words": meeting.words, "held_by": str(meeting.held_by.label) if meeting.held_by else "",
               "held_on": str(meeting.held_at.date())}  # fmt: skip
    return filled(bytes(own.content) if own else SHIPPED.read_bytes(), context)


def check_template(content: bytes, figures: Figures) -> None:
    """Raises Refused 422 `bad-template`, in words: no Word document, what it asks for is not there, or may not be done."""
    context = {**figures, "words": "", "held_by": "", "held_on": ""}
    try:
        unknown = DocxTemplate(BytesIO(_safe(content))).get_undeclared_template_variables(_environment(), context)
    except (TemplateError, SecurityError, ValueError, KeyError) as error:
        raise _bad(_("模板里的占位写法有误：%(why)s") % {"why": error}) from error
    if unknown:
        raise _bad(_("模板里有系统不认识的占位：%(names)s。") % {"names": "、".join(sorted(unknown))})
    filled(content, context)


def filled(content: bytes, context: dict[str, Any]) -> bytes:
    """A template with its places filled in. Raises Refused 422 `bad-template`."""
    out = BytesIO()
    try:
        made = DocxTemplate(BytesIO(_safe(content)))
        made.render(context, jinja_env=_environment(), autoescape=True)
        made.save(out)
    except (TemplateError, SecurityError, ValueError, KeyError, TypeError) as error:
        raise _bad(_("模板填不出来：%(why)s") % {"why": error}) from error
    return out.getvalue()


def _environment() -> SandboxedEnvironment:
    """A template is an upload: it may fill in places and repeat lines, and reach nothing else."""
    return SandboxedEnvironment(autoescape=True)


def _safe(content: bytes) -> bytes:
    """The upload, if it is a Word document of sane size."""
    try:
        with ZipFile(BytesIO(content)) as packed:
            size, names = sum(one.file_size for one in packed.infolist()), packed.namelist()
    except BadZipFile as error:
        raise _bad(_("这不是 .docx 文件。请用 Word 或 WPS 另存为 .docx 再上传。")) from error
    if "word/document.xml" not in names or size > UNPACKED_MOST:
        raise _bad(_("这不是 .docx 文件，或文件太大。请用 Word 或 WPS 另存为 .docx 再上传。"))
    return content


def _classes(figures: Figures) -> str:
    said = [_("%(name)s %(count)s 件") % one for one in figures["classes"]]
    return "、".join(said) + "。" if said else _("没有明显集中的类别。")


def _percent(num: int, den: int) -> str:
    return f"{100 * num / den:.1f}%" if den else _("无数据")


def _month_before(first: date) -> tuple[date, date]:
    last = first - timedelta(days=1)
    return last.replace(day=1), last


def _bad(text: str) -> Refused:
    return Refused("bad-template", text, status=422, fields={"file": text})
