"""Messages in the back office: who hears of what, the group robots, and what could not be sent."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from yemai.base.access.terms import Permission
from yemai.base.office.marks import chosen, display
from yemai.base.office.registers import Register
from yemai.base.office.site import Asked
from yemai.base.office.verbs import Verb
from yemai.kernel.refusals import Refused

from . import actions
from .forms import RobotForm, RuleForm
from .models import Message, MessageRule, Robot
from .queries import failures_for
from .terms import Audience, Channel, Event, MessageState

EDIT = Permission.MESSAGE_EDIT.value


@admin.register(MessageRule)
class MessageRuleRegister(Register):
    """Event x audience x channel; holds for the whole ground."""

    needs, place, adds, changes = EDIT, None, True, True
    form = RuleForm
    list_display = ("event", "audience", "channel", "enabled", "quiet")
    list_editable = ("enabled", "quiet")
    list_filter = ("channel", "audience", "enabled", "event")
    list_per_page = 100
    ordering = ("event", "audience", "channel")
    fields = (("event", "audience"), "channel", ("enabled", "quiet"))

    def get_readonly_fields(self, request: Asked, obj: Any = None) -> Any:
        """A cell stays that cell; without it no message goes out, so it is switched off and never removed."""
        return () if obj is None else ("event", "audience", "channel")

    def get_changelist_form(self, request: Asked, **kwargs: Any) -> Any:
        """The list's own two switches."""
        return super().get_changelist_form(request, **{**kwargs, "form": RuleForm})

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Say it."""
        cell = given if is_new else {"event": row.event, "audience": row.audience, "channel": row.channel}
        return actions.set_rule(
            actor=request.user, now=timezone.now(), event=cell["event"], audience=cell["audience"],
            channel=cell["channel"], enabled=given["enabled"], quiet=given["quiet"],
        )  # fmt: skip


@admin.register(Robot)
class RobotRegister(Register):
    """Group robots of the asker's ground."""

    needs, adds, changes = EDIT, True, True
    form = RobotForm
    read_as = {"audiences": "heard_by"}
    list_display = ("name", "kind", "node", "heard_by", "per_minute", "is_active", "blocked_until_at", "last_error")
    list_filter = ("kind", "is_active")
    list_select_related = ("node",)
    search_fields = ("name", "node__name")
    search_help_text = _("群名称或节点")
    ordering = ("node__path", "pk")
    fieldsets = (
        (None, {"fields": (("name", "is_active"), "audiences", "per_minute")}),
        (_("登记事项"), {"fields": (("kind", "node"), ("blocked_until_at", "last_error"))}),
    )
    add_fieldsets = ((None, {"fields": (("name", "kind"), "node", "url", "secret", "audiences", "per_minute")}),)

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """Without the boundaries of their nodes."""
        return super().get_queryset(request).defer("node__boundary")

    def get_readonly_fields(self, request: Asked, obj: Any = None) -> Any:
        """Another address is another robot."""
        return () if obj is None else ("kind", "node", "blocked_until_at", "last_error")

    def get_form(self, request: Asked, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Nodes within reach."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "node" in form.base_fields:
            form.base_fields["node"].limit(self.within(request, "path"))
        return form

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Register it, or change it."""
        if is_new:
            return actions.register_robot(actor=request.user, now=timezone.now(), **given)
        return actions.change_robot(row, actor=request.user, now=timezone.now(), **given)

    @display(description=_("对象"))
    def heard_by(self, robot: Robot) -> str:
        """Whom it speaks for."""
        return "、".join(str(Audience(name).label) for name in robot.audiences if name in Audience.values) or str(
            _("全部")
        )


@admin.register(Message)
class FailureRegister(Register):
    """Messages that could not be sent; addresses stay sealed."""

    needs, place = EDIT, "node__path"
    list_display = ("created_at", "what", "by", "to", "title", "attempts", "tried_at", "error")
    list_display_links = ("created_at",)
    list_filter = ("channel", "event")
    list_select_related = ("person", "robot", "node")
    search_fields = ("title", "error", "person__name")
    search_help_text = _("标题、错误或收件人")
    ordering = ("-id",)
    fields = (("what", "by"), ("to", "node"), "title", ("created_at", "tried_at", "attempts"), "error")
    readonly_fields = ("what", "by", "to")
    actions = ("send_chosen",)
    verbs = (
        Verb(
            "again", _("再发一次"), "send", "try_again", _("已重新排队发送。"),
            shown=lambda _request, row: row.state == MessageState.FAILED,
            explained=_("请先看清错误；群机器人被限流时，稍等几分钟再发。"),
        ),
    )  # fmt: skip

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """Failures on the asker's ground."""
        return failures_for(request.user).defer("node__boundary", "text")

    def has_again_permission(self, request: Asked) -> bool:
        """Whoever may send again."""
        return self.holds(request, self.needs)

    def path_of(self, row: Any) -> str | None:
        """The ground it spoke of."""
        return row.node.path if row.node else None

    def try_again(self, request: Asked, row: Message, given: dict[str, Any]) -> str:
        """Once more; it is no failure from now on, so the list comes next."""
        actions.try_again(row.pk, actor=request.user, now=timezone.now())
        return self.address("changelist")

    @chosen(description=_("所选的再发一次"), permission="again")
    def send_chosen(self, request: Asked, queryset: QuerySet[Message]) -> None:
        """Each of them; somebody else may have been faster."""
        again = 0
        for row in queryset:
            try:
                actions.try_again(row.pk, actor=request.user, now=timezone.now())
            except Refused:
                continue
            again += 1
        messages.info(request, _now("重新排队 %(count)d 条消息。") % {"count": again})

    @display(description=_("事项"), ordering="event")
    def what(self, row: Message) -> str:
        """The event in words."""
        return str(Event(row.event).label) if row.event in Event.values else row.event

    @display(description=_("渠道"), ordering="channel")
    def by(self, row: Message) -> str:
        """The channel in words."""
        return str(Channel(row.channel).label)

    @display(description=_("收件人"))
    def to(self, row: Message) -> str:
        """A colleague or a robot; a resident stays unnamed."""
        return str(row.person or row.robot or _("居民"))
