"""Boundaries, names and buildings as layers in memory, rebuilt when the ground or the address book has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import shapely

from yemai.base.territory.models import Building, Node, Revision
from yemai.base.territory.queries import valid_on
from yemai.base.territory.revision import Followed
from yemai.base.territory.terms import Topic

from .encoding import Properties, encode_tile
from .grid import UNITS_PER_PIXEL, ZOOM_MAX, Tile, to_world
from .outlines import Outlines
from .shapes import Geometries, Ints, Kind, flat

BUILDINGS_FROM = 15
"""The first zoom at which a building is more than a dot."""
TIER_PIXELS, NAME_PIXELS = 4, 32
"""A tier's lines and names are drawn from the zoom at which its middle-sized node is this wide; the top tier always."""


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


def _shapes(wkbs: Sequence[bytes | memoryview | None]) -> Geometries:
    found = shapely.from_wkb([None if wkb is None else bytes(wkb) for wkb in wkbs])
    return np.asarray(found, dtype=object)


def _outlines(geometries: Geometries, kind: Kind, ids: Ints, says: Properties, zooms: Ints) -> Outlines:
    shapes = flat(geometries, kind)
    return Outlines(shapes.moved(to_world(shapes.xy)), ids, says, zooms)


def _places(lons: Sequence[float | None], lats: Sequence[float | None]) -> Geometries:
    """Points where there is one, else None (a NaN in a coordinate is no point)."""
    xy = np.array([lons, lats], dtype=np.float64)
    found = np.asarray(shapely.points(xy[0], xy[1]), dtype=object)
    found[np.isnan(xy).any(axis=0)] = None
    return found


def _nodes() -> Drawing:
    token = _token(Topic.GROUND)
    rows = list(
        Node.objects.filter(valid_on())
        .order_by("tier__depth", "code")
        .values_list("pk", "code", "name", "name_en", "tier__depth", "households", "lon", "lat", "boundary")
    )
    pks, codes, names, english, depths, households, lons, lats, wkbs = zip(*rows, strict=True) if rows else [()] * 9
    ids = np.array(pks, dtype=np.int64)
    drawn = _shapes(wkbs)
    columns = {
        "code": codes,
        "name": names,
        "name_en": [name or None for name in english],
        "depth": depths,
        "households": households,
    }
    says = Properties.of(columns, len(ids))
    widths, depth = _widths(drawn), np.array(depths, dtype=np.int64)
    layers = {
        "nodes": _outlines(drawn, Kind.POLYGON, ids, says, _zooms(widths, depth, TIER_PIXELS)),
        "names": _outlines(_places(lons, lats), Kind.POINT, ids, says, _zooms(widths, depth, NAME_PIXELS)),
    }
    return Drawing(token, layers)


def _widths(drawn: Geometries) -> npt.NDArray[np.float64]:
    """The longer side of each outline's box in world units; NaN where there is none."""
    bounds = shapely.bounds(drawn)
    corners = [to_world(np.nan_to_num(bounds[:, at])) for at in ([0, 1], [2, 3])]
    widths = np.abs(corners[1].astype(np.float64) - corners[0]).max(axis=1, initial=0)
    return np.where(np.isnan(bounds).any(axis=1), np.nan, widths)


def _zooms(widths: npt.NDArray[np.float64], depths: Ints, pixels: int) -> Ints:
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
    rows = list(
        Building.objects.filter(ended_on__isnull=True)
        .order_by("pk")
        .values_list("pk", "estate__name", "name", "floors", "households", "lon", "lat", "footprint")
    )
    pks, estates, names, floors, households, lons, lats, wkbs = zip(*rows, strict=True) if rows else [()] * 8
    ids, drawn = np.array(pks, dtype=np.int64), _shapes(wkbs)
    called = [f"{estate or ''}{name}" for estate, name in zip(estates, names, strict=True)]
    says = Properties.of({"name": called, "floors": floors, "households": households}, len(ids))
    zooms, places = np.full(len(ids), BUILDINGS_FROM), _places(lons, lats)
    places[~shapely.is_missing(drawn)] = None
    layers = {
        "buildings": _outlines(drawn, Kind.POLYGON, ids, says, zooms),
        "building_points": _outlines(places, Kind.POINT, ids, says, zooms),
    }
    return Drawing(token, layers)


nodes = Followed(Topic.GROUND, _nodes)
buildings = Followed(Topic.BOOK, _buildings)
