"""The Django app of the closed loop; its jobs are found by their module's name."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """Cases; its jobs register themselves when Django is ready."""

    name = "yemai.modules.cases"
    label = "cases"
    verbose_name = _("事件闭环")

    def ready(self) -> None:
        """Let open cases follow the ground."""
        from . import following  # noqa: F401 - it listens
