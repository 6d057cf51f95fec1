"""The Django app of parameters."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ParametersConfig(AppConfig):
    """Versioned parameters and calendar days."""

    name = "yemai.base.parameters"
    label = "parameters"
    verbose_name = _("参数与日历")
