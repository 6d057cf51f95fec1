"""One table: a component with its code and place."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.models import Node

from .terms import MAJORS, Condition


class Component(models.Model):
    """部件: a thing of the street that somebody looks after."""

    code = models.CharField(_("标识码"), max_length=16, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("属地"))
    lon = models.FloatField(_("经度"))
    lat = models.FloatField(_("纬度"))
    department = models.CharField(_("主管部门"), max_length=80, blank=True, default="")
    owner = models.CharField(_("权属单位"), max_length=80, blank=True, default="")
    condition = models.CharField(_("状态"), max_length=8, choices=Condition.choices, default=Condition.SOUND)
    surveyed_on = models.DateField(_("普查日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("部件")
        verbose_name_plural = _("部件")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon__range=(-180, 180), lat__range=(-90, 90)), name="component_point_on_earth"
            ),
        ]
        indexes = [models.Index(fields=["lat", "lon"], name="component_lat_lon")]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"

    @property
    def major(self) -> str:
        """The name of its major class."""
        return str(MAJORS.get(self.code[6:8], ""))
