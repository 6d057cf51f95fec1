"""The Django app of the index."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    """Finding by words."""

    name = "yemai.base.search"
    label = "search"
    verbose_name = _("全文索引")
