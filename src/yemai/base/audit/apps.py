"""The Django app of the audit trail."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """Looks and entries."""

    name = "yemai.base.audit"
    label = "audit"
    verbose_name = _("审计")

    def ready(self) -> None:
        """Start listening to the rooms below."""
        from .listeners import connect

        connect()
