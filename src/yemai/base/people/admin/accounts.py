"""Accounts and absences in the back office; never beyond the asker's reach."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.office.filters import InUse
from yemai.base.office.marks import display
from yemai.base.office.registers import Register
from yemai.base.office.shown import lines
from yemai.base.office.site import Asked
from yemai.base.office.verbs import Verb

from .. import actions, forms
from ..models import Absence, Appointment, Person
from ..queries import in_force, may_administer, people_for
from ..terms import Permission

APPOINT, VIEW = Permission.PERSON_APPOINT.value, Permission.PERSON_VIEW.value


def is_active(_request: Asked, person: Any) -> bool:
    """May they sign in?"""
    return bool(person.is_active)


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


class ComingAbsences(InUse):
    """Absences that are not over."""

    words = (("open", _("进行中或将开始")), ("over", _("已结束")), ("all", _("全部")))

    def open_q(self) -> Q:
        """Not over."""
        return Q(to_at__gt=timezone.now())


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
        (
            _("登记事项"),
            {"fields": (("username", "language"), ("is_active", "is_staff"), ("joined_at", "last_login"), "posts")},
        ),
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

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """Whoever holds or held a post within reach, and accounts nobody has put on a post yet."""
        held = Appointment.objects.filter(in_force()).select_related("post_kind", "node", "department")
        shown = Prefetch("appointments", held.defer("node__boundary"), to_attr="held")
        people = people_for(request.user)
        return people.prefetch_related(shown).order_by(*self.ordering)

    def may_act(self, request: Asked, row: Any) -> bool:
        """Only an account whose every post the asker could have given."""
        return self.holds(request, APPOINT) and may_administer(request.user, row)

    def get_readonly_fields(self, request: Asked, obj: Any = None) -> Any:
        """The user name is chosen once."""
        return () if obj is None else self.readonly_fields

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Open an account, or change its words."""
        actor, now = request.user, timezone.now()
        if is_new:
            given = {**given, "password": given["password"] or None, "locale": given["locale"] or "zh-hans"}
            return actions.create_person(actor=actor, now=now, **given)
        given = {**given, "phone": given["phone"] or None}
        return actions.change_person(actor=actor, person=row, now=now, **given)

    def appoint(self, request: Asked, row: Person, given: dict[str, Any]) -> None:
        """On a post."""
        actions.appoint(actor=request.user, person=row, now=timezone.now(), **given)

    def away(self, request: Asked, row: Person, given: dict[str, Any]) -> None:
        """Absent."""
        actions.report_absence(actor=request.user, person=row, now=timezone.now(), **given)

    def set_password(self, request: Asked, row: Person, given: dict[str, Any]) -> None:
        """A new password."""
        actions.set_password(actor=request.user, person=row, password=given["password"], now=timezone.now())

    def open_office(self, request: Asked, row: Person, given: dict[str, Any]) -> None:
        """Into the back office."""
        actions.open_back_office(actor=request.user, person=row, is_staff=True, now=timezone.now())

    def shut_office(self, request: Asked, row: Person, given: dict[str, Any]) -> None:
        """Out of it."""
        actions.open_back_office(actor=request.user, person=row, is_staff=False, now=timezone.now())

    def close(self, request: Asked, row: Person, given: dict[str, Any]) -> None:
        """No more signing in."""
        actions.close_account(actor=request.user, person=row, now=timezone.now())

    def reopen(self, request: Asked, row: Person, given: dict[str, Any]) -> None:
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

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """Of the people the asker may look up."""
        people = people_for(request.user).values("pk")
        return Absence.objects.filter(person__in=people).order_by("-from_at", "-pk")

    def may_act(self, request: Asked, row: Any) -> bool:
        """As for the account."""
        return self.holds(request, APPOINT) and may_administer(request.user, row.person)

    def get_form(self, request: Asked, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """People within reach."""
        form = super().get_form(request, obj, change=change, **kwargs)
        for name in ("person", "deputy"):
            if name in form.base_fields:
                form.base_fields[name].queryset = people_for(request.user)
        return form

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Note it."""
        return actions.report_absence(actor=request.user, now=timezone.now(), **given)

    def end(self, request: Asked, row: Absence, given: dict[str, Any]) -> str:
        """Back, or not going: an absence that had not begun is no more, so the list comes next."""
        actions.end_absence(actor=request.user, absence=row, now=timezone.now())
        return self.address("changelist")
