"""Boundaries, names and buildings as layers in memory, rebuilt when the ground or the address book has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

import numpy as np
import shapely
from django.db.models import QuerySet

from yemai.base.territory.models import Building, Node, Revision
from yemai.base.territory.queries import valid_on
from yemai.base.territory.revision import Followed
from yemai.base.territory.terms import Topic

from .encoding import Properties, encode_tile
from .grid import UNITS_PER_PIXEL, ZOOM_MAX, Floats, Tile, to_world
from .outlines import Outlines
from .shapes import Flags, Ints, Kind, Shapes, flat, joined
from .wire import Value

BUILDINGS_FROM = 15
"""The first zoom at which a building is more than a dot."""
TIER_PIXELS, NAME_PIXELS = 4, 32
"""A tier's lines and names are drawn from the zoom at which its middle-sized node is this wide; the top tier always."""
READ_AT_ONCE = 5_000


@dataclass(frozen=True)
class Drawing:
    """Layers by name, and the revision they were drawn from."""

    token: str
    layers: dict[str, Outlines]

    def tile(self, tile: Tile) -> bytes:
        """A tile with all layers that have something in it; b"" when none has."""
        return encode_tile([outlines.layer(name, tile) for name, outlines in self.layers.items()])


def _token(topic: Topic) -> str:
    """The revision, read before what it stands for; where none was ever written, one that never returns."""
    return Revision.objects.filter(topic=topic).values_list("token", flat=True).first() or uuid4().hex


def _read(found: QuerySet[Any, tuple[Any, ...]]) -> tuple[list[tuple[Any, ...]], Shapes, Floats]:
    """Rows whose last column is an outline (WKB or None): the rest of each, the outlines flat, and how wide they are.

    Widths are the longer side of the box in world units, NaN where there is no outline. Read by the thousand, because
    shapes take many times the room of their numbers.
    """
    rows = found.iterator(chunk_size=READ_AT_ONCE)
    rest: list[tuple[Any, ...]] = []
    pieces, widths = [flat([], Kind.POLYGON)], [np.empty(0)]
    while some := list(islice(rows, READ_AT_ONCE)):
        drawn = np.asarray(shapely.from_wkb([row[-1] and bytes(row[-1]) for row in some]), dtype=object)
        shapes = flat(drawn, Kind.POLYGON)
        pieces.append(shapes.owned_by(shapes.owner + len(rest)).moved(to_world(shapes.xy)))
        bounds = shapely.bounds(drawn)
        corners = [to_world(np.nan_to_num(bounds[:, at])).astype(np.float64) for at in ([0, 1], [2, 3])]
        widths.append(np.where(np.isnan(bounds[:, 0]), np.nan, np.abs(corners[1] - corners[0]).max(axis=1)))
        rest += [row[:-1] for row in some]
    pieces[0] = pieces[0].moved(to_world(pieces[0].xy))
    return rest, joined(pieces), np.concatenate(widths)


def _points(lons: Sequence[float | None], lats: Sequence[float | None], which: Flags | None = None) -> Shapes:
    """Points where there is a place (of `which` alone), none elsewhere."""
    xy = np.array([lons, lats], dtype=np.float64)
    places = np.asarray(shapely.points(xy[0], xy[1]), dtype=object)
    places[np.isnan(xy).any(axis=0) if which is None else np.isnan(xy).any(axis=0) | ~which] = None
    shapes = flat(places, Kind.POINT)
    return shapes.moved(to_world(shapes.xy))


def _nodes() -> Drawing:
    token = _token(Topic.GROUND)
    columns = ("pk", "code", "name", "name_en", "tier__depth", "households", "lon", "lat")
    found = Node.objects.filter(valid_on()).order_by("tier__depth", "code").values_list(*columns, "boundary")
    rows, drawn, widths = _read(found)
    pks, codes, names, english, depths, households, lons, lats = zip(*rows, strict=True) if rows else [()] * 8
    said: dict[str, Sequence[Value | None]] = {
        "code": codes,
        "name": names,
        "name_en": [name or None for name in english],
        "depth": depths,
        "households": households,
    }
    ids, depth, says = np.array(pks, dtype=np.int64), np.array(depths, dtype=np.int64), Properties.of(said, len(rows))
    layers = {
        "nodes": Outlines(drawn, ids, says, _zooms(widths, depth, TIER_PIXELS)),
        "names": Outlines(_points(lons, lats), ids, says, _zooms(widths, depth, NAME_PIXELS)),
    }
    return Drawing(token, layers)


def _zooms(widths: Floats, depths: Ints, pixels: int) -> Ints:
    """For each node the first zoom at which the middle-sized node of its tier is so many pixels wide."""
    zooms = np.zeros(len(depths), dtype=np.int64)
    for depth in np.unique(depths)[1:]:
        of_tier = depths == depth
        known = widths[of_tier & ~np.isnan(widths)]
        if len(known):
            share = float(np.median(known)) / (pixels * UNITS_PER_PIXEL)
            zooms[of_tier] = ZOOM_MAX if share < 1 else max(0, ZOOM_MAX - int(np.log2(share)))
    return zooms


def _buildings() -> Drawing:
    token = _token(Topic.BOOK)
    columns = ("pk", "estate__name", "name", "floors", "households", "lon", "lat")
    found = Building.objects.filter(ended_on__isnull=True).order_by("pk").values_list(*columns, "footprint")
    rows, drawn, widths = _read(found)
    pks, estates, names, floors, households, lons, lats = zip(*rows, strict=True) if rows else [()] * 7
    called = [f"{estate or ''}{name}" for estate, name in zip(estates, names, strict=True)]
    says = Properties.of({"name": called, "floors": floors, "households": households}, len(rows))
    ids, zooms = np.array(pks, dtype=np.int64), np.full(len(rows), BUILDINGS_FROM)
    layers = {
        "buildings": Outlines(drawn, ids, says, zooms),
        "building_points": Outlines(_points(lons, lats, np.isnan(widths)), ids, says, zooms),
    }
    return Drawing(token, layers)


nodes = Followed(Topic.GROUND, _nodes)
buildings = Followed(Topic.BOOK, _buildings)
