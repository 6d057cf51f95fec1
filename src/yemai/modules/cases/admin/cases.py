"""The register of cases with their stories, to be read."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record_look
from yemai.base.office.marks import display
from yemai.base.office.registers import Register, Rows
from yemai.base.office.shown import one_line
from yemai.base.office.site import Asked

from ..models import (
    Case,
    StoryStep,
)
from ..queries.listing import cases_for
from ..rules import lamp
from ..terms import Stage


def _moment(moment: datetime | None) -> str:
    """Without the year while it is this one: nine columns must fit."""
    if moment is None:
        return "-"
    local = timezone.localtime(moment)
    return local.strftime("%m-%d %H:%M" if local.year == timezone.localdate().year else "%Y-%m-%d %H:%M")


class StoryRows(Rows):
    """The story, step by step."""

    model = StoryStep
    fk_name = "case"
    fields = ("seq", "moment", "step", "by", "stages", "said")
    readonly_fields = fields
    ordering = ("seq",)
    verbose_name_plural = _("经过（只增不改）")
    hide_title = True

    @display(description=_("时间"))
    def moment(self, row: StoryStep) -> str:
        """When."""
        return _moment(row.at)

    @display(description=_("环节"))
    def step(self, row: StoryStep) -> str:
        """The verb in words."""
        return str(row.get_verb_display())

    @display(description=_("经办"))
    def by(self, row: StoryStep) -> str:
        """Who."""
        return row.who

    @display(description=_("阶段"))
    def stages(self, row: StoryStep) -> str:
        """From which to which."""
        words = dict(Stage.choices)
        came, reached = words.get(row.from_stage, ""), words.get(row.to_stage, "")
        return str(reached) if came in ("", reached) else f"{came} → {reached}"

    @display(description=_("说明"))
    def said(self, row: StoryStep) -> str:
        """What was written."""
        return row.text or "-"


@admin.register(Case)
class CaseRegister(Register):
    """Every case the asker may see; work on it is done at the desk, never here. Reporters' contacts are not shown."""

    needs, place = Permission.CASE_VIEW.value, "path"
    inlines = (StoryRows,)
    list_display = (
        "name",
        "what",
        "stage",
        "light",
        "node",
        "category_in_words",
        "holder",
        "reported",
        "due",
    )
    list_display_links = ("name", "what")
    list_filter = ("stage", "priority", "source", "rung", "outcome")
    list_select_related = ("node", "category", "handler", "lead_department")
    search_fields = ("number", "=tracking_code", "title", "text", "place_text")
    search_help_text = _("案卷号、查询码、标题、内容或地址")
    date_hierarchy = "reported_at"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("number", "source"), ("stage", "light", "rung"), ("category_in_words", "priority"), "title", "text")}),
        (_("位置与经办"), {"fields": (("ground", "place_text"), ("holder", "unit"))}),
        (_("时限"), {"fields": (("reported_at", "accepted_at"), ("limit", "due_at"), ("disposed_at", "closed_at"),
                              ("outcome", "score"), ("returns", "reworks", "reopens", "reminders"))}),
    )  # fmt: skip
    readonly_fields = ("name", "light", "category_in_words", "holder", "ground", "unit")

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """As at the desk; everything for a superuser."""
        person: Any = request.user
        found = Case.objects.all() if person.is_superuser else cases_for(person)
        return found.defer("node__boundary").order_by("-id")

    def change_view(self, request: Asked, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """A superuser who looks beyond the reach of any post leaves a mark."""
        if request.user.is_superuser and request.method == "GET":
            row = self.get_object(request, object_id)
            if row is not None and not cases_for(request.user).filter(pk=row.pk).exists():
                record_look(actor=request.user, subject=row, purpose="case.office", now=timezone.now())
        return super().change_view(request, object_id, form_url, extra_context)

    @display(description=_("编号"), ordering="id")
    def name(self, row: Case) -> str:
        """The number once filed, else the tracking code."""
        return str(row)

    @display(description=_("事件"))
    def what(self, row: Case) -> str:
        """Title or first words."""
        return one_line(row.headline, 30)

    @display(description=_("上报时间"), ordering="reported_at")
    def reported(self, row: Case) -> str:
        """Short enough for a cell."""
        return _moment(row.reported_at)

    @display(description=_("当前时限"), ordering="clock_due_at")
    def due(self, row: Case) -> str:
        """Short enough for a cell."""
        return _moment(row.clock_due_at)

    @display(description=_("灯"))
    def light(self, row: Case) -> str:
        """The lamp in words."""
        return str(lamp(Stage(row.stage), row.clock_warn_at, row.clock_due_at, timezone.now()).label)

    @display(description=_("类别"))
    def category_in_words(self, row: Case) -> str:
        """The class, or that there is none."""
        return row.category_name

    @display(description=_("属地"))
    def ground(self, row: Case) -> str:
        """Its node, without a way into the ground's own register."""
        return f"{row.node}（{row.node.code}）"

    @display(description=_("主办单位"))
    def unit(self, row: Case) -> str:
        """The lead unit."""
        return str(row.lead_department or "-")

    @display(description=_("经办"))
    def holder(self, row: Case) -> str:
        """Person or unit."""
        return row.holder_name
