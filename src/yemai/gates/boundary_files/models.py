"""The import of a file of boundaries or buildings by a page: what was asked, what the survey found, what a person chose to mend."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class BoundaryRun(models.Model):
    """One file on its way to the ground; surveyed and shown before anything is written."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待检查")
        SURVEYED = "surveyed", _("已检查，未写入")
        WRITING = "writing", _("正在写入")
        DONE = "done", _("已写入")
        FAILED = "failed", _("没有成功")

    class Subject(models.TextChoices):
        BOUNDARIES = "boundaries", _("网格边界")
        BUILDINGS = "buildings", _("楼栋")

    subject = models.CharField(_("内容"), max_length=10, choices=Subject.choices, default=Subject.BOUNDARIES)
    file_name = models.CharField(_("文件"), max_length=200)
    stored_name = models.CharField(max_length=60)
    wanted = models.JSONField(_("对应关系"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    rows = models.PositiveIntegerField(_("行数"), default=0)
    crs = models.CharField(_("坐标系"), max_length=80, blank=True, default="")
    counts = models.JSONField(default=dict)
    """How many findings of each doubt."""
    findings = models.JSONField(default=list)
    """The largest of each doubt, as `surveying.as_row` writes them; of buildings the first, as `buildings.actions.shown`."""
    chosen = models.JSONField(default=list)
    """Doubts (all of a kind) and keys of single findings that a person wants mended."""
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("开始"))
    finished_at = models.DateTimeField(_("结束"), null=True)

    class Meta:
        verbose_name = _("导入边界")
        verbose_name_plural = _("导入边界")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
