"""The Django app of case files."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaseFilesConfig(AppConfig):
    """Imports, their mappings, and exports."""

    name = "yemai.gates.case_files"
    label = "case_files"
    verbose_name = _("导入导出")
