"""The Django app of boundary files."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoundaryFilesConfig(AppConfig):
    """Runs of imports."""

    name = "yemai.gates.boundary_files"
    label = "boundary_files"
    verbose_name = _("导入边界")
