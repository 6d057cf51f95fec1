"""The filter of lists, as it stands in the address: a view can be sent to a colleague, a figure opens its rows."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from ..queries import listing
from ..terms import Lamp, Priority, Rung, Source, Stage

EXTRA = (
    "node",
    "category",
    "unit",
    "open",
    "moment",
    "since",
    "until",
    "outcome",
    "score",
    "overdue",
    "returned",
    "counted",
)
"""Parts of the filter without a field in the bar: they come with a link from a figure, and stay while one narrows further."""


def choices() -> dict[str, Any]:
    """What the filter bar offers."""
    return {
        "stages": Stage.choices,
        "lamps": [choice for choice in Lamp.choices if choice[0] != Lamp.NONE],
        "rungs": Rung.choices,
        "sources": Source.choices,
        "priorities": Priority.choices,
    }


def filter_from(request: HttpRequest) -> listing.Filter:
    """The filter that stands in the address."""
    got = request.GET
    return listing.Filter(
        stage=got.get("stage", ""),
        lamp=got.get("lamp", ""),
        rung=got.get("rung", ""),
        source=got.get("source", ""),
        priority=got.get("priority", ""),
        category=whole(got.get("category", "")),
        node=got.get("node", ""),
        words=got.get("q", ""),
        department=whole(got.get("unit", "")),
        is_open={"1": True, "0": False}.get(got.get("open", "")),
        moment=got.get("moment", ""),
        since=_midnight(got.get("since", "")),
        until=_midnight(got.get("until", ""), after=1),
        outcome=got.get("outcome", ""),
        score=whole(got.get("score", "")),
        was_overdue={"1": True, "0": False}.get(got.get("overdue", "")),
        was_returned=got.get("returned") == "1",
        is_counted=got.get("counted") == "1",
    )


def _midnight(typed: str, *, after: int = 0) -> datetime | None:
    """The beginning of a local day, or of one so many days `after`; None for what is no day."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=after), time()))


def extra_of(request: HttpRequest) -> list[tuple[str, str]]:
    """What the address narrows to beside the bar's own fields."""
    return [(name, value) for name in EXTRA if (value := request.GET.get(name, ""))]


def whole(text: str) -> int | None:
    """A number as a form sends it, small enough for any database."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
