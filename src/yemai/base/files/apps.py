"""The Django app of the stored files."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    """Stored files; its sweep registers itself when Django is ready."""

    name = "yemai.base.files"
    label = "files"
    verbose_name = _("文件")

    def ready(self) -> None:
        """Register the jobs that run on the clock."""
        from . import jobs  # noqa: F401 - imported for its registrations
