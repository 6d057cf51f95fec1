"""The Django app of the cockpit: pages without tables."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CockpitConfig(AppConfig):
    """The cockpit."""

    name = "yemai.desks.cockpit"
    label = "cockpit"
    verbose_name = _("驾驶舱")
