"""Finding cases in a window of the map: an index by bands of latitude, so that a window is a few short ranges.

An index on latitude and longitude would read the whole strip of the town that the window lies in. The index holds all that
access and counting ask of a case, so that far more cases can be counted than could be read.
"""

import math
from collections.abc import Sequence
from typing import Any

from django.db.models import Func, IntegerField, Q, QuerySet

BANDS_MOST = 2_000
"""A window over more bands (twenty degrees: half a continent) is read as one range of them."""


class Band(Func):
    """Hundredths of a degree of latitude as a whole number (SQLite cuts off, PostgreSQL rounds: `bands` holds for both).

    The hundred stands in the template, because a database knows an index's expression again only without parameters.
    """

    template = "CAST(%(expressions)s * 100 AS integer)"
    output_field = IntegerField()


def bands(south: float, north: float) -> Sequence[int]:
    """Every band that a latitude between these two may have."""
    return range(math.floor(south * 100), math.ceil(north * 100) + 1)


def in_window(cases: QuerySet[Any], west: float, south: float, east: float, north: float) -> QuerySet[Any]:
    """Cases placed in a window of WGS-84 degrees; its west and north edges belong to it, the others do not."""
    window = Q(lat__gt=south, lat__lte=north, lon__gte=west, lon__lt=east)
    crossed = bands(south, north)
    one_by_one = {"band__in": crossed} if len(crossed) <= BANDS_MOST else {"band__range": (crossed[0], crossed[-1])}
    placed: QuerySet[Any] = cases.alias(band=Band("lat")).filter(window, **one_by_one)
    return placed
