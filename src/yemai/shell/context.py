"""What every page knows: the town, whether it is the demo, and where this person may go."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

import yemai
from yemai.base.parameters.queries import parameter
from yemai.base.territory.queries import has_town, town

from .nav import items_for, reach_flags


def shell(request: HttpRequest) -> dict[str, Any]:
    """Template variables of the shell; each is worked out only where a template asks for it."""
    person = getattr(request, "user", None)
    return {
        "demo_town": SimpleLazyObject(lambda: bool(parameter("demo_town"))),
        "town_name": SimpleLazyObject(lambda: town().name if has_town() else ""),
        "nav_items": SimpleLazyObject(lambda: items_for(person, request.path)),
        "perms_reach": SimpleLazyObject(lambda: reach_flags(person)),
        "version": getattr(yemai, "__version__", ""),
        "text_size": getattr(person, "size", "")
        if getattr(person, "is_authenticated", False)
        else request.COOKIES.get("size", "normal"),
        "bell_url": _bell(),
    }


def _bell() -> str:
    try:
        return reverse("messages:bell")
    except NoReverseMatch:
        return ""
