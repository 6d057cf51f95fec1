"""Tables of the closed loop; constraints repeat what the rules say."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.terms import in_language

from .map_index import Band
from .terms import (
    Kind,
    LocateFlag,
    Moment,
    Outcome,
    Priority,
    RejectReason,
    RequestKind,
    ReturnReason,
    Rung,
    Source,
    Stage,
    Verb,
)


class Catalogue(models.Model):
    """One generation of categories; a code means something only within its generation."""

    version = models.CharField(_("版本"), max_length=32, unique=True)
    label = models.CharField(_("名称"), max_length=80)
    label_en = models.CharField(_("英文名称"), max_length=80, blank=True)
    basis = models.TextField(_("依据"), blank=True)
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("类别目录")
        verbose_name_plural = _("类别目录")
        ordering = ["-effective_from", "-id"]

    def __str__(self) -> str:
        return f"{in_language(self.label, self.label_en)} {self.version}"


class Category(models.Model):
    """A small class (小类) of events, components or services."""

    catalogue = models.ForeignKey(Catalogue, on_delete=models.PROTECT, related_name="categories")
    kind = models.CharField(_("部件/事件/诉求"), max_length=1, choices=Kind.choices)
    major = models.CharField(_("大类代码"), max_length=2)
    major_name = models.CharField(_("大类"), max_length=40)
    major_name_en = models.CharField(_("大类英文"), max_length=80, blank=True)
    minor = models.CharField(_("小类代码"), max_length=2)
    name = models.CharField(_("小类"), max_length=60)
    name_en = models.CharField(_("小类英文"), max_length=120, blank=True)
    description = models.CharField(_("说明"), max_length=300, blank=True)
    is_extension = models.BooleanField(_("地方扩展"), default=False)
    keywords = models.JSONField(_("关键词"), default=list, blank=True)
    is_active = models.BooleanField(_("使用中"), default=True)
    is_public = models.BooleanField(
        _("上公示栏"),
        default=True,
        help_text=_("涉及个人与家庭的类别（救助、纠纷、治安等）不逐条上墙、不提示给别的居民，只计入总数。"),
    )

    class Meta:
        verbose_name = _("类别")
        verbose_name_plural = _("类别")
        ordering = ["catalogue", "kind", "major", "minor"]
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "kind", "major", "minor"], name="category_code_once"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.name, self.name_en)

    @property
    def major_label(self) -> str:
        """The larger class's name in the language of the page."""
        return in_language(self.major_name, self.major_name_en)

    @property
    def code(self) -> str:
        """Letter, 大类 and 小类, e.g. E0110."""
        return f"{self.kind}{self.major}{self.minor}"


