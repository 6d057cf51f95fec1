"""The Django app of the register of components."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComponentsConfig(AppConfig):
    """Components of the street."""

    name = "yemai.modules.components"
    label = "components"
    verbose_name = _("部件")

    def ready(self) -> None:
        """Let components follow the ground."""
        from yemai.base.territory.standing import stands_at_a_point

        from .models import Component

        stands_at_a_point(Component)
