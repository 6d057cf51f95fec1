"""Messages (outbox and in-app box in one table), the rules of who gets which, and the group robots."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .terms import ROBOT_PER_MINUTE, TITLE_MAX, Audience, Channel, Event, MessageState, RobotKind


class Robot(models.Model):
    """A group robot of WeCom or DingTalk: it hears of everything on its node and below that its audiences are told."""

    node = models.ForeignKey("territory.Node", models.PROTECT, related_name="+", verbose_name=_("所属节点"))
    kind = models.CharField(_("类型"), max_length=16, choices=RobotKind.choices)
    name = models.CharField(_("群名称"), max_length=60)
    audiences = models.JSONField(_("对象"), default=list, blank=True)
    url_sealed = models.TextField(_("地址（加密）"))
    url_blind = models.CharField(_("地址索引"), max_length=64, unique=True)
    secret_sealed = models.TextField(_("加签密钥（加密）"), blank=True)
    per_minute = models.PositiveSmallIntegerField(
        _("每分钟上限"),
        default=ROBOT_PER_MINUTE,
        validators=[MinValueValidator(1), MaxValueValidator(ROBOT_PER_MINUTE)],
    )
    is_active = models.BooleanField(_("启用"), default=True)
    blocked_until_at = models.DateTimeField(_("暂停至"), null=True, blank=True)
    last_error = models.CharField(_("最近错误"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("群机器人")
        verbose_name_plural = _("群机器人")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(per_minute__gte=1, per_minute__lte=ROBOT_PER_MINUTE), name="outbox_robot_rate"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MessageRule(models.Model):
    """One cell of the table event x audience x channel; `quiet`: it waits for morning unless announced as urgent."""

    event = models.CharField(_("事项"), max_length=40, choices=Event.choices)
    audience = models.CharField(_("对象"), max_length=16, choices=Audience.choices)
    channel = models.CharField(_("渠道"), max_length=16, choices=Channel.choices)
    enabled = models.BooleanField(_("启用"), default=True)
    quiet = models.BooleanField(_("遵守免打扰时段"), default=True)

    class Meta:
        verbose_name = _("消息规则")
        verbose_name_plural = _("消息规则")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "audience", "channel"], name="outbox_rule_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.audience} / {self.channel}"


class Message(models.Model):
    """One message to one recipient by one channel; a robot's rate limit is computed from its rows' `tried_at`."""

    event = models.CharField(_("事项"), max_length=40)
    audience = models.CharField(_("对象"), max_length=16)
    channel = models.CharField(_("渠道"), max_length=16, choices=Channel.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("收件人")
    )
    robot = models.ForeignKey(Robot, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("机器人"))
    address_sealed = models.TextField(_("地址（加密）"), blank=True)
    node = models.ForeignKey(
        "territory.Node", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("节点")
    )
    title = models.CharField(_("标题"), max_length=TITLE_MAX)
    text = models.TextField(_("正文"), blank=True)
    url = models.CharField(_("链接"), max_length=300, blank=True)
    urgent = models.BooleanField(_("紧急"), default=False)
    state = models.CharField(_("状态"), max_length=16, choices=MessageState.choices, default=MessageState.WAITING)
    due_at = models.DateTimeField(_("应发时间"))
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    tried_at = models.DateTimeField(_("最近尝试时间"), null=True, blank=True)
    delivery = models.UUIDField(_("发送批次"), null=True, blank=True)
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    error = models.CharField(_("错误"), max_length=200, blank=True)
    dedupe_key = models.CharField(_("去重键"), max_length=64, unique=True)
    read_at = models.DateTimeField(_("阅读时间"), null=True, blank=True)
    created_at = models.DateTimeField(_("生成时间"))

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        indexes: ClassVar = [
            models.Index(fields=["person", "-id"], name="outbox_box", condition=Q(channel=Channel.IN_APP)),
            models.Index(
                fields=["person"], name="outbox_unread", condition=Q(channel=Channel.IN_APP, read_at__isnull=True)
            ),
            models.Index(fields=["due_at", "id"], name="outbox_due", condition=Q(state=MessageState.WAITING)),
            models.Index(fields=["tried_at"], name="outbox_stuck", condition=Q(state=MessageState.SENDING)),
            models.Index(fields=["robot", "tried_at"], name="outbox_rate", condition=Q(robot__isnull=False)),
            models.Index(fields=["-id"], name="outbox_failed", condition=Q(state=MessageState.FAILED)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="outbox_channel_known"),
            models.CheckConstraint(condition=Q(state__in=MessageState.values), name="outbox_state_known"),
            models.CheckConstraint(
                condition=Q(channel__in=RobotKind.values, robot__isnull=False)
                | (~Q(channel__in=RobotKind.values) & Q(robot__isnull=True)),
                name="outbox_robot_for_robot_channels",
            ),
            models.CheckConstraint(
                condition=~Q(channel=Channel.IN_APP) | Q(person__isnull=False), name="outbox_box_has_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.channel} #{self.pk}"
