"""The Django app of the ground."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TerritoryConfig(AppConfig):
    """Territory: tiers, nodes, buildings, addresses, doors."""

    name = "yemai.base.territory"
    label = "territory"
    verbose_name = _("属地")
