"""Trained models by date: one is asked, the others are kept to go back to."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TrainedModel(models.Model):
    """One model for one question (`subject`), with the card that says what it learnt from and how well."""

    class Origin(models.TextChoices):
        STARTER = "starter", _("随系统带来")
        RETRAINED = "retrained", _("用本地办结事件训练")

    class Verdict(models.TextChoices):
        KEPT = "kept", _("采用")
        NOT_BETTER = "not_better", _("没有更好，未采用")

    subject = models.SlugField(_("判断什么"), max_length=40)
    origin = models.CharField(_("来历"), max_length=10, choices=Origin.choices)
    made_at = models.DateTimeField(_("训练时间"))
    verdict = models.CharField(_("结论"), max_length=12, choices=Verdict.choices)
    is_current = models.BooleanField(_("正在使用"), default=False)
    card = models.JSONField(_("模型卡"), default=dict)
    content = models.BinaryField(null=True)
    """What `Classifier.to_bytes` gave; null for one that was not kept."""
    chosen_at = models.DateTimeField(_("启用时间"), null=True, blank=True)
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("启用人"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("分类模型")
        verbose_name_plural = _("分类模型")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["subject"], condition=Q(is_current=True), name="trained_model_one_current"),
            models.CheckConstraint(
                condition=Q(is_current=False) | Q(content__isnull=False), name="trained_model_current_has_content"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.made_at:%Y-%m-%d %H:%M}"
