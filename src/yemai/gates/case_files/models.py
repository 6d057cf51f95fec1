"""Tables of imports: the run and how far it is, the mapping kept for next time, each refused row."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ColumnMapping(models.Model):
    """Which column means what, kept by the file's headings so that next month nobody maps again."""

    headings_hash = models.CharField(max_length=64, unique=True)
    headings = models.JSONField(_("表头"))
    mapping = models.JSONField(_("对应关系"))
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("列对应")
        verbose_name_plural = _("列对应")


class ImportRun(models.Model):
    """One file being taken in; started again it goes on where it stopped."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        RUNNING = "running", _("进行中")
        DONE = "done", _("完成")
        FAILED = "failed", _("中断")

    file_name = models.CharField(_("文件"), max_length=200)
    file_sha256 = models.CharField(max_length=64)
    headings = models.JSONField(_("表头"), default=list)
    mapping = models.JSONField(_("对应关系"))
    crs = models.CharField(max_length=20, default="WGS84")
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.WAITING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("开始"))
    finished_at = models.DateTimeField(_("结束"), null=True)
    rows_total = models.PositiveIntegerField(_("行数"), default=0)
    rows_done = models.PositiveIntegerField(_("已处理"), default=0)
    created = models.PositiveIntegerField(_("新建"), default=0)
    repeated = models.PositiveIntegerField(_("已有"), default=0)
    refused = models.PositiveIntegerField(_("退回"), default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("导入")
        verbose_name_plural = _("导入")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["file_sha256"], name="import_run_once_a_file")]


class RefusedRow(models.Model):
    """A row that could not be taken in, as it was, and why."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="refusals")
    row = models.PositiveIntegerField(_("行"))
    cells_sealed = models.TextField()
    why = models.CharField(_("原因"), max_length=300)

    class Meta:
        verbose_name = _("退回的行")
        verbose_name_plural = _("退回的行")
        constraints = [models.UniqueConstraint(fields=["run", "row"], name="refused_row_once")]
