"""The Django app of access and sign-in; it has no tables of its own."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    """Reach, doors, sign-in and a person's own pages."""

    name = "yemai.base.access"
    label = "access"
    verbose_name = _("登录与权限")

    def ready(self) -> None:
        """Let the audit trail hear of signing in."""
        from .trail import connect

        connect()
