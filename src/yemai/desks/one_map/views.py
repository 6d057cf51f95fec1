"""The one map: its page, what stands beside it, and what tiles do not hold."""

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from yemai.base.access.doors import needs
from yemai.base.access.queries import permissions_of
from yemai.base.access.terms import Permission
from yemai.base.people.models import Department, Person
from yemai.base.territory.map import Bbox, bounds_of
from yemai.base.territory.models import Node, Tier
from yemai.base.territory.queries import nodes_in, town
from yemai.desks.tiles.asking import asked_of
from yemai.kernel.refusals import Refused
from yemai.modules.cases.queries.listing import by_due
from yemai.modules.cases.views.work import row_of

from . import layers
from .counting import in_sight, legend

LISTED = 50
SPAN_MOST = 1.0
"""Degrees: in a wider window nothing but tiles is drawn."""
SEES = (Permission.CASE_VIEW, Permission.CASE_DEPARTMENT, Permission.TERRITORY_EDIT)


def _actor(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 - the door needs a permission
    return request.user


def _window(request: HttpRequest) -> Bbox | None:
    try:
        west, south, east, north = (float(part) for part in request.GET.get("bbox", "").split(","))
    except ValueError:
        return None
    on_earth = -180 <= west < east <= 180 and -90 <= south < north <= 90
    return (west, south, east, north) if on_earth else None


@needs(*SEES)
def page(request: HttpRequest) -> HttpResponse:
    """The map and, beside it (below on a phone), the legend and the list of what is in sight."""
    actor, today = _actor(request), timezone.localdate()
    keeps = Permission.TERRITORY_EDIT in permissions_of(actor)
    shown = {
        "asked": asked_of(request.GET, today), "today": today, "first_day": _first_day(actor, today),
        "window": _home(actor), "is_dispatcher": Permission.CASE_DISPATCH in permissions_of(actor),
        "tiers": Tier.objects.order_by("depth"), "keeps_ground": keeps, "keeps_buildings": keeps and actor.is_staff,
    }  # fmt: skip
    return render(request, "one_map/map.html", shown)


def _first_day(actor: Person, today: date) -> date:
    """Where the slider begins: the first day of the ground in reach, at most ten years back."""
    paths = layers.paths_of(actor)
    first = nodes_in(paths).order_by("valid_from").values_list("valid_from", flat=True).first() if paths else None
    return max(first or today, today.replace(year=today.year - 10, day=min(today.day, 28)))


def _home(actor: Person) -> Bbox | None:
    """The window of the ground in reach; of a unit's people, the town."""
    found = list(Node.objects.filter(path__in=layers.paths_of(actor)).defer("boundary")) or [town()]
    return bounds_of([one for one in found if one.min_lon is not None or one.lon is not None] or [])


@needs(*SEES)
def side(request: HttpRequest) -> HttpResponse:
    """The legend with its counts, and the first cases in sight by what is due first."""
    actor, now = _actor(request), timezone.now()
    window = _window(request)
    if window is None:
        raise Refused("bad-window", "bbox=west,south,east,north", status=422)
    asked = asked_of(request.GET, timezone.localdate(now))
    cases = list(by_due(in_sight(actor, asked, window, now))[:LISTED])
    may_assign = Permission.CASE_DISPATCH in permissions_of(actor) and asked.on is None
    shown: dict[str, Any] = {
        "asked": asked, "legend": legend(actor, asked, window, now), "listed": LISTED, "may_assign": may_assign,
        "rows": [row_of(one, actor, now, with_steps=asked.on is None) for one in cases],
        "back": request.GET.get("back", ""), "name": "dispatch" if may_assign else "",
        "departments": Department.objects.filter(is_active=True).order_by("code") if may_assign else (),
    }  # fmt: skip
    return render(request, "one_map/partials/side.html", shown)


@needs(*SEES)
def things(request: HttpRequest) -> HttpResponse:
    """Stations, cameras and teams in a window, those asked for (`layers=stations,cameras,teams`), and how many of each.

    `counts` tells of every layer, asked for or not; in a window too wide for things, of the ground alone.
    """
    actor, window = _actor(request), _window(request)
    wanted = set(request.GET.get("layers", "").split(","))
    if window is None:
        return _json({"type": "FeatureCollection", "features": [], "counts": {}})
    ground_counts = layers.ground_counts(window, timezone.localdate(_moment(request)))
    if window[2] - window[0] > SPAN_MOST:
        return _json({"type": "FeatureCollection", "features": [], "counts": ground_counts})
    stood = {
        "stations": layers.stations(actor, window), "cameras": layers.cameras(actor, window), "components": layers.components(actor, window),
        "teams": layers.teams(actor, window, _moment(request)),
    }  # fmt: skip
    found = [one for layer, rows in stood.items() if layer in wanted for one in rows]
    counts = {layer: sum(one["geometry"]["type"] == "Point" for one in rows) for layer, rows in stood.items()}
    return _json({"type": "FeatureCollection", "features": found, "counts": ground_counts | counts})


def _moment(request: HttpRequest) -> datetime:
    """Now, or the last moment of the day asked for."""
    now = timezone.now()
    asked = asked_of(request.GET, timezone.localdate(now))
    return asked.moment(now) - timedelta(seconds=1) if asked.on else now


@needs(*SEES)
def ground(request: HttpRequest) -> HttpResponse:
    """Boundaries of the ground as they were on a day (`on=2026-01-31`), in a window."""
    window = _window(request)
    try:
        on = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        on = timezone.localdate()
    if window is None:
        return _json({"type": "FeatureCollection", "features": []})
    return _json(layers.ground_on([town().path], window, on))


def _json(found: dict[str, Any]) -> JsonResponse:
    answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
    answer["Cache-Control"] = "private, no-cache"
    return answer
