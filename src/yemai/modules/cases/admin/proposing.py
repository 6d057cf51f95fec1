"""What proposals and answers stand on, in the back office: responsibility lists and reply templates."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from yemai.base.access.terms import Permission
from yemai.base.office.marks import display
from yemai.base.office.registers import Register, Rows
from yemai.base.office.site import Asked
from yemai.base.office.verbs import Verb
from yemai.kernel.refusals import Refused

from ..actions import templates as templating
from ..actions.responsibilities import publish_responsibilities
from ..models import ReplyTemplate, Responsibility, ResponsibilityList
from ..office_forms import ResponsibilityListForm, TemplateForm
from ..queries.catalogue import catalogue_on

EDIT = Permission.CATALOGUE_EDIT.value


class ResponsibilityRows(Rows):
    """The lines of a version."""

    model = Responsibility
    fields = ("code", "lead", "with_joint", "node", "basis")
    readonly_fields = fields
    verbose_name_plural = _("清单")
    hide_title = True

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """With their units."""
        rows: QuerySet[Any] = super().get_queryset(request).select_related("lead", "node").prefetch_related("joint")
        return rows

    @display(description=_("协办单位"))
    def with_joint(self, row: Responsibility) -> str:
        """By name."""
        return "、".join(unit.label for unit in row.joint.all()) or "-"


@admin.register(ResponsibilityList)
class ResponsibilityListRegister(Register):
    """Every version; a new one is published whole."""

    needs, place = EDIT, None
    inlines = (ResponsibilityRows,)
    list_display = ("version", "effective_from", "line_count", "basis", "published_at")
    fields = (("version", "effective_from"), ("catalogue", "published_at"), "basis")
    list_verbs = (
        Verb(
            "publish",
            _("发布新版本"),
            "publish",
            "publish",
            _("已发布，从生效日期起按新版本建议主办单位。"),
            ResponsibilityListForm,
        ),
    )
    verbs = (
        Verb(
            "revise", _("在此基础上发布新版本"), "edit_document", "publish", _("已发布，从生效日期起按新版本建议主办单位。"),
            ResponsibilityListForm, explained=_("原版本保留；按它作出的建议以后还能查。有一行看不懂就都不发布。"),
        ),
    )  # fmt: skip

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """With lines counted."""
        rows: QuerySet[Any] = super().get_queryset(request).annotate(count=Count("lines"))
        return rows

    def publish(self, request: Asked, row: ResponsibilityList | None, given: dict[str, Any]) -> ResponsibilityList:
        """All lines, or none, for the catalogue in force."""
        catalogue = catalogue_on()
        if catalogue is None:
            raise Refused("no-catalogue", _now("尚未安装类别目录，请管理员先运行 yemai init。"))
        return publish_responsibilities(catalogue, given.pop("lines"), actor=request.user, now=timezone.now(), **given)

    @display(description=_("条数"))
    def line_count(self, row: Any) -> int:
        """How many lines."""
        return int(row.count)


@admin.register(ReplyTemplate)
class TemplateRegister(Register):
    """Wordings of answers; the writer is offered those of the step and the class."""

    needs, place, adds, changes = EDIT, None, True, True
    form = TemplateForm
    list_display = ("name", "verb", "outcome", "category_code", "version", "is_active")
    list_filter = ("verb", "outcome", "is_active")
    search_fields = ("name", "text")
    search_help_text = _("名称或内容")
    ordering = ("verb", "category_code", "name")
    fields = (("name", "is_active"), ("verb", "outcome", "category_code"), "text")

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """A new one, or the next version of this one."""
        return templating.save_template(None if is_new else row, actor=request.user, now=timezone.now(), **given)
