"""The list of forms, the designer of one, a changed layout, the start of a filling."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.columns.registry import ROWS, Column, Rows
from yemai.base.people.models import Person
from yemai.kernel.refusals import Refused

from ..actions import add_form, add_layout, set_mapping, set_rows, start_filling
from ..filling import columns_for
from ..forms import FillForm, FormForm, LayoutForm, RowsForm
from ..models import Filling, Form, Layout
from ..queries import (
    asked_of,
    fillings_for,
    foot_of,
    form_for,
    forms_for,
    head_of,
    latest_fillings,
    layout_of,
    node_for,
    nodes_for,
    sheet_for,
    sheet_names,
)
from ..rules.layouts import Span
from ..terms import BYTES_MAX, KEPT_DAYS, How, Wanted

SHOWN = 50


def actor_of(request: HttpRequest) -> Person:
    """The person behind a request that came through a guarded door."""
    assert isinstance(request.user, Person)  # noqa: S101 - the door needs an account
    return request.user


@needs(Permission.REPORT_EDIT)
def listed(request: HttpRequest) -> HttpResponse:
    """The forms there are, the newest fillings, and the way to one more form."""
    actor = actor_of(request)
    nodes = [(node.pk, node.label) for node in nodes_for(actor)]
    form = FormForm(request.POST or None, request.FILES or None, nodes=nodes)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = _refused_into(
            form, "file",
            lambda: add_form(
                name=given["name"], sender=given["sender"], purpose=given["purpose"], node=node_for(actor, given["node"]),
                content=_content(given["file"]), file_name=str(given["file"].name), actor=actor, now=timezone.now(),
            ),
        )  # fmt: skip
        if made is not None:
            return redirect("reports:form", form_id=made.pk)
    shown = {
        "forms": forms_for(actor)[:SHOWN], "fillings": fillings_for(actor)[:20], "form": form,
        "asked": asked_of(actor).count(),
    }  # fmt: skip
    return render(request, "reports/list.html", shown, status=422 if form.errors else 200)


def _content(file: "UploadedFile[Any]") -> bytes:
    """The bytes of an upload, one more than is allowed at most: the size it claims is not trusted."""
    return bytes(file.read(BYTES_MAX + 1))


def _refused_into(form: Any, field: str, act: Any) -> Any:
    """What `act` made; None where it was refused, with the sentence beside the field."""
    try:
        return act()
    except Refused as refused:
        form.add_error(field, str(refused.text))
        return None


@needs(Permission.REPORT_EDIT)
def design(request: HttpRequest, form_id: int) -> HttpResponse:
    """The sheet's head as it is, and what fills each column."""
    actor = actor_of(request)
    form = form_for(actor, form_id)
    if request.method == "POST":
        layout = layout_of(form)
        chosen = {at: _asked_for(request, at) for at in range(1, len(layout.headings) + 1)}
        set_mapping(form, chosen, actor=actor, now=timezone.now(), version=_whole(request.POST.get("version")))
        messages.success(request, _("已保存。以后每次填报都按这个对应。"))
        return redirect("reports:form", form_id=form.pk)
    return _design_page(request, form, actor)


def _asked_for(request: HttpRequest, at: int) -> dict[str, Any]:
    """What was chosen for a column: a known key, or one of the other ways."""
    choice = request.POST.get(f"how-{at}", How.EMPTY)
    how, _dash, key = choice.partition(":")
    if how not in How.values:
        how = How.EMPTY
    wanted = request.POST.get(f"wanted-{at}", "")
    return {
        "how": how, "key": key, "text": request.POST.get(f"text-{at}", ""),
        "wanted": wanted if wanted in Wanted.values else Wanted.TEXT.value,
        "days": _whole(request.POST.get(f"days-{at}")) or KEPT_DAYS,
    }  # fmt: skip


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else 0


def _design_page(request: HttpRequest, form: Form, actor: Person, **more: Any) -> HttpResponse:
    layout = layout_of(form)
    sheet = sheet_for(layout)
    columns = columns_for(layout.rows, actor, form.node.path, form.purpose)
    today = timezone.localdate()
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    shown = {
        "form": form, "layout": layout, "head": head_of(layout, sheet), "foot": foot_of(layout, sheet),
        "places": [_shown(layout, at) for at in range(1, len(layout.headings) + 1)],
        "known": [column for column in columns if not column.is_counted],
        "counted": [column for column in columns if column.is_counted],
        "kinds": _kinds(), "sheets": sheet_names(layout), "wanted": Wanted.choices,
        "rows_form": RowsForm(initial=_rows_now(form, layout)), "layout_form": LayoutForm(),
        "fill_form": FillForm(initial={"first": first, "last": today.replace(day=1) - timedelta(days=1)}),
        "nodes": nodes_for(actor), "fillings": latest_fillings(actor, form)[:SHOWN],
        "quick": _quick(today), "needs_purpose": not form.purpose and _personal_beyond(columns, layout),
    } | more  # fmt: skip
    return render(request, "reports/form.html", shown, status=422 if more.get("wrong") else 200)


