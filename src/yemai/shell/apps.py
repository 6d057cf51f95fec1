"""The Django app of the look."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShellConfig(AppConfig):
    """Templates, components, design tokens, vendored assets, translations."""

    name = "yemai.shell"
    label = "shell"
    verbose_name = _("界面")
