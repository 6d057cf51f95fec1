"""Imports in the back office: what was taken in, by whom, and what was refused."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from yemai.base.access.terms import Permission
from yemai.base.office.marks import display
from yemai.base.office.registers import Register
from yemai.base.office.shown import facts, lines
from yemai.base.office.site import Asked

from .models import ImportRun
from .terms import FIELDS

REFUSED_SHOWN = 50


@admin.register(ImportRun)
class ImportRunRegister(Register):
    """Read-only: files are brought in at the import page. Refused rows lie sealed; only the reasons are shown."""

    needs, place = Permission.IMPORT_RUN.value, "path"
    list_display = (
        "file_name",
        "state",
        "by",
        "started_at",
        "finished_at",
        "how_far",
        "created",
        "repeated",
        "refused",
    )
    list_filter = ("state",)
    list_select_related = ("started_by",)
    search_fields = ("file_name", "started_by__name")
    search_help_text = _("文件名或导入人")
    ordering = ("-id",)
    fields = (
        ("file_name", "state"), ("by", "reference"), ("started_at", "finished_at"), ("rows_total", "rows_done"),
        ("created", "repeated", "refused"), "columns", "reasons", "went_wrong",
    )  # fmt: skip
    readonly_fields = ("by", "reference", "columns", "reasons", "went_wrong")

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """All for whoever imports for the whole ground, one's own for others."""
        found = ImportRun.objects.order_by("-id")
        if self.office.holds_everywhere(request, self.needs):
            return found
        return found.filter(Q(started_by=request.user.pk)) if self.may_look(request) else found.none()

    @display(description=_("导入人"))
    def by(self, run: ImportRun) -> str:
        """Who began it; the command line has no name."""
        return str(run.started_by or _("系统"))

    @display(description=_("坐标系"))
    def reference(self, run: ImportRun) -> str:
        """What the file's coordinates refer to."""
        return run.crs

    @display(description=_("中断原因"))
    def went_wrong(self, run: ImportRun) -> str:
        """Why it stopped."""
        return run.error or "-"

    @display(description=_("进度"))
    def how_far(self, run: ImportRun) -> str:
        """Rows done of all."""
        return f"{run.rows_done} / {run.rows_total}"

    @display(description=_("列对应"))
    def columns(self, run: ImportRun) -> str:
        """Which heading means what."""
        return facts((FIELDS.get(field, field), heading) for field, heading in run.mapping.items())

    @display(description=_("退回原因"))
    def reasons(self, run: Any) -> str:
        """The first of them, and the way to the file."""
        if not run.refused:
            return "-"
        rows = run.refusals.order_by("row").values_list("row", "why")[:REFUSED_SHOWN]
        link = format_html('<a href="{}">{}</a>', reverse("case_files:refused", args=[run.pk]), _("下载全部退回的行"))
        return lines([*(_("第 %(row)s 行：%(why)s") % {"row": row, "why": why} for row, why in rows), link])
