"""Tables of tasks: a programme and its measures, tasks, what happened to each, and meetings."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yemai.base.files.models import StoredFile
from yemai.base.territory.models import Node

from .terms import LIVE, MeetingKind, TaskState


class Programme(models.Model):
    """A programme of measures (such as six aspects and eighteen measures) on a piece of ground."""

    name = models.CharField(_("名称"), max_length=80)
    basis = models.CharField(_("依据"), max_length=200, blank=True, default="")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("范围"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("任务方案")
        verbose_name_plural = _("任务方案")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Measure(models.Model):
    """One measure of a programme, under its aspect."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="measures")
    aspect = models.CharField(_("方面"), max_length=40)
    number = models.PositiveSmallIntegerField(_("序号"))
    title = models.CharField(_("措施"), max_length=160)

    class Meta:
        verbose_name = _("措施")
        verbose_name_plural = _("措施")
        ordering = ["programme", "number"]
        constraints = [models.UniqueConstraint(fields=["programme", "number"], name="measure_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Meeting(models.Model):
    """One meeting of the rhythm: the list it was held over as it stood then, and what was said."""

    kind = models.CharField(_("会议"), max_length=8, choices=MeetingKind.choices)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("范围"))
    on = models.DateField(_("日期"))
    """The day; of a month's summary its first day."""
    sheet = models.JSONField(_("清单"), default=dict)
    weather = models.CharField(_("天气提示"), max_length=120, blank=True, default="")
    words = models.TextField(_("记录"), blank=True, default="")
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    held_at = models.DateTimeField(_("记录时间"))

    class Meta:
        verbose_name = _("会议")
        verbose_name_plural = _("会议")
        ordering = ["-on", "-id"]
        constraints = [models.UniqueConstraint(fields=["kind", "node", "on"], name="meeting_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on}"


class Task(models.Model):
    """A task: who does what by when, and what shows that it was done."""

    title = models.CharField(_("任务"), max_length=160)
    detail = models.TextField(_("要求"), blank=True, default="")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("范围"))
    measure = models.ForeignKey(
        Measure, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("措施")
    )
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    """The meeting that decided on it."""
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("责任人")
    )
    due_on = models.DateField(_("完成期限"))
    state = models.CharField(_("状态"), max_length=8, choices=TaskState.choices, default=TaskState.OPEN)
    evidence = models.TextField(_("完成情况"), blank=True, default="")
    photo = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("任务")
        verbose_name_plural = _("任务")
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(
                fields=["owner", "due_on"], condition=Q(state__in=["open", "reported"]), name="task_owner_live"
            ),
            models.Index(fields=["node", "due_on"], name="task_node"),
        ]

    def __str__(self) -> str:
        return self.title

    def is_late(self, today: date) -> bool:
        """Past its day and not reported done."""
        return self.state == TaskState.OPEN and self.due_on < today

    @property
    def is_live(self) -> bool:
        """Neither struck off nor dropped."""
        return self.state in LIVE


class TaskStep(models.Model):
    """What happened to a task: never changed, never deleted."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=TaskState.choices)
    words = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.task_id} {self.state}"


class SummaryTemplate(models.Model):
    """The town's own Word template of the month's summary; the newest holds, without one the shipped one does."""

    content = models.BinaryField()
    name = models.CharField(_("文件名"), max_length=120)
    put_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    put_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
