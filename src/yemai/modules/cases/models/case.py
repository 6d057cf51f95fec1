"""The case itself, its number series and who has a part in it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..map_index import Band
from ..terms import (
    GOOD_SCORE,
    LocateFlag,
    Outcome,
    Priority,
    RejectReason,
    ReturnReason,
    Rung,
    Source,
    Stage,
    UrgencyLevel,
)
from ..urgency import Urgency, urgency_of
from .catalogue import Category, FilingCondition


class NumberSeries(models.Model):
    """The last sequence number given under a case-number prefix."""

    prefix = models.CharField(max_length=20, unique=True)
    last = models.PositiveIntegerField(default=0)


class Case(models.Model):
    """One matter (案卷) on the ground, from report to score."""

    client_key = models.UUIDField(_("客户端键"), unique=True, default=uuid.uuid4, editable=False)
    tracking_code = models.CharField(_("查询码"), max_length=16, unique=True, editable=False)
    number = models.CharField(_("案卷号"), max_length=24, unique=True, null=True, blank=True)
    source = models.CharField(_("来源"), max_length=10, choices=Source.choices)
    external_ref = models.CharField(_("外部编号"), max_length=80, blank=True, default="")
    title = models.CharField(_("标题"), max_length=120, blank=True, default="")
    text = models.TextField(_("内容"))
    text_hash = models.CharField(max_length=32, blank=True, default="", editable=False)
    """The mark of the text's normal form (`alike.words.fingerprint`): the same words again have the same."""
    language = models.CharField(max_length=10, default="zh-hans")

    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    condition = models.ForeignKey(FilingCondition, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    priority = models.CharField(_("等级"), max_length=10, choices=Priority.choices, default=Priority.ORDINARY)
    urgency = models.PositiveSmallIntegerField(_("紧急提示"), choices=UrgencyLevel.choices, default=UrgencyLevel.NONE)
    """What its words alone said when it came in; a proposal, never taken back by a rule."""

    stage = models.CharField(_("阶段"), max_length=12, choices=Stage.choices, default=Stage.REPORTED)
    rung = models.CharField(_("层级"), max_length=12, choices=Rung.choices, default=Rung.MICROGRID)
    outcome = models.CharField(_("处置结果"), max_length=20, choices=Outcome.choices, blank=True, default="")
    reject_reason = models.CharField(_("作废原因"), max_length=20, choices=RejectReason.choices, blank=True, default="")

    node = models.ForeignKey("territory.Node", on_delete=models.PROTECT, related_name="+", verbose_name=_("属地"))
    path = models.CharField(max_length=120, db_index=False)
    building = models.ForeignKey(
        "territory.Building", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    place_text = models.CharField(_("位置说明"), max_length=300, blank=True, default="")
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    locate_flag = models.CharField(_("定位"), max_length=10, choices=LocateFlag.choices, default=LocateFlag.NO_POINT)

    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("处置人"),
    )
    verifier = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("核实人"),
    )
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("上报工作人员"),
    )
    lead_department = models.ForeignKey(
        "people.Department",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("主办单位"),
    )
    main_case = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_cases", verbose_name=_("主事件")
    )
    stage_before_merge = models.CharField(max_length=12, blank=True, default="")

    happened_at = models.DateTimeField(_("发生时间"), null=True, blank=True)
    reported_at = models.DateTimeField(_("上报时间"))
    accepted_at = models.DateTimeField(_("受理时间"), null=True, blank=True)
    disposed_at = models.DateTimeField(_("处置完成时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("结案时间"), null=True, blank=True)

    limit = models.CharField(_("时限"), max_length=8, blank=True, default="")
    started_at = models.DateTimeField(_("起算时间"), null=True, blank=True)
    due_at = models.DateTimeField(_("处置到期"), null=True, blank=True)
    pauses = models.JSONField(default=list, blank=True)
    extensions = models.PositiveSmallIntegerField(_("延期次数"), default=0)
    review_on = models.DateField(_("挂账复核日"), null=True, blank=True)
    clock_warn_at = models.DateTimeField(null=True, blank=True)
    clock_due_at = models.DateTimeField(_("当前时限"), null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    """When whoever has it is next told of the clock: at 80 %, when due, then daily."""
    was_overdue = models.BooleanField(_("处置超期"), default=False)

    returns = models.PositiveSmallIntegerField(_("退单次数"), default=0)
    reworks = models.PositiveSmallIntegerField(_("返工次数"), default=0)
    reopens = models.PositiveSmallIntegerField(_("重办次数"), default=0)
    reminders = models.PositiveSmallIntegerField(_("催办次数"), default=0)
    reminded_at = models.DateTimeField(null=True, blank=True)
    is_supervised = models.BooleanField(_("督办"), default=False)
    score = models.PositiveSmallIntegerField(_("评分"), null=True, blank=True)

    version = models.PositiveIntegerField(default=0)
    story_head = models.CharField(max_length=64, blank=True, default="")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("事件")
        verbose_name_plural = _("事件")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="case_stage_known"),
            models.CheckConstraint(condition=Q(rung__in=Rung.values), name="case_rung_known"),
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__range=(1, 5)), name="case_score_range"),
            models.CheckConstraint(condition=~Q(main_case=F("id")), name="case_not_its_own_main"),
            models.CheckConstraint(
                condition=~Q(stage=Stage.MERGED) | Q(main_case__isnull=False), name="case_merged_has_main"
            ),
            models.CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True) | Q(lon__range=(-180, 180), lat__range=(-90, 90)),
                name="case_point_on_earth",
            ),
        ]
        indexes = [
            models.Index(fields=["path", "stage", "clock_due_at", "id"], name="case_path_stage_due"),
            models.Index(fields=["stage", "clock_due_at", "id"], name="case_stage_due"),
            models.Index(fields=["path", "-id"], name="case_path_newest"),
            models.Index(
                fields=["stage", "-urgency", "reported_at", "id"],
                condition=Q(stage=Stage.REPORTED),
                name="case_intake_first",
            ),
            models.Index(
                fields=["category", "-closed_at"],
                condition=Q(stage=Stage.CLOSED, outcome=Outcome.SOLVED, score__gte=GOOD_SCORE),
                name="case_good_answers",
            ),
            models.Index(fields=["handler", "stage", "clock_due_at"], name="case_handler_stage"),
            models.Index(fields=["lead_department", "stage", "clock_due_at"], name="case_unit_stage"),
            models.Index(fields=["category", "-reported_at"], name="case_category_newest"),
            models.Index(fields=["-reported_at", "lat", "lon"], name="case_newest_near"),
            models.Index(fields=["source", "external_ref"], name="case_external_ref"),
            models.Index(fields=["remind_at", "id"], name="case_remind_at"),
            models.Index(fields=["text_hash", "-id"], name="case_same_text"),
            models.Index(
                Band("lat"),
                "lon",
                "lat",
                "path",
                "stage",
                "clock_due_at",
                "handler",
                "verifier",
                "reporter",
                name="case_on_map",
            ),
        ]

    score_token: str = ""
    """The token of a link just made by invite_score; handed to the caller, never a column."""

    def __str__(self) -> str:
        return self.number or self.tracking_code

    @property
    def category_name(self) -> str:
        """The class's name, or that nobody has classed it yet."""
        return self.category.label if self.category else str(_("未分类"))

    @property
    def holder_name(self) -> str:
        """The handler's or the lead unit's name, or that nobody has it."""
        if self.handler:
            return self.handler.label
        return self.lead_department.label if self.lead_department else str(_("无人接办"))

    @property
    def is_urgent(self) -> bool:
        """Do its words say that it can't wait?"""
        return self.urgency > UrgencyLevel.NONE

    @cached_property
    def urgent_reading(self) -> Urgency:
        """Which of its words say so, read afresh: no list asks the database for them."""
        return urgency_of(f"{self.title}。{self.text}") if self.is_urgent else Urgency()

    @property
    def headline(self) -> str:
        """The title, or the first words of the text."""
        return self.title or (self.text[:40] + ("…" if len(self.text) > 40 else ""))


