"""Features of one layer in memory, and what of them lies in a tile: chosen by box, simplified, clipped, encoded."""

from functools import lru_cache

import numpy as np

from .encoding import Properties, encode_layer
from .grid import BUFFER, EXTENT, UNITS_PER_PIXEL, Box, Tile
from .shapes import (
    Flags,
    Geometries,
    Ints,
    Kind,
    Shapes,
    cleaned,
    clipped,
    flat,
    joined,
    only,
    polygons,
    ranges,
    simplified,
)

SIMPLIFIED_UNTIL = 15
"""From the next zoom on, everything is drawn as surveyed."""
TOLERANCE = UNITS_PER_PIXEL / 4
"""Units of the tile that simplifying may move a line by: a quarter of a pixel."""
APART = 4 * UNITS_PER_PIXEL
"""Units between an outline's points, on the whole, from which it is drawn as surveyed: little is left to save."""
LARGE, LARGE_KEPT = 500, 1_000
"""Outlines of more points than this are simplified once per zoom and kept, so many at the most."""


class Outlines:
    """Features as flat arrays in world units, with their boxes, what they say, and the first zoom each is drawn at.

    `shapes` is of points or of polygons; feature n has id `ids[n]`, row n of `properties`, and `zooms[n]`.
    """

    def __init__(self, shapes: Shapes, ids: Ints, properties: Properties, zooms: Ints) -> None:
        drawn = np.unique(shapes.owner)  # features without a part are left out, the others count from 0
        self.shapes = shapes.owned_by(np.searchsorted(drawn, shapes.owner))
        self.ids, self.zooms = ids[drawn], zooms[drawn]
        self.properties = properties.take(drawn)
        self._starts = self.shapes.starts
        self._firsts = np.searchsorted(self.shapes.owner, np.arange(len(drawn) + 1))
        self._boxes = np.empty((4, len(drawn)), dtype=np.int32)
        if len(drawn):
            begins = self._starts[self._firsts[:-1]]
            self._boxes[:2] = np.minimum.reduceat(self.shapes.xy, begins).T
            self._boxes[2:] = np.maximum.reduceat(self.shapes.xy, begins).T
            self._points = np.add.reduceat(self.shapes.lengths, self._firsts[:-1])
            sides = (self._boxes[2:].astype(np.int64) - self._boxes[:2]).sum(axis=0)
            self._apart = 2 * sides / self._points
        self._large = lru_cache(maxsize=LARGE_KEPT)(self._one)

    def layer(self, name: str, tile: Tile) -> bytes:
        """The layer of a tile; b"" when nothing of it lies there."""
        is_point = self.shapes.kind == Kind.POINT
        box = tile.box(0 if is_point else BUFFER)
        found = self._meeting(box, tile.z)
        if not len(found):
            return b""
        drawn = self._rows(found) if is_point else self._cut(found, box, tile)
        fit = cleaned(drawn.moved(tile.quantised(drawn.xy)))
        if is_point:  # each belongs to one tile alone, or its name would be written twice
            first = fit.xy[fit.starts]
            fit = fit.parts(np.all((first >= 0) & (first < EXTENT), axis=1))
        return encode_layer(name, fit, self.properties, self.ids)

    def _meeting(self, box: Box, zoom: int) -> Ints:
        """The features drawn at a zoom whose boxes meet `box`; comparing whole arrays beats a tree here."""
        west, north, east, south = self._boxes
        seen = (west <= box[2]) & (east >= box[0]) & (north <= box[3]) & (south >= box[1]) & (self.zooms <= zoom)
        return np.flatnonzero(seen)

    def _rows(self, features: Ints) -> Shapes:
        """The parts of these features, which keep their numbers."""
        first, after = self._firsts[features], self._firsts[features + 1]
        return self.shapes.rows(ranges(first, after - first), self._starts)

    def _cut(self, found: Ints, box: Box, tile: Tile) -> Shapes:
        """Polygons as this tile shows them. Simplified before they are cut, so that neighbouring tiles agree."""
        west, north, east, south = self._boxes[:, found]
        crosses = (west < box[0]) | (north < box[1]) | (east > box[2]) | (south > box[3])
        is_touched = crosses | self._is_simplified(found, tile.z)
        untouched, touched = self._rows(found[~is_touched]), found[is_touched]
        if not len(touched):
            return untouched
        singles, owner = self._polygons(touched, tile.z)
        cut = crosses[np.searchsorted(found, owner)]
        if cut.any():
            singles[cut] = clipped(singles[cut], box)
            singles, row = only(Kind.POLYGON, singles)
            owner = owner[row]
        fresh = flat(singles, Kind.POLYGON)
        return joined([untouched, fresh.owned_by(owner[fresh.owner])])

    def _is_simplified(self, features: Ints, zoom: int) -> Flags:
        """Whether each is simplified at a zoom: never near, and only where its points lie close together."""
        least = APART << Tile(zoom, 0, 0).shift if zoom <= SIMPLIFIED_UNTIL else 0
        is_close: Flags = self._apart[features] < least
        return is_close

    def _polygons(self, features: Ints, zoom: int) -> tuple[Geometries, Ints]:
        """Single polygons of these features, simplified for the zoom, and the feature each belongs to (never falling)."""
        is_large = self._points[features] > LARGE
        singles, owner = polygons(self._rows(features[~is_large]))
        singles = self._simplified(singles, owner, zoom)
        if not is_large.any():
            return singles, owner
        large = features[is_large]
        kept = [self._large(int(feature), min(zoom, SIMPLIFIED_UNTIL + 1)) for feature in large]
        owner = np.concatenate([owner, np.repeat(large, [len(one) for one in kept])])
        order = np.argsort(owner, kind="stable")
        return np.concatenate([singles, *kept])[order], owner[order]

    def _one(self, feature: int, zoom: int) -> Geometries:
        return self._simplified(*polygons(self._rows(np.array([feature]))), zoom)

    def _simplified(self, singles: Geometries, owner: Ints, zoom: int) -> Geometries:
        which = self._is_simplified(owner, zoom)
        if which.any():
            singles[which] = simplified(singles[which], TOLERANCE * (1 << Tile(zoom, 0, 0).shift))
        return singles
