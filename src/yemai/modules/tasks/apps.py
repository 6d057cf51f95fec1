"""The Django app of tasks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksConfig(AppConfig):
    """Programmes, tasks and meetings."""

    name = "yemai.modules.tasks"
    label = "tasks"
    verbose_name = _("任务台账")
