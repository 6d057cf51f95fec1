"""What the pages of planning have in common: who asks, how far the work behind a page is, what a map needs."""

from collections.abc import Iterable
from typing import Any

import shapely
from django.http import HttpRequest
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from yemai.base.jobs.models import Job
from yemai.base.people.models import Person

from ..actions import job_key
from ..models import Plan, Proposal
from ..queries import Standing
from ..terms import State

DIGITS = 6
AROUND = 0.0004
"""Degrees shown around the outermost buildings: their ground reaches 30 m farther than their walls."""


def actor_of(request: HttpRequest) -> Person:
    """The person behind a request that came through a guarded door."""
    assert isinstance(request.user, Person)  # noqa: S101 - the door needs a permission
    return request.user


def is_part(request: HttpRequest) -> bool:
    """Whether a piece of the page is asked for, not the page."""
    return bool(getattr(request, "htmx", False))


def going(subject: Plan | Proposal) -> dict[str, Any]:
    """How far the work on a plan or proposal is; `lost` where the worker gave it up."""
    if subject.state != State.WAITING:
        return {"going": False, "job": None, "lost": ""}
    job = Job.objects.filter(key=job_key(subject)).first()
    lost = job.error or "?" if job is not None and job.state == Job.State.FAILED else ""
    return {"going": not lost, "job": job, "lost": lost}


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    """One GeoJSON feature."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def building_shapes(buildings: Iterable[Standing]) -> list[dict[str, Any]]:
    """GeoJSON geometry of each building: its footprint, else its point; decimetres are enough for a screen."""
    found = []
    for one in buildings:
        shape: BaseGeometry = shapely.Point(one.lon, one.lat) if one.shape is None else one.shape
        found.append(_rounded(mapping(shape)))
    return found


def _rounded(geometry: Any) -> dict[str, Any]:
    def near(part: Any) -> Any:
        return round(part, DIGITS) if isinstance(part, float) else [near(one) for one in part]

    return {"type": geometry["type"], "coordinates": near(geometry["coordinates"])}


def box_of(buildings: Iterable[Standing]) -> list[float]:
    """West, south, east, north around buildings; the middle of nowhere without any."""
    boxes = [(one.lon, one.lat) * 2 if one.shape is None else one.shape.bounds for one in buildings]
    if not boxes:
        return [0.0, 0.0, 0.0, 0.0]
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west) - AROUND, min(south) - AROUND, max(east) + AROUND, max(north) + AROUND]
