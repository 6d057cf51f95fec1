"""Boundaries and buildings for the small maps: public facts of the ground, no cases."""

import hashlib

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import condition

from yemai.base.access.doors import public
from yemai.base.territory.map import building_features, features_for
from yemai.base.territory.models import Revision
from yemai.base.territory.queries import town

SPAN_MAX = 0.2
"""Degrees; a larger window gets boundaries without buildings."""


def _etag(request: HttpRequest) -> str:
    tokens = "".join(Revision.objects.order_by("topic").values_list("token", flat=True))
    said = f"{tokens}?{request.META.get('QUERY_STRING', '')}"
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


@public
@condition(etag_func=_etag)
def features(request: HttpRequest) -> HttpResponse:
    """GeoJSON (WGS-84) of the micro-grids and, in a small window, the buildings; `bbox=west,south,east,north`."""
    paths = [town().path]
    bbox = _bbox(request.GET.get("bbox", ""))
    found = features_for(paths, bbox)
    if bbox is not None and bbox[2] - bbox[0] <= SPAN_MAX:
        found["features"] += building_features(paths, bbox)["features"]
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False})


def _bbox(text: str) -> tuple[float, float, float, float] | None:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (west, south, east, north) if west < east and south < north else None
