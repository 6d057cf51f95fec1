"""权责清单: which unit leads on which kind of case, in dated versions, each a whole."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.terms import in_language

from .catalogue import Catalogue


class ResponsibilityList(models.Model):
    """One version of the list; published whole, never edited, so that what was proposed by it can be told later."""

    catalogue = models.ForeignKey(Catalogue, on_delete=models.PROTECT, related_name="+", verbose_name=_("类别目录"))
    version = models.CharField(_("版本"), max_length=32, unique=True)
    basis = models.CharField(_("依据"), max_length=300, blank=True)
    effective_from = models.DateField(_("生效日期"))
    published_at = models.DateTimeField(_("发布时间"))

    class Meta:
        verbose_name = _("权责清单")
        verbose_name_plural = _("权责清单")
        ordering = ["-effective_from", "-id"]

    def __str__(self) -> str:
        return self.version


class Responsibility(models.Model):
    """One line: the lead unit (and joint units) for a class, a 大类 or a whole kind, everywhere or on some ground."""

    responsibility_list = models.ForeignKey(ResponsibilityList, on_delete=models.CASCADE, related_name="lines")
    code = models.CharField(_("类别代码"), max_length=5)
    """The first characters of a class's code within the list's catalogue: "S", "E01", "E0110"."""
    node = models.ForeignKey(
        "territory.Node", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("属地")
    )
    lead = models.ForeignKey(
        "people.Department", on_delete=models.PROTECT, related_name="+", verbose_name=_("主办单位")
    )
    joint = models.ManyToManyField("people.Department", related_name="+", blank=True, verbose_name=_("协办单位"))
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("权责")
        verbose_name_plural = _("权责")
        ordering = ["code", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["responsibility_list", "code", "node"], name="responsibility_once_on_some_ground"
            ),
            models.UniqueConstraint(
                fields=["responsibility_list", "code"], condition=Q(node=None), name="responsibility_once_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {in_language(self.lead.name, self.lead.name_en)}"
