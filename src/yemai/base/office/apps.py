"""The Django app of the back office's frame; it has no tables."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    """Templates, style and the library's words in Chinese."""

    name = "yemai.base.office"
    label = "office"
    verbose_name = _("后台")
