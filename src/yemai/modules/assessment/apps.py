"""The Django app of assessment; its jobs are found by their module's name."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentConfig(AppConfig):
    """Facts, counts, schemes and runs."""

    name = "yemai.modules.assessment"
    label = "assessment"
    verbose_name = _("考核评星")