class Assignment(models.Model):
    """One unit's part in a case, lead (主办) or joint (协办), with its own clock."""

    class Role(models.TextChoices):
        LEAD = "lead", _("主办")
        JOINT = "joint", _("协办")

    class State(models.TextChoices):
        OPEN = "open", _("办理中")
        DONE = "done", _("已反馈")
        RETURNED = "returned", _("已退单")
        REPLACED = "replaced", _("已改派")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assignments")
    department = models.ForeignKey("people.Department", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=5, choices=Role.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    is_final = models.BooleanField(_("指定办理"), default=False)
    was_proposed = models.BooleanField(_("按建议派遣"), null=True, blank=True)
    """Whether this lead unit was the first proposed; null where none was, and for joint units."""
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    return_reason = models.CharField(max_length=20, choices=ReturnReason.choices, blank=True, default="")
    text = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("派遣单")
        verbose_name_plural = _("派遣单")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(role="lead", state="open"), name="assignment_one_open_lead"
            ),
            models.UniqueConstraint(
                fields=["case", "department"], condition=Q(state="open"), name="assignment_unit_once"
            ),
        ]
        indexes = [models.Index(fields=["department", "state", "due_at"], name="assignment_unit_due")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.department_id} {self.role}"


class Disposer(models.Model):
    """Who has had a hand in the disposal of a case, and so may never check or score it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="disposers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("办理人")
        verbose_name_plural = _("办理人")
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="disposer_once")]
