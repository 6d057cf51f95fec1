"""The Django app of the planning desk; its jobs are found by their module's name."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlanningConfig(AppConfig):
    """Studies, plans, stations and proposals."""

    name = "yemai.modules.planning"
    label = "planning"
    verbose_name = _("规划")

    def ready(self) -> None:
        """Let stations follow the ground."""
        from yemai.base.territory.standing import stands_at_a_point

        from .models import Station

        stands_at_a_point(Station)
