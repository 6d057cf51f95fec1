"""The Django app of known columns; it has no tables."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ColumnsConfig(AppConfig):
    """Known columns; they register themselves from the `columns.py` of every app."""

    name = "yemai.base.columns"
    label = "columns"
    verbose_name = _("已知的栏")

    def ready(self) -> None:
        """Find the columns of every app."""
        from django.utils.module_loading import autodiscover_modules

        autodiscover_modules("columns")
