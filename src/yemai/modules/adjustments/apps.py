"""The Django app of adjustments; its job is found by its module's name."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AdjustmentsConfig(AppConfig):
    """Dated changes of the ground."""

    name = "yemai.modules.adjustments"
    label = "adjustments"
    verbose_name = _("网格调整")
