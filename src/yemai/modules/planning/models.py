"""Tables of planning: a study of some ground, the plans made for it, stations that stand, proposals for more."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.models import Estate, Node

from .terms import Origin, Question, State, StationKind


class Study(models.Model):
    """规划课题: the ground that is to be divided, so that plans for it can be laid side by side."""

    name = models.CharField(_("名称"), max_length=80)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("属地"))
    estate = models.ForeignKey(
        Estate, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("小区")
    )
    area = models.BinaryField(null=True, editable=False)
    """A polygon that somebody drew (WKB, WGS-84); None: all of the node or estate."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("规划课题")
        verbose_name_plural = _("规划课题")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """规划方案: one division of a study's buildings, found by the solver or changed by hand."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="plans")
    number = models.PositiveIntegerField(_("方案号"))
    origin = models.CharField(_("来源"), max_length=8, choices=Origin.choices, default=Origin.SOLVED)
    source = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="copies")
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.WAITING)
    least = models.PositiveIntegerField(_("户数下限"))
    most = models.PositiveIntegerField(_("户数上限"))
    weights = models.JSONField(_("权重"), default=dict)
    keeps_teams = models.BooleanField(_("尽量不动现有队伍"), default=True)
    crosses_estates = models.BooleanField(_("可以跨小区"), default=False)
    seconds = models.PositiveIntegerField(_("最多计算"))
    groups = models.JSONField(default=list)
    """`results.as_row` of each group, by number."""
    areas = models.JSONField(default=list)
    """GeoJSON geometry of each group's ground, by number."""
    score = models.JSONField(default=dict)
    """Parts of the score (`rules.division.Score`) and what is proven: `results.proof`."""
    left_out = models.JSONField(default=list)
    """[building id, name, `Absence`] of buildings that are not in it, or in it with a doubt."""
    error = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField(default=0)
    """Counts the changes by hand: of two who change it at once, the second is told."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("创建时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    adopted_on = models.DateField(_("采用日期"), null=True)
    adjustment = models.PositiveBigIntegerField(null=True)
    """The number of the dated change that carries it out, in whichever room keeps those."""

    class Meta:
        verbose_name = _("规划方案")
        verbose_name_plural = _("规划方案")
        ordering = ["study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="plan_number_once_in_study"),
            models.CheckConstraint(condition=Q(least__gt=0, most__gte=models.F("least")), name="plan_range"),
        ]

    def __str__(self) -> str:
        return f"{self.study_id}-{self.number}"


class Station(models.Model):
    """阵地: where residents go to be served; here by its place alone, for what planning asks."""

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("属地"))
    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类型"), max_length=8, choices=StationKind.choices, default=StationKind.SERVICE)
    lon = models.FloatField(_("经度"))
    lat = models.FloatField(_("纬度"))
    ended_on = models.DateField(_("停用日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("服务站点")
        verbose_name_plural = _("服务站点")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon__range=(-180, 180), lat__range=(-90, 90)), name="station_point_on_earth"
            ),
            models.UniqueConstraint(
                fields=["node", "name"], condition=Q(ended_on__isnull=True), name="station_name_once_in_node"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Proposal(models.Model):
    """规划建议: sites for stations, or joint branches, worked out for some ground on one day."""

    question = models.CharField(_("事项"), max_length=8, choices=Question.choices)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("属地"))
    asked = models.JSONField(default=dict)
    """What was asked; see the forms."""
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.WAITING)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("创建时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("规划建议")
        verbose_name_plural = _("规划建议")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_question_display()} {self.pk}"
