"""The Django app of the register of public cameras."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CamerasConfig(AppConfig):
    """Cameras and requests to view."""

    name = "yemai.modules.cameras"
    label = "cameras"
    verbose_name = _("公共摄像头")

    def ready(self) -> None:
        """Let cameras follow the ground."""
        from yemai.base.territory.standing import stands_at_a_point

        from .models import Camera

        stands_at_a_point(Camera)
