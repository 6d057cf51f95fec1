"""Tables of parameters and calendar days; a value is never overwritten, a new version takes its place."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .terms import DECLARED


class Parameter(models.Model):
    """One version of one parameter, with its basis and the days it holds."""

    key = models.CharField(_("参数"), max_length=40)
    version = models.PositiveIntegerField(_("版本"))
    value = models.JSONField(_("值"))
    basis = models.CharField(_("依据"), max_length=200, blank=True)
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("参数")
        verbose_name_plural = _("参数")
        ordering = ["key", "-version"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="parameter_version_once")]

    def __str__(self) -> str:
        return f"{self.label} v{self.version}"

    @property
    def label(self) -> str:
        """What the parameter is called; a name that is no longer declared stands for itself."""
        declared = DECLARED.get(self.key)
        return str(declared.label) if declared else self.key


class CalendarDay(models.Model):
    """A day that the town declares worked or off, over what the holiday library says."""

    day = models.DateField(_("日期"), unique=True)
    is_workday = models.BooleanField(_("工作日"))
    note = models.CharField(_("说明"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("工作日历")
        verbose_name_plural = _("工作日历")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day}"


class Revision(models.Model):
    """One row whose number changes with any parameter or calendar day, so that every process notices."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)
