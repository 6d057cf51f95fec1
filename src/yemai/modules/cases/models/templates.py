"""Templates of replies: the office's own wording with fields, filled in from the case; what is unknown stays to be filled."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..terms import TEXT_MAX, Outcome, Verb

REPLY_VERBS = ((Verb.SUBMIT_FEEDBACK.value, Verb.SUBMIT_FEEDBACK.label), (Verb.REJECT.value, Verb.REJECT.label))
"""The steps whose words a resident reads as the answer."""


class ReplyTemplate(models.Model):
    """One wording. Changing it makes a new version of the same row; the audit trail keeps the old words."""

    name = models.CharField(_("名称"), max_length=60, unique=True)
    verb = models.CharField(_("用于"), max_length=20, choices=REPLY_VERBS, default=Verb.SUBMIT_FEEDBACK)
    outcome = models.CharField(
        _("处置结果"),
        max_length=20,
        choices=Outcome.choices,
        blank=True,
        default="",
        help_text=_("留空：各种结果都可用。"),
    )
    category_code = models.CharField(
        _("类别代码"),
        max_length=5,
        blank=True,
        default="",
        help_text=_("只用于这一类：写代码的前几位，如 E、E01、E0110；留空：各类都可用。"),
    )
    text = models.TextField(
        _("内容"),
        max_length=TEXT_MAX,
        help_text=_(
            "可用的空：{案卷号} {类别} {地点} {网格} {处置人} {单位} {日期} {到期} {结果}；要写的人自己填的，写成【做了什么】。"
        ),
    )
    is_active = models.BooleanField(_("使用中"), default=True)
    version = models.PositiveIntegerField(_("版本"), default=1)
    changed_at = models.DateTimeField(_("修改时间"))

    class Meta:
        verbose_name = _("答复模板")
        verbose_name_plural = _("答复模板")
        ordering = ["verb", "category_code", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verb__in=[key for key, _label in REPLY_VERBS]), name="reply_template_verb"
            ),
        ]

    def __str__(self) -> str:
        return self.name
