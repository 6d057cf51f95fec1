"""The Django app of the ledgers; it has no tables."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgersConfig(AppConfig):
    """Ledgers of every kind of work."""

    name = "yemai.desks.ledgers"
    label = "ledgers"
    verbose_name = _("台账")
