"""What every page knows: the town, whether it is the demo, and where this person may go."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

import yemai
from yemai.base.parameters.queries import parameter
from yemai.base.territory.queries import town_name

from .nav import items_for, reach_flags, search_address


def shell(request: HttpRequest) -> dict[str, Any]:
    """Template variables of the shell; each is worked out only where a template asks for it."""
    person = getattr(request, "user", None)
    items = SimpleLazyObject(lambda: items_for(person, request.path))
    return {
        "demo_town": SimpleLazyObject(lambda: bool(parameter("demo_town"))),
        "town_name": SimpleLazyObject(town_name),
        "nav_items": items,
        "nav_extra": SimpleLazyObject(lambda: [item for item in items if not item["on_phone"]]),
        "perms_reach": SimpleLazyObject(lambda: reach_flags(person)),
        "search_url": SimpleLazyObject(lambda: search_address(person)),
        "home_url": address("cases:home"),
        "bell_url": address("messages:bell"),
        "counts_url": address("shell:counts"),
        "version": getattr(yemai, "__version__", ""),
        "text_size": text_size(request),
        "base_map": settings.BASE_MAP,
    }


def text_size(request: HttpRequest) -> str:
    """`normal` or `elder`: the person's own, else the phone's cookie."""
    person = getattr(request, "user", None)
    if getattr(person, "is_authenticated", False):
        return str(getattr(person, "size", "normal"))
    return "elder" if request.COOKIES.get("size") == "elder" else "normal"


def address(name: str) -> str:
    """The address of a view, or "" where that room is not built."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
