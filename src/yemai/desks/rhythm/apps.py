"""The Django app of the rhythm; it has no tables."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RhythmConfig(AppConfig):
    """Morning, week and month."""

    name = "yemai.desks.rhythm"
    label = "rhythm"
    verbose_name = _("工作节奏")
