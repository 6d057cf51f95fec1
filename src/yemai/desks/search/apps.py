"""The Django app of the search desk."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchDeskConfig(AppConfig):
    """The search page; it keeps the names of what it finds."""

    name = "yemai.desks.search"
    label = "search_desk"
    verbose_name = _("搜索")

    def ready(self) -> None:
        """Let names follow what they name."""
        from yemai.base.search.names import follow

        from .kinds import KINDS

        for kind in KINDS:
            follow(kind)
