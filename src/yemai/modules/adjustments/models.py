"""One table: a change of the ground from a day on, with what it does and what came of it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.models import Node

from .terms import Kind, State


class Adjustment(models.Model):
    """网格调整: nothing of it is true before its day; until then it can be undone as if it had never been."""

    kind = models.CharField(_("类型"), max_length=8, choices=Kind.choices)
    on = models.DateField(_("生效日期"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.DRAFT)
    before = models.ManyToManyField(Node, related_name="+", verbose_name=_("原网格"))
    after = models.ManyToManyField(Node, related_name="+", verbose_name=_("新网格"))
    plan = models.JSONField(default=dict)
    """What is to be done, by kind: see `plans`."""
    path = models.CharField(max_length=120)
    """The lowest ground that holds all of it, so that it is listed where it may be changed."""
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")
    refusal = models.TextField(_("未能生效的原因"), blank=True, default="")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("提出时间"))
    ended_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        verbose_name = _("网格调整")
        verbose_name_plural = _("网格调整")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "on", "id"], name="adjustment_state_on"),
            models.Index(fields=["path", "-id"], name="adjustment_path_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.get_kind_display()}"
