"""The Django app of reports; its jobs are found by their module's name."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """Forms of senders, their fillings, and what people answered."""

    name = "yemai.modules.reports"
    label = "reports"
    verbose_name = _("报表")
