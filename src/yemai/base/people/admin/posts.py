"""Posts, kinds of posts and departments in the back office; never beyond the asker's reach."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.office.filters import InUse
from yemai.base.office.marks import display
from yemai.base.office.registers import Register
from yemai.base.office.site import Asked
from yemai.base.office.verbs import Verb
from yemai.base.territory.models import Tier

from .. import actions, forms
from ..models import Appointment, Department, PostKind
from ..queries import people_for
from ..reach import can_grant
from ..terms import PERMISSION_LABELS, Duty, Permission

APPOINT, VIEW = Permission.PERSON_APPOINT.value, Permission.PERSON_VIEW.value


def still_held(_request: Asked, row: Any) -> bool:
    """A post of its own that has not ended; what came with another ends with that one."""
    return row.derived_from_id is None and (row.valid_to is None or row.valid_to > timezone.localdate())


class HeldPosts(InUse):
    """Posts held today or to come."""

    words = (("open", _("在任")), ("over", _("已离任")), ("all", _("全部")))

    def open_q(self) -> Q:
        """Not ended."""
        return Q(valid_to__isnull=True) | Q(valid_to__gt=timezone.localdate())


class ActiveDepartments(InUse):
    """Units that get cases."""

    def open_q(self) -> Q:
        """In use."""
        return Q(is_active=True)


@admin.register(Appointment)
class AppointmentRegister(Register):
    """Who holds which post where."""

    needs, looks, adds = APPOINT, (VIEW,), True
    form = forms.AppointmentForm
    list_display = ("person", "post_kind", "where", "carried", "valid_from", "valid_to", "is_ex_officio")
    list_filter = (HeldPosts, "post_kind__team")
    list_select_related = ("person", "post_kind", "node", "department__node", "derived_from")
    search_fields = ("person__name", "person__username", "post_kind__name", "node__name", "department__name")
    search_help_text = _("姓名、岗位、网格或部门")
    ordering = ("node__path", "post_kind__rank", "pk")
    autocomplete_fields = ("person",)
    fields = ("person", "post_kind", "where", "carried", "public_phone", ("valid_from", "valid_to"), "comes_from")
    add_fieldsets = (
        (None, {"fields": ("person", "post_kind", ("node", "department"), "duties", ("public_phone", "valid_from"))}),
    )
    readonly_fields = ("where", "carried", "comes_from", "valid_to")
    verbs = (
        Verb(
            "end", _("离任"), "logout", "end", _("已离任，兼任的岗位一并结束。"), forms.EndForm,
            shown=still_held, is_final=True,
            explained=_("自离任日期起不再有这个岗位的权限；由它兼任的岗位一并结束。"),
        ),
    )  # fmt: skip

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """Posts on the asker's ground and in its departments."""
        ground = self.within(request, "node__path") | self.within(request, "department__node__path")
        return (
            Appointment.objects.filter(ground)
            .defer("node__boundary", "department__node__boundary")
            .order_by(*self.ordering)
        )

    def may_act(self, request: Asked, row: Any) -> bool:
        """Only a post the asker could have given, and never their own."""
        person: Any = request.user
        if row.person_id == person.pk and not person.is_superuser:
            return False
        return can_grant(person, row.post_kind, row.node.path if row.node else "", department=row.department)

    def get_readonly_fields(self, request: Asked, obj: Any = None) -> Any:
        """A post is given and ended, never edited."""
        return () if obj is None else ("person", "post_kind", "public_phone", "valid_from", *self.readonly_fields)

    def get_form(self, request: Asked, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """People and places within reach."""
        form = super().get_form(request, obj, change=change, **kwargs)
        fields = form.base_fields
        if "node" in fields:
            fields["node"].limit(self.office.reach(request, APPOINT).q("path"))
            fields["department"].queryset = forms.departments_within(self, request)
            fields["person"].queryset = people_for(request.user).filter(is_active=True)
        return form

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Appoint."""
        return actions.appoint(actor=request.user, now=timezone.now(), **given)

    def end(self, request: Asked, row: Appointment, given: dict[str, Any]) -> Appointment:
        """End it."""
        return actions.end_appointment(actor=request.user, appointment=row, on=given["on"], now=timezone.now())

    @display(description=_("网格或部门"), ordering="node__path")
    def where(self, row: Appointment) -> str:
        """Where it is held."""
        return str(row.node or row.department)

    @display(description=_("四大员职责"))
    def carried(self, row: Appointment) -> str:
        """The duties in words."""
        return "、".join(str(duty.label) for duty in Duty if duty.value in row.duties) or "-"

    @display(description=_("兼任"))
    def is_ex_officio(self, row: Appointment) -> str:
        """Did it come with another post?"""
        return str(_("随岗兼任")) if row.derived_from_id is not None else "-"

    @display(description=_("因何岗位兼任"))
    def comes_from(self, row: Appointment) -> str:
        """The post it came with."""
        return str(row.derived_from or "-")


@admin.register(PostKind)
class PostKindRegister(Register):
    """Kinds of posts; they hold everywhere, so only who appoints on the whole ground changes them."""

    needs, place, adds, changes = APPOINT, None, True, True
    form = forms.PostKindForm
    read_as = {"permissions": "powers", "grants": "lent"}
    list_display = ("name", "key", "tier_name", "team", "powers", "derived_from", "is_public", "rank")
    list_filter = ("team", "for_department", "is_public")
    list_select_related = ("derived_from",)
    search_fields = ("name", "key")
    search_help_text = _("名称或标识")
    fieldsets = (
        (_("岗位"), {"fields": (("name", "name_en"), ("team", "rank"), "is_public", "duties_text")}),
        (_("权限"), {"fields": ("permissions", "grants")}),
        (
            _("设立时确定，不再修改"),
            {"fields": (("key", "tier_name"), ("for_department", "derived_from"), "derived_relation")},
        ),
    )
    add_fieldsets = (
        (_("岗位"), {"fields": (("name", "name_en"), ("key", "tier_key"), ("for_department", "is_public"),
                              ("team", "rank"), ("derived_from", "derived_relation"), "duties_text")}),
        (_("权限"), {"fields": ("permissions", "grants")}),
    )  # fmt: skip

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """With the word of their tier."""
        word = Tier.objects.filter(key=OuterRef("tier_key")).values("label")[:1]
        rows: QuerySet[Any] = super().get_queryset(request).annotate(tier_label=Subquery(word))
        return rows

    def get_readonly_fields(self, request: Asked, obj: Any = None) -> Any:
        """Where a kind is held stays: there are people on it."""
        return () if obj is None else ("key", "tier_name", "for_department", "derived_from", "derived_relation")

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Make it or change it."""
        actor, now = request.user, timezone.now()
        if is_new:
            given = {**given, "derived_relation": given["derived_relation"] or "same"}
            return actions.create_post_kind(actor=actor, now=now, **given)
        return actions.change_post_kind(actor=actor, kind=row, now=now, **given)

    @display(description=_("所在层级"), ordering="tier_key")
    def tier_name(self, kind: Any) -> str:
        """Where it is held, in the ladder's own words."""
        return str(_("部门")) if kind.for_department else (kind.tier_label or kind.tier_key or str(_("任何层级")))

    @display(description=_("权限"))
    def powers(self, kind: PostKind) -> str:
        """In words."""
        return _in_words(kind.permissions)

    @display(description=_("可授予的权限"))
    def lent(self, kind: PostKind) -> str:
        """In words."""
        return _in_words(kind.grants)


def _in_words(permissions: list[str]) -> str:
    return "、".join(str(label) for name, label in PERMISSION_LABELS.items() if name in permissions) or "-"


@admin.register(Department)
class DepartmentRegister(Register):
    """Units cases are dispatched to."""

    needs, looks, adds, changes = APPOINT, (VIEW,), True, True
    form = forms.DepartmentForm
    list_display = ("name", "code", "kind", "node", "is_active")
    list_filter = (ActiveDepartments, "kind")
    list_select_related = ("node",)
    search_fields = ("name", "name_en", "code")
    search_help_text = _("名称或代码")
    fields = (("name", "name_en"), ("code", "kind"), "town", "is_active")
    add_fieldsets = ((None, {"fields": (("name", "name_en"), ("code", "kind"), "node")}),)

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """Without the boundaries of their towns."""
        return super().get_queryset(request).defer("node__boundary")

    def get_readonly_fields(self, request: Asked, obj: Any = None) -> Any:
        """Code and town stay: cases carry them."""
        return () if obj is None else ("code", "town")

    def get_form(self, request: Asked, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Nodes within reach."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "node" in form.base_fields:
            form.base_fields["node"].limit(self.office.reach(request, APPOINT).q("path"))
        return form

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Make it or change it."""
        if is_new:
            return actions.create_department(actor=request.user, now=timezone.now(), **given)
        return actions.change_department(actor=request.user, department=row, now=timezone.now(), **given)

    @display(description=_("服务的镇街"))
    def town(self, row: Department) -> str:
        """The node it serves."""
        return f"{row.node}（{row.node.code}）"
