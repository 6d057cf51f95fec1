"""The Django app of trained models."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TriageConfig(AppConfig):
    """Classifiers and their cards."""

    name = "yemai.base.triage"
    label = "triage"
    verbose_name = _("智能受理")
