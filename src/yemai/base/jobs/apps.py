"""The Django app of jobs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """Jobs; kinds register themselves from the `jobs.py` of every app."""

    name = "yemai.base.jobs"
    label = "jobs"
    verbose_name = _("后台任务")

    def ready(self) -> None:
        """Find the jobs of every app."""
        from django.utils.module_loading import autodiscover_modules

        autodiscover_modules("jobs")
