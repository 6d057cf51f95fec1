"""The Django app of adopted plans: a page without tables of its own."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AdoptedPlanConfig(AppConfig):
    """Adoption."""

    name = "yemai.flows.adopted_plan"
    label = "adopted_plan"
    verbose_name = _("采用规划方案")

    def ready(self) -> None:
        """A plan whose change came to nothing may be adopted again."""
        from yemai.modules.adjustments.events import came_to_nothing

        came_to_nothing.connect(_free, dispatch_uid="adopted_plan.free")


def _free(sender: Any, *, adjustment: Any, now: Any, **_said: Any) -> None:
    from .adopting import free_plan  # models are not there yet when this module is read

    free_plan(adjustment, now=now)
