"""The Django app of the closed loop."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """Cases; its jobs register themselves when Django is ready."""

    name = "yemai.modules.cases"
    label = "cases"
    verbose_name = _("事件闭环")

    def ready(self) -> None:
        """Register the jobs that run on the clock."""
        from . import jobs  # noqa: F401 - imported for its registrations
