"""Schemes: how the score of a kind of subject is made, in versions that are never edited once in force."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..rules.scoring import How, Item
from ..subjects import Subject


class SchemeVersion(models.Model):
    """One version of the scheme of a kind of subject, in force from a day on until the next."""

    subject = models.CharField(_("考核对象"), max_length=12, choices=Subject.choices)
    number = models.PositiveSmallIntegerField(_("版本"))
    name = models.CharField(_("名称"), max_length=60)
    basis = models.CharField(_("依据"), max_length=300, blank=True, default="")
    effective_from = models.DateField(_("生效日期"))
    items = models.JSONField(_("指标"), default=list)
    """`[indicator, weight, how, [[from, points], ...]]` by line; weights add to 100."""
    prior = models.PositiveSmallIntegerField(_("先验件数"), default=20)
    minimum = models.PositiveSmallIntegerField(_("排名最少件数"), default=10)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("考核方案")
        verbose_name_plural = _("考核方案")
        ordering = ["subject", "-effective_from", "-number"]
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="scheme_number_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"

    def lines(self) -> list[Item]:
        """The items as the rules take them."""
        return [item_of(row) for row in self.items]


def item_of(row: list[Any]) -> Item:
    """An item from how it is stored."""
    key, weight, how, bands = row
    return Item(key, weight, How(how), tuple((start, points) for start, points in bands))
