"""The audit trail in the back office: who looked at whom and who changed what; read by auditors, edited by nobody."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from yemai.base.access.terms import Permission
from yemai.base.office.marks import display
from yemai.base.office.registers import Register
from yemai.base.office.shown import table
from yemai.base.office.site import Asked

from .models import Entry, Look
from .queries import entries_for, looks_for
from .terms import ACTIONS, PURPOSES

NOTHING = "-"


def kind_name(kind: str) -> str:
    """What a kind of row is called; a kind that is no more stands for itself."""
    try:
        return str(apps.get_model(kind)._meta.verbose_name)
    except (LookupError, ValueError):
        return kind


class TrailRegister(Register):
    """Newest first, by person and by day."""

    needs, place = Permission.AUDIT_VIEW.value, "path"
    date_hierarchy = "at"
    list_select_related = ("actor",)
    list_display_links = ("at",)
    ordering = ("-id",)

    def get_readonly_fields(self, request: Asked, obj: Any = None) -> Any:
        """All of them."""
        return self.fields

    def lookup_allowed(self, lookup: str, value: Any, request: Asked | None = None) -> bool:
        """One row's history is linked to from its own page."""
        return lookup in ("object_kind", "object_id", "subject_kind", "subject_id") or super().lookup_allowed(
            lookup, value, request
        )

    def render_change_form(self, request: Asked, context: Any, *args: Any, **kwargs: Any) -> Any:
        """The trail has no trail."""
        return super().render_change_form(request, {**context, "show_history": False}, *args, **kwargs)

    @display(description=_("人员"), ordering="actor__name")
    def who(self, row: Any) -> str:
        """Name and user name; nobody is the system."""
        return f"{row.actor.name}（{row.actor.username}）" if row.actor else str(_("系统"))


@admin.register(Entry)
class EntryRegister(TrailRegister):
    """Changes."""

    list_display = ("at", "who", "what", "object", "summary")
    list_filter = ("object_kind",)
    search_fields = ("actor__name", "=actor__username", "=object_id", "=action")
    search_help_text = _("操作人、编号或操作名")
    fields = (("at", "who"), ("what", "object"), "values")

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """On the ground the asker audits."""
        if getattr(request.user, "is_superuser", False):
            return Entry.objects.select_related("actor").order_by("-id")
        return entries_for(request.user).order_by("-id")

    @display(description=_("操作"), ordering="action")
    def what(self, row: Entry) -> str:
        """In words."""
        return str(ACTIONS.get(row.action, row.action))

    @display(description=_("对象"), ordering="object_kind")
    def object(self, row: Entry) -> str:
        """Kind and number."""
        return f"{kind_name(row.object_kind)} #{row.object_id}"

    @display(description=_("变更"))
    def summary(self, row: Entry) -> str:
        """The names of what changed."""
        changed = [name for name in row.after if row.before.get(name) != row.after[name]]
        return "、".join(changed[:6]) or NOTHING

    @display(description=_("之前与之后"))
    def values(self, row: Entry) -> str:
        """Side by side; secrets were hidden when it was written."""
        names = dict.fromkeys([*row.before, *row.after])
        rows = ((name, row.before.get(name, NOTHING), row.after.get(name, NOTHING)) for name in names)
        return table((_("项目"), _("之前"), _("之后")), rows) if names else format_html(NOTHING)


@admin.register(Look)
class LookRegister(TrailRegister):
    """Looks at personal records."""

    list_display = ("at", "who", "subject", "why")
    list_filter = ("purpose",)
    search_fields = ("actor__name", "=actor__username", "=subject_id")
    search_help_text = _("查看人或编号")
    fields = (("at", "who"), ("subject", "why"))

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """On the ground the asker audits."""
        if getattr(request.user, "is_superuser", False):
            return Look.objects.select_related("actor").order_by("-id")
        return looks_for(request.user).order_by("-id")

    @display(description=_("对象"), ordering="subject_kind")
    def subject(self, row: Look) -> str:
        """Kind and number."""
        return f"{kind_name(row.subject_kind)} #{row.subject_id}"

    @display(description=_("目的"), ordering="purpose")
    def why(self, row: Look) -> str:
        """In words."""
        return str(PURPOSES.get(row.purpose, row.purpose))