class FilingCondition(models.Model):
    """立案条件: each has its own limit and its own closing condition (GB/T 30428.8)."""

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="conditions")
    text = models.CharField(_("立案条件"), max_length=300)
    priority = models.CharField(_("等级"), max_length=10, choices=Priority.choices, default=Priority.ORDINARY)
    limit = models.CharField(
        _("处置时限"),
        max_length=8,
        help_text=_("数字加单位：UH 紧急工作时、UD 紧急工作日、WH 工作时、WD 工作日、ND 自然日"),
    )
    closing = models.CharField(_("结案条件"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("立案条件")
        verbose_name_plural = _("立案条件")
        ordering = ["category", "position"]

    def __str__(self) -> str:
        return f"{self.text}（{self.limit}）"


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
    language = models.CharField(max_length=10, default="zh-hans")

    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    condition = models.ForeignKey(FilingCondition, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    priority = models.CharField(_("等级"), max_length=10, choices=Priority.choices, default=Priority.ORDINARY)

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
            models.Index(fields=["handler", "stage", "clock_due_at"], name="case_handler_stage"),
            models.Index(fields=["lead_department", "stage", "clock_due_at"], name="case_unit_stage"),
            models.Index(fields=["category", "-reported_at"], name="case_category_newest"),
            models.Index(fields=["-reported_at", "lat"], name="case_newest_near"),
            models.Index(fields=["source", "external_ref"], name="case_external_ref"),
            models.Index(fields=["remind_at", "id"], name="case_remind_at"),
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


class StoryStep(models.Model):
    """One step of a case: never edited, chained by hash to the one before."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="story")
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=20, choices=Verb.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=60)
    at = models.DateTimeField()
    from_stage = models.CharField(max_length=12, blank=True, default="")
    to_stage = models.CharField(max_length=12)
    text = models.TextField(blank=True, default="")
    content = models.JSONField(default=dict)
    is_public = models.BooleanField(default=True)
    client_key = models.UUIDField(null=True, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True, default="")
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("经过")
        verbose_name_plural = _("经过")
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="story_seq_once")]
        indexes = [models.Index(fields=["verb", "-at"], name="story_verb_newest")]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq} {self.verb}"

    @property
    def who(self) -> str:
        """Who acted, in the language of the page; residents and the system stand in the record by their Chinese word."""
        return self.actor.label if self.actor else gettext(self.actor_label)

    @property
    def reason_label(self) -> str:
        """Why it was returned or not taken up, in the language of the page; "" where no reason was chosen."""
        reason = self.content.get("reason")
        labels = {**dict(RejectReason.choices), **dict(ReturnReason.choices)}
        return str(labels.get(reason, "")) if reason else ""

    def named(self, what: str) -> str:
        """The `category`, `department` or `person` of the record by its name then, in the language of the page."""
        return in_language(self.content.get(f"{what}_name") or "", self.content.get(f"{what}_name_en") or "")

    @property
    def handed_to(self) -> str:
        """The lead unit or the person it was given to, "" for other steps."""
        return self.named("department") or self.named("person")

    @property
    def joint_names(self) -> list[str]:
        """The joint units it was given to."""
        chinese = self.content.get("joint_names") or []
        english = self.content.get("joint_names_en") or [""] * len(chinese)
        return [in_language(*names) for names in zip(chinese, english, strict=True)]


class Contact(models.Model):
    """A resident who reported or follows a case: what is needed to tell them, sealed."""

    class Role(models.TextChoices):
        REPORTER = "reporter", _("上报人")
        FOLLOWER = "follower", _("关注人")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(max_length=8, choices=Role.choices)
    name_sealed = models.TextField(blank=True, default="")
    phone_sealed = models.TextField(blank=True, default="")
    phone_blind = models.CharField(max_length=64, blank=True, default="", db_index=True)
    device_hash = models.CharField(max_length=64, blank=True, default="", db_index=True)
    wants_news = models.BooleanField(default=True)
    consent_version = models.CharField(max_length=20, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("联系人")
        verbose_name_plural = _("联系人")
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(role="reporter"), name="contact_one_reporter"),
        ]


class CasePhoto(models.Model):
    """A photo of a case and when in its life it was taken."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="photos")
    file = models.OneToOneField("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    moment = models.CharField(max_length=8, choices=Moment.choices)
    seq = models.PositiveIntegerField()
    taken_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    is_public = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("照片")
        verbose_name_plural = _("照片")
        ordering = ["id"]


class Consultation(models.Model):
    """会商: called by the micro-grid leader, ended by a recorded decision of who does what by when."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consultations")
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    topic = models.TextField()
    invited = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    present = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True, default="")
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("会商")
        verbose_name_plural = _("会商")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(decided_at__isnull=True), name="consultation_one_open"
            ),
        ]


class StepRequest(models.Model):
    """A request (延期/挂账/重办) that another person decides."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="requests")
    kind = models.CharField(max_length=10, choices=RequestKind.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.TextField()
    review_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    is_approved = models.BooleanField(null=True)

    class Meta:
        verbose_name = _("申请")
        verbose_name_plural = _("申请")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(decided_at__isnull=True), name="request_one_open_of_a_kind"
            ),
        ]


class ScoreInvitation(models.Model):
    """A one-time link or QR for a resident's score; only the hash of its token is kept."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    is_on_site = models.BooleanField(_("现场邀请"), default=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("评价邀请")
        verbose_name_plural = _("评价邀请")


class Score(models.Model):
    """A resident's score of one round of a case, given once."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="scores")
    round = models.PositiveSmallIntegerField(default=0)
    """How many times the case had been reopened before this score."""
    value = models.PositiveSmallIntegerField(_("评分"))
    text = models.TextField(_("留言"), blank=True, default="")
    invitation = models.OneToOneField(ScoreInvitation, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("评价")
        verbose_name_plural = _("评价")
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], name="score_once_a_round"),
            models.CheckConstraint(condition=Q(value__range=(1, 5)), name="score_range"),
        ]


class Disposer(models.Model):
    """Who has had a hand in the disposal of a case, and so may never check or score it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="disposers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("办理人")
        verbose_name_plural = _("办理人")
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="disposer_once")]
