"""The Django app of fairness; it has no tables."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FairnessConfig(AppConfig):
    """Patterns to be looked at."""

    name = "yemai.desks.fairness"
    label = "fairness"
    verbose_name = _("异常核对")
