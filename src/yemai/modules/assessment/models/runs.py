"""Runs of assessment and what they gave: numbers, scores and stars as they were, with the version they were made by."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..subjects import Subject
from ..terms import AppealState, RunState, StopKind
from .schemes import SchemeVersion


class Run(models.Model):
    """One period assessed by one version of a scheme; frozen but for appeals until it is published."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="runs", verbose_name=_("方案"))
    node = models.ForeignKey("territory.Node", on_delete=models.PROTECT, related_name="+", verbose_name=_("范围"))
    period = models.CharField(_("周期"), max_length=24)
    first = models.DateField(_("起"))
    last = models.DateField(_("止"))
    state = models.CharField(_("状态"), max_length=10, choices=RunState.choices, default=RunState.COMPUTING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("开始"))
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    computed_at = models.DateTimeField(null=True)
    appeals_until = models.DateTimeField(_("申诉截止"), null=True)
    town = models.JSONField(default=dict)
    """Of each indicator the whole ground's [numerator, denominator]: what small numbers were drawn toward."""
    published_at = models.DateTimeField(_("公示时间"), null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    public_until = models.DateTimeField(_("公示截止"), null=True)

    class Meta:
        verbose_name = _("考核")
        verbose_name_plural = _("考核")
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "node", "period"], condition=~Q(state=RunState.FAILED), name="run_once_per_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version.name} {self.period}"


class Result(models.Model):
    """What one subject got; the numbers stay as they were counted."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    subject_id = models.BigIntegerField()
    name = models.CharField(_("对象"), max_length=120)
    numbers = models.JSONField(default=dict)
    score = models.FloatField(_("得分"), null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    cases = models.PositiveIntegerField(_("件数"), default=0)
    grade = models.CharField(_("等级"), max_length=1, blank=True, default="")
    stars = models.PositiveSmallIntegerField(_("星级"), null=True)
    rank = models.PositiveIntegerField(_("排名"), null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")
    """Why the stars are not those the score gives."""

    class Meta:
        verbose_name = _("考核结果")
        verbose_name_plural = _("考核结果")
        ordering = ["run", "rank", "-score", "subject_id"]
        constraints = [models.UniqueConstraint(fields=["run", "subject_id"], name="result_once")]
        indexes = [models.Index(fields=["subject_id", "run"], name="result_of_subject")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.name}"


class Appeal(models.Model):
    """Somebody says that a result is wrong; another person decides."""

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="appeals")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("提出"))
    text = models.TextField(_("理由"))
    cases = models.JSONField(default=list)
    """Cases that should be left out, by their numbers."""
    state = models.CharField(max_length=10, choices=AppealState.choices, default=AppealState.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(_("复核意见"), blank=True, default="")

    class Meta:
        verbose_name = _("申诉")
        verbose_name_plural = _("申诉")
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(fields=["result"], condition=Q(state="open"), name="appeal_one_open"),
            models.UniqueConstraint(fields=["result", "made_by"], name="appeal_once_each"),
        ]


class HardStop(models.Model):
    """A fact that caps a subject's stars at one; entered by one person with evidence, confirmed by another."""

    subject = models.CharField(_("考核对象"), max_length=12, choices=Subject.choices)
    subject_id = models.BigIntegerField()
    kind = models.CharField(_("情形"), max_length=10, choices=StopKind.choices)
    on = models.DateField(_("日期"))
    text = models.TextField(_("事实与依据"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("一票否决")
        verbose_name_plural = _("一票否决")
        ordering = ["-on", "-id"]


class LeftOut(models.Model):
    """A case that an upheld appeal took out of assessment (案卷申诉); its fact says so from then on."""

    case_id = models.BigIntegerField(primary_key=True)
    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="left_out")

    class Meta:
        verbose_name = _("不计入考核的事件")
        verbose_name_plural = _("不计入考核的事件")

    def __str__(self) -> str:
        return f"{self.case_id}"
