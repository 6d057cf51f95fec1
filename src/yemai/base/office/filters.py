"""Filters of lists in the back office that cost no query of their own."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class InUse(SimpleListFilter):
    """What holds today, what is over, or all; subclasses say by `open_q` what holds."""

    title = _("状态")
    parameter_name = "use"
    words = (("open", _("在用")), ("over", _("已停用")), ("all", _("全部")))

    def open_q(self) -> Q:
        """The condition on a row that holds."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """What holds comes first and is chosen when nothing is."""
        return self.words

    def value(self) -> str:
        """The choice; in use by default."""
        return super().value() or "open"

    def choices(self, changelist: Any) -> Any:
        """Without the library's "all": ours is among the words."""
        for key, label in self.lookup_choices:
            yield {
                "selected": self.value() == key,
                "query_string": changelist.get_query_string({self.parameter_name: key}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrowed to the choice."""
        if self.value() == "open":
            return queryset.filter(self.open_q())
        return queryset.exclude(self.open_q()) if self.value() == "over" else queryset
