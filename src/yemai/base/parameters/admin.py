"""Parameters and the working calendar in the back office: a value is never overwritten, a new version takes its place."""

import json
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.office.marks import display
from yemai.base.office.registers import Register
from yemai.base.office.shown import one_line
from yemai.base.office.site import Asked
from yemai.base.office.verbs import Verb

from .actions import clear_calendar_day, set_calendar_day, set_parameter
from .forms import CalendarDayForm, ParameterForm, PasteForm
from .models import CalendarDay, Parameter
from .queries import calendar_warning, last_library_year, parameters_in_force
from .terms import DECLARED

EDIT = "parameter.edit"


def as_text(value: Any) -> str:
    """As it is typed in."""
    return json.dumps(value, ensure_ascii=False)


class ByKey(SimpleListFilter):
    """The versions of one parameter."""

    title = _("参数")
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every declared one."""
        return [(key, declared.label) for key, declared in DECLARED.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrowed to it."""
        return queryset.filter(key=self.value()) if self.value() else queryset


@admin.register(Parameter)
class ParameterRegister(Register):
    """Every version of every parameter; saving one makes the next."""

    needs, place, adds, changes = EDIT, None, True, True
    form = ParameterForm
    list_display = ("name", "version", "shown_value", "effective_from", "effective_to", "basis")
    list_filter = (ByKey,)
    search_fields = ("key", "basis")
    search_help_text = _("参数或依据")
    list_before_template = "office/parameters.html"
    fieldsets = (
        (_("新版本（保存后原版本保留）"), {"fields": ("name", "value", "basis", ("effective_from", "effective_to"))}),
    )
    add_fieldsets = ((None, {"fields": ("key", "value", "basis", ("effective_from", "effective_to"))}),)
    readonly_fields = ("name",)

    def get_changeform_initial_data(self, request: Asked) -> dict[str, Any]:
        """The parameter asked for, with its present value."""
        key = request.GET.get("key", "")
        return {"key": key} if key in DECLARED else {}

    def changelist_view(self, request: Asked, extra_context: Any = None) -> Any:
        """With what is in force above the versions: most parameters were never set."""
        add, values = self.address("add"), parameters_in_force()
        rows = [
            {
                "label": declared.label,
                "value": as_text(values[key]),
                "basis": declared.basis,
                "url": f"{add}?key={key}",
            }
            for key, declared in DECLARED.items()
        ]
        may_add = self.has_add_permission(request)
        return super().changelist_view(request, {**(extra_context or {}), "in_force": rows, "may_set": may_add})

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """A new version."""
        key = given.pop("key", row.key)
        return set_parameter(key, given.pop("value"), actor=request.user, now=timezone.now(), **given)

    @display(description=_("参数"), ordering="key")
    def name(self, row: Parameter) -> str:
        """What it is called."""
        return f"{row.label}（{row.key}）" if row.pk else "-"

    @display(description=_("值"))
    def shown_value(self, row: Parameter) -> str:
        """Cut to a cell."""
        return one_line(as_text(row.value), 80)


@admin.register(CalendarDay)
class CalendarDayRegister(Register):
    """Days declared worked or off, over what the holiday library says."""

    needs, place, adds, changes = EDIT, None, True, True
    form = CalendarDayForm
    list_display = ("day", "is_workday", "note")
    list_filter = ("is_workday",)
    date_hierarchy = "day"
    search_fields = ("note",)
    search_help_text = _("说明")
    ordering = ("-day",)
    list_before_template = "office/calendar.html"
    fields = ("day", "is_workday", "note")
    list_verbs = (
        Verb(
            "paste", _("批量录入"), "content_paste", "paste", _("已录入，跨越这些日子的时限已重新计算。"), PasteForm,
            explained=_("把国务院办公厅的放假通知整理成每行一天或一段。已登记的日期以新录入的为准；有一行看不懂就都不录入。"),
        ),
    )  # fmt: skip
    verbs = (
        Verb(
            "clear", _("取消登记"), "undo", "clear", _("已取消登记，这一天按节假日库计算。"), is_final=True,
            explained=_("取消后，这一天是否上班由节假日库决定；库里没有的年份按周一至周五。"),
        ),
    )  # fmt: skip

    def get_readonly_fields(self, request: Asked, obj: Any = None) -> Any:
        """A day stays that day."""
        return () if obj is None else ("day",)

    def changelist_view(self, request: Asked, extra_context: Any = None) -> Any:
        """With how far the library knows."""
        known = {"last_year": last_library_year(), "warning": calendar_warning(timezone.localdate())}
        return super().changelist_view(request, {**(extra_context or {}), **known})

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Declare it."""
        return set_calendar_day(given.pop("day", row.day), actor=request.user, now=timezone.now(), **given)

    def paste(self, request: Asked, row: None, given: dict[str, Any]) -> None:
        """All lines, or none."""
        for one in given["lines"]:
            set_calendar_day(one.day, is_workday=one.is_workday, note=one.note, actor=request.user, now=timezone.now())

    def clear(self, request: Asked, row: CalendarDay, given: dict[str, Any]) -> str:
        """Back to the library."""
        clear_calendar_day(row.day, actor=request.user, now=timezone.now())
        return self.address("changelist")
