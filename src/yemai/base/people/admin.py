"""People in the back office: accounts, posts, kinds of posts, departments, absences; never beyond the asker's reach."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from yemai.base.office.filters import InUse
from yemai.base.office.registers import Register
from yemai.base.office.shown import lines
from yemai.base.office.verbs import Verb

from . import actions, forms
from .models import Absence, Appointment, Department, Person, PostKind
from .queries import in_force, may_administer, people_for
from .reach import can_grant
from .terms import PERMISSION_LABELS, Duty, Permission

APPOINT, VIEW = Permission.PERSON_APPOINT.value, Permission.PERSON_VIEW.value


def is_active(_request: HttpRequest, person: Any) -> bool:
    """May they sign in?"""
    return bool(person.is_active)


def still_held(_request: HttpRequest, row: Any) -> bool:
    """A post of its own that has not ended; what came with another ends with that one."""
    return row.derived_from_id is None and (row.valid_to is None or row.valid_to > timezone.localdate())


def _for_operator(is_staff: bool) -> Any:
    """Only a superuser opens the back office, and not to themselves."""
    return lambda request, person: (
        forms.is_operator(request) and person.pk != request.user.pk and person.is_active and person.is_staff == is_staff
    )


class ActivePeople(InUse):
    """Accounts that may sign in."""

    def open_q(self) -> Q:
        """Not closed."""
        return Q(is_active=True)


class HeldPosts(InUse):
    """Posts held today or to come."""

    words = (("open", _("在任")), ("over", _("已离任")), ("all", _("全部")))

    def open_q(self) -> Q:
        """Not ended."""
        return Q(valid_to__isnull=True) | Q(valid_to__gt=timezone.localdate())


class ComingAbsences(InUse):
    """Absences that are not over."""

    words = (("open", _("进行中或将开始")), ("over", _("已结束")), ("all", _("全部")))

    def open_q(self) -> Q:
        """Not over."""
        return Q(to_at__gt=timezone.now())


class ActiveDepartments(InUse):
    """Units that get cases."""

    def open_q(self) -> Q:
        """In use."""
        return Q(is_active=True)


@admin.register(Person)
class PersonRegister(Register):
    """Accounts of the people the asker may look up."""

    needs, looks, place, adds, changes = APPOINT, (VIEW,), "", True, True
    form = forms.PersonForm
    list_display = ("name", "username", "posts", "account", "last_login")
    list_filter = (ActivePeople, "is_staff")
    search_fields = ("name", "name_en", "username")
    search_help_text = _("姓名或用户名")
    ordering = ("name", "pk")
    readonly_fields = ("username", "posts", "has_phone", "is_active", "is_staff", "joined_at", "last_login", "language")
    fieldsets = (
        (_("登记事项"), {"fields": (("username", "language"), ("is_active", "is_staff"), ("joined_at", "last_login"), "posts")}),
        (_("可直接修改"), {"fields": (("name", "name_en"), ("email", "phone"), "has_phone")}),
    )
    add_fieldsets = ((None, {"fields": (("username", "password"), ("name", "name_en"), ("email", "phone"), "locale")}),)
    verbs = (
        Verb("appoint", _("任职"), "badge", "appoint", _("已任职。"), forms.AppointForm, is_active),
        Verb("away", _("登记请假"), "event_busy", "away", _("已登记请假。"), forms.AwayForm, is_active),
        Verb("password", _("重设密码"), "key", "set_password", _("密码已重设，请当面告诉本人。"), forms.PasswordForm, is_active),
        Verb(
            "office-open", _("开放后台"), "lock_open", "open_office", _("已开放后台。"), shown=_for_operator(False),
            explained=_("此人可以进入后台；看到什么、能改什么仍由岗位决定。"),
        ),
        Verb(
            "office-shut", _("关闭后台"), "lock", "shut_office", _("已关闭后台。"), shown=_for_operator(True),
            explained=_("此人不能再进入后台，其他权限不变。"),
        ),
        Verb(
            "close", _("停用账号"), "block", "close", _("账号已停用，岗位今天结束。"), shown=is_active, is_final=True,
            explained=_("停用后不能登录，所任岗位今天全部结束；以前办理的事项仍写着此人。"),
        ),
        Verb(
            "reopen", _("恢复账号"), "undo", "reopen", _("账号已恢复，请重新任职。"),
            shown=lambda _request, person: not person.is_active,
            explained=_("恢复后可以登录，但不带回从前的岗位。"),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        """Whoever holds or held a post within reach, and accounts nobody has put on a post yet."""
        held = Appointment.objects.filter(in_force()).select_related("post_kind", "node", "department")
        shown = Prefetch("appointments", held.defer("node__boundary"), to_attr="held")
        people = people_for(request.user)  # type: ignore[arg-type]  # a Person
        return people.prefetch_related(shown).order_by(*self.ordering)

    def may_act(self, request: HttpRequest, row: Any) -> bool:
        """Only an account whose every post the asker could have given."""
        return self.holds(request, APPOINT) and may_administer(request.user, row)  # type: ignore[arg-type]  # a Person

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The user name is chosen once."""
        return () if obj is None else self.readonly_fields

    def write(self, request: HttpRequest, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Open an account, or change its words."""
        actor, now = request.user, timezone.now()
        if is_new:
            given = {**given, "password": given["password"] or None, "locale": given["locale"] or "zh-hans"}
            return actions.create_person(actor=actor, now=now, **given)  # type: ignore[arg-type]  # a Person
        given = {**given, "phone": given["phone"] or None}
        return actions.change_person(actor=actor, person=row, now=now, **given)  # type: ignore[arg-type]  # a Person

    def appoint(self, request: Any, row: Person, given: dict[str, Any]) -> None:
        """On a post."""
        actions.appoint(actor=request.user, person=row, now=timezone.now(), **given)

    def away(self, request: Any, row: Person, given: dict[str, Any]) -> None:
        """Absent."""
        actions.report_absence(actor=request.user, person=row, now=timezone.now(), **given)

    def set_password(self, request: Any, row: Person, given: dict[str, Any]) -> None:
        """A new password."""
        actions.set_password(actor=request.user, person=row, password=given["password"], now=timezone.now())

    def open_office(self, request: Any, row: Person, given: dict[str, Any]) -> None:
        """Into the back office."""
        actions.open_back_office(actor=request.user, person=row, is_staff=True, now=timezone.now())

    def shut_office(self, request: Any, row: Person, given: dict[str, Any]) -> None:
        """Out of it."""
        actions.open_back_office(actor=request.user, person=row, is_staff=False, now=timezone.now())

    def close(self, request: Any, row: Person, given: dict[str, Any]) -> None:
        """No more signing in."""
        actions.close_account(actor=request.user, person=row, now=timezone.now())

    def reopen(self, request: Any, row: Person, given: dict[str, Any]) -> None:
        """Signing in again."""
        actions.reopen_account(actor=request.user, person=row, now=timezone.now())

    @display(description=_("现任岗位"))
    def posts(self, person: Any) -> str:
        """One below the other."""
        return lines(f"{held.post_kind} · {held.node or held.department}" for held in person.held)

    @display(description=_("账号"), ordering="is_active")
    def account(self, person: Person) -> str:
        """May they sign in, and into the back office?"""
        if not person.is_active:
            return str(_("已停用"))
        return str(_("可登录，可进后台")) if person.is_staff else str(_("可登录"))

    @display(description=_("已登记手机号"), boolean=True)
    def has_phone(self, person: Person) -> bool:
        """Whether there is one; the number itself is not shown."""
        return bool(person.phone_sealed)

    @display(description=_("语言与字号"))
    def language(self, person: Person) -> str:
        """As they chose."""
        return f"{person.get_locale_display()} · {person.get_size_display()}"


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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        """Posts on the asker's ground and in its departments."""
        ground = self.within(request, "node__path") | self.within(request, "department__node__path")
        return Appointment.objects.filter(ground).defer("node__boundary", "department__node__boundary").order_by(*self.ordering)

    def may_act(self, request: HttpRequest, row: Any) -> bool:
        """Only a post the asker could have given, and never their own."""
        person: Any = request.user
        if row.person_id == person.pk and not person.is_superuser:
            return False
        return can_grant(person, row.post_kind, row.node.path if row.node else "", department=row.department)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A post is given and ended, never edited."""
        return () if obj is None else ("person", "post_kind", "public_phone", "valid_from", *self.readonly_fields)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """People and places within reach."""
        form = super().get_form(request, obj, change=change, **kwargs)
        fields = form.base_fields
        if "node" in fields:
            fields["node"].limit(self.office.reach(request, APPOINT).q("path"))
            fields["department"].queryset = forms.departments_within(self, request)
            fields["person"].queryset = people_for(request.user).filter(is_active=True)  # type: ignore[arg-type]  # a Person
        return form

    def write(self, request: Any, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Appoint."""
        return actions.appoint(actor=request.user, now=timezone.now(), **given)

    def end(self, request: Any, row: Appointment, given: dict[str, Any]) -> Appointment:
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

    @display(description=_("兼任"), boolean=True)
    def is_ex_officio(self, row: Appointment) -> bool:
        """Did it come with another post?"""
        return row.derived_from_id is not None

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
        (_("设立时确定，不再修改"), {"fields": (("key", "tier_name"), ("for_department", "derived_from"), "derived_relation")}),
    )
    add_fieldsets = (
        (_("岗位"), {"fields": (("name", "name_en"), ("key", "tier_key"), ("for_department", "is_public"),
                              ("team", "rank"), ("derived_from", "derived_relation"), "duties_text")}),
        (_("权限"), {"fields": ("permissions", "grants")}),
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Where a kind is held stays: there are people on it."""
        return () if obj is None else ("key", "tier_name", "for_department", "derived_from", "derived_relation")

    def write(self, request: Any, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Make it or change it."""
        actor, now = request.user, timezone.now()
        if is_new:
            given = {**given, "derived_relation": given["derived_relation"] or "same"}
            return actions.create_post_kind(actor=actor, now=now, **given)
        return actions.change_post_kind(actor=actor, kind=row, now=now, **given)

    @display(description=_("所在层级"), ordering="tier_key")
    def tier_name(self, kind: PostKind) -> str:
        """Where it is held."""
        return str(_("部门")) if kind.for_department else (kind.tier_key or str(_("任何层级")))

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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        """Without the boundaries of their towns."""
        return super().get_queryset(request).defer("node__boundary")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Code and town stay: cases carry them."""
        return () if obj is None else ("code", "town")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Nodes within reach."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "node" in form.base_fields:
            form.base_fields["node"].limit(self.office.reach(request, APPOINT).q("path"))
        return form

    def write(self, request: Any, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Make it or change it."""
        if is_new:
            return actions.create_department(actor=request.user, now=timezone.now(), **given)
        return actions.change_department(actor=request.user, department=row, now=timezone.now(), **given)

    @display(description=_("服务的镇街"))
    def town(self, row: Department) -> str:
        """The node it serves."""
        return f"{row.node}（{row.node.code}）"


@admin.register(Absence)
class AbsenceRegister(Register):
    """Who is away, and who stands in."""

    needs, looks, place, adds = APPOINT, (VIEW,), "", True
    form = forms.AbsenceForm
    list_display = ("person", "from_at", "to_at", "deputy", "reason")
    list_filter = (ComingAbsences,)
    list_select_related = ("person", "deputy")
    search_fields = ("person__name", "deputy__name")
    search_help_text = _("姓名或代理人")
    autocomplete_fields = ("person", "deputy")
    fields = ("person", ("from_at", "to_at"), "deputy", "reason")
    verbs = (
        Verb(
            "end", _("销假"), "event_available", "end", _("已销假。"),
            shown=lambda _request, row: row.to_at > timezone.now(),
            explained=_("提前回来或不去了：代理人立即不再代行权限。"),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Absence]:
        """Of the people the asker may look up."""
        people = people_for(request.user).values("pk")  # type: ignore[arg-type]  # a Person
        return Absence.objects.filter(person__in=people).order_by("-from_at", "-pk")

    def may_act(self, request: HttpRequest, row: Any) -> bool:
        """As for the account."""
        return self.holds(request, APPOINT) and may_administer(request.user, row.person)  # type: ignore[arg-type]  # a Person

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """People within reach."""
        form = super().get_form(request, obj, change=change, **kwargs)
        for name in ("person", "deputy"):
            if name in form.base_fields:
                form.base_fields[name].queryset = people_for(request.user)  # type: ignore[arg-type]  # a Person
        return form

    def write(self, request: Any, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Note it."""
        return actions.report_absence(actor=request.user, now=timezone.now(), **given)

    def end(self, request: Any, row: Absence, given: dict[str, Any]) -> str:
        """Back, or not going: an absence that had not begun is no more, so the list comes next."""
        actions.end_absence(actor=request.user, absence=row, now=timezone.now())
        return self.address("changelist")
