"""Cameras as assets, and who asked to view what they hold, when and why."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.models import Node

from .terms import Answer


class Camera(models.Model):
    """摄像头: its place and whom to ask; pictures stay with their keeper."""

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("属地"))
    name = models.CharField(_("名称"), max_length=80)
    lon = models.FloatField(_("经度"))
    lat = models.FloatField(_("纬度"))
    owner = models.CharField(_("管理单位"), max_length=80)
    contact = models.CharField(_("向谁申请"), max_length=120)
    """A post or an office, not somebody's private number."""
    ended_on = models.DateField(_("注销日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("摄像头")
        verbose_name_plural = _("摄像头")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon__range=(-180, 180), lat__range=(-90, 90)), name="camera_point_on_earth"
            ),
            models.UniqueConstraint(
                fields=["node", "name"], condition=Q(ended_on__isnull=True), name="camera_name_once_in_node"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ViewRequest(models.Model):
    """查看申请: kept for good, answered or not (公共安全视频图像信息系统管理条例: viewing is approved and recorded)."""

    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="requests")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("申请时间"))
    purpose = models.CharField(_("事由"), max_length=300)
    case_number = models.CharField(_("案卷号"), max_length=24, blank=True, default="")
    from_at = models.DateTimeField(_("起"))
    to_at = models.DateTimeField(_("止"))
    answer = models.CharField(_("结果"), max_length=8, choices=Answer.choices, default=Answer.WAITING)
    answer_text = models.CharField(_("答复说明"), max_length=300, blank=True, default="")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("答复时间"), null=True)

    class Meta:
        verbose_name = _("查看申请")
        verbose_name_plural = _("查看申请")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(to_at__gt=F("from_at")), name="view_request_span")]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.pk}"