def _personal_beyond(columns: list[Column], layout: Layout) -> bool:
    """Whether a purpose would open more columns."""
    return not any(column.whom is not None for column in columns) and layout.rows in ("nodes", "posts")


def _rows_now(form: Form, layout: Layout) -> dict[str, Any]:
    return {
        "header_first": layout.header_first, "header_last": layout.header_last, "body_last": layout.body_last,
        "version": form.version,
    }  # fmt: skip


def _kinds() -> list[tuple[str, str]]:
    """What a row may be, with each choice, as one list."""
    found = []
    for kind in ROWS.values():
        choices = kind.choices() or [("", "")]
        found += [(f"{kind.key}:{choice}", _kind_name(kind, label)) for choice, label in choices]
    return found


def _kind_name(kind: Rows, label: Any) -> str:
    return f"{kind.label}：{label}" if str(label) else str(kind.label)


def _shown(layout: Layout, at: int) -> dict[str, Any]:
    mapping = layout.of(at)
    how = mapping.get("how", How.EMPTY.value)
    key = f"{how}:{mapping['key']}" if how == How.KNOWN else how
    return {
        "at": at, "words": " / ".join(layout.headings[at - 1]), "choice": key,
        "text": mapping.get("text") or (layout.headings[at - 1] or [""])[-1],
        "wanted": mapping.get("wanted", Wanted.TEXT.value), "days": mapping.get("days", KEPT_DAYS),
    }  # fmt: skip


def _quick(today: date) -> list[tuple[str, date, date]]:
    """Times that are asked for again and again."""
    month = today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    quarter = date(today.year, today.month - (today.month - 1) % 3, 1)
    return [
        (_("上月"), last_month, month - timedelta(days=1)),
        (_("本月"), month, today),
        (_("本季度"), quarter, today),
        (_("今年"), date(today.year, 1, 1), today),
    ]


@needs(Permission.REPORT_EDIT)
@require_POST
def rows(request: HttpRequest, form_id: int) -> HttpResponse:
    """What a row is, and where the header ends."""
    actor = actor_of(request)
    form = form_for(actor, form_id)
    given = RowsForm(request.POST)
    if not given.is_valid():
        raise Refused("bad-rows", _("表头和数据区的行号对不上，请检查：首行 ≤ 末行 ≤ 数据区末行。"), status=422)
    asked = given.cleaned_data
    kind, _dash, choice = asked["rows"].partition(":")
    set_rows(
        form, rows=kind, choice=choice, sheet_name=asked["sheet"], purpose=asked["purpose"], version=asked["version"],
        span=Span(asked["header_first"], asked["header_last"], asked["body_last"]), actor=actor, now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("已保存，请核对各栏的对应。"))
    return redirect("reports:form", form_id=form.pk)


@needs(Permission.REPORT_EDIT)
@require_POST
def new_layout(request: HttpRequest, form_id: int) -> HttpResponse:
    """The sender changed the sheet."""
    actor = actor_of(request)
    form = form_for(actor, form_id)
    given = LayoutForm(request.POST, request.FILES)
    if not given.is_valid():
        raise Refused("no-file", _("请选择一个 .xlsx 文件。"), status=422)
    file = given.cleaned_data["file"]
    add_layout(form, content=_content(file), file_name=str(file.name), actor=actor, now=timezone.now())
    messages.success(request, _("新版式已启用，原来的对应按表头带了过来，请核对。"))
    return redirect("reports:form", form_id=form.pk)


@needs(Permission.REPORT_EDIT)
@require_POST
def fill(request: HttpRequest, form_id: int) -> HttpResponse:
    """Begin a filling; the worker does it, the page may be left."""
    actor = actor_of(request)
    form = form_for(actor, form_id)
    first, _slash, last = request.POST.get("quick", "").partition("/")
    sent = request.POST.dict() | ({"first": first, "last": last} if last else {})
    given = FillForm(sent)
    if not given.is_valid():
        raise Refused("bad-days", _("请选择范围和起止日期。"), status=422)
    asked = given.cleaned_data
    made: Filling = start_filling(
        form, node=node_for(actor, asked["node"]), first=asked["first"], last=asked["last"], actor=actor, now=timezone.now()
    )  # fmt: skip
    return redirect("reports:filling", filling_id=made.pk)
