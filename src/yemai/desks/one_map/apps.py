"""The Django app of the one map: pages without tables."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OneMapConfig(AppConfig):
    """The map desk."""

    name = "yemai.desks.one_map"
    label = "one_map"
    verbose_name = _("一张图")
