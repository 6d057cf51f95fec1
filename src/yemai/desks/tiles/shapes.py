"""Many features' coordinates in flat arrays: gathered, simplified, clipped and cleaned a whole tile at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]


class Kind(IntEnum):
    """What a feature is made of; the numbers are those of the tile specification."""

    POINT = 1
    LINE = 2
    POLYGON = 3


@dataclass(frozen=True)
class Shapes:
    """Features of one kind: `xy` holds the points of part after part, parts belong to features in order.

    A part is a feature's points, one of its lines, or one ring (its first point not repeated); the rings of a polygon
    follow each other, the outer one first, and `is_hole` marks the others.
    """

    kind: Kind
    xy: npt.NDArray[Any]
    """Points x 2."""
    lengths: Ints
    """Points of each part."""
    owner: Ints
    """The feature each part belongs to, never falling."""
    is_hole: Flags
    """Of each part; false but for rings."""

    @cached_property
    def part_of(self) -> Ints:
        """The part each point belongs to."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def starts(self) -> Ints:
        """Where each part begins in `xy`."""
        starts: Ints = self.lengths.cumsum() - self.lengths
        return starts

    def parts(self, which: Flags) -> "Shapes":
        """These parts alone."""
        points = np.repeat(which, self.lengths)
        return Shapes(self.kind, self.xy[points], self.lengths[which], self.owner[which], self.is_hole[which])

    def rows(self, which: Ints, starts: Ints) -> "Shapes":
        """These parts by number, in this order; `starts` of the whole is handed in, because it is known and long."""
        lengths = self.lengths[which]
        points = ranges(starts[which], lengths)
        return Shapes(self.kind, self.xy[points], lengths, self.owner[which], self.is_hole[which])

    def owned_by(self, owner: Ints) -> "Shapes":
        """The same parts of other features."""
        return Shapes(self.kind, self.xy, self.lengths, owner, self.is_hole)

    def moved(self, xy: npt.NDArray[Any]) -> "Shapes":
        """The same parts with other coordinates."""
        return Shapes(self.kind, xy, self.lengths, self.owner, self.is_hole)


def ranges(starts: Ints, counts: Ints) -> Ints:
    """`counts` numbers upwards from each start, one run behind the other; a run may be empty."""
    ends = np.cumsum(counts)
    whole = int(ends[-1]) if len(ends) else 0
    numbers: Ints = np.repeat(starts - (ends - counts), counts) + np.arange(whole)
    return numbers


def joined(pieces: Sequence[Shapes]) -> Shapes:
    """Shapes of one kind as one, in the order of their features."""
    whole = Shapes(
        pieces[0].kind,
        np.concatenate([piece.xy for piece in pieces]),
        np.concatenate([piece.lengths for piece in pieces]),
        np.concatenate([piece.owner for piece in pieces]),
        np.concatenate([piece.is_hole for piece in pieces]),
    )
    return whole.rows(np.argsort(whole.owner, kind="stable"), whole.starts)


def flat(geometries: Sequence[Any] | Geometries, kind: Kind) -> Shapes:
    """Shapely geometries of one kind (single or multi; None and empty ones have no parts) as flat arrays."""
    singles, owner = shapely.get_parts(np.asarray(geometries, dtype=object), return_index=True)
    if kind == Kind.POINT:
        xy, at = shapely.get_coordinates(singles, return_index=True)
        holders, lengths = np.unique(owner[at], return_counts=True)
        return Shapes(kind, xy, lengths.astype(np.int64), holders, np.zeros(len(holders), dtype=bool))
    if kind == Kind.LINE:
        xy, at = shapely.get_coordinates(singles, return_index=True)
        lengths = np.bincount(at, minlength=len(singles)).astype(np.int64)
        return Shapes(kind, xy, lengths, owner, np.zeros(len(singles), dtype=bool)).parts(lengths > 0)
    rings, polygon = shapely.get_rings(singles, return_index=True)
    xy, at = shapely.get_coordinates(rings, return_index=True)
    is_last = np.diff(at, append=-1) != 0
    lengths = np.bincount(at, minlength=len(rings)).astype(np.int64) - 1
    is_hole = np.diff(polygon, prepend=-1) == 0
    return Shapes(kind, xy[~is_last], lengths, owner[polygon], is_hole)


def polygons(shapes: Shapes) -> tuple[Geometries, Ints]:
    """The polygons (single ones) of flat rings, and the feature each belongs to."""
    outer = ~shapes.is_hole
    if not len(outer):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    rings = np.asarray(shapely.linearrings(shapes.xy.astype(np.float64), indices=shapes.part_of), dtype=object)
    return np.asarray(shapely.polygons(rings, indices=np.cumsum(outer) - 1), dtype=object), shapes.owner[outer]


def simplified(found: Geometries, tolerance: float) -> Geometries:
    """Douglas and Peucker without a look at topology: what it breaks is smaller than `tolerance`."""
    return np.asarray(shapely.simplify(found, tolerance, preserve_topology=False), dtype=object)


def clipped(found: Geometries, box: tuple[float, float, float, float]) -> Geometries:
    """What of each polygon or line lies in the box (any of them may come out empty, or in pieces).

    The quick way of clipping wants valid polygons, and simplifying may have broken one: what comes out invalid is done
    again the slow way.
    """
    cut = np.asarray(shapely.clip_by_rect(found, *box), dtype=object)
    broken = ~shapely.is_valid(cut)
    if broken.any():
        cut[broken] = shapely.intersection(shapely.make_valid(found[broken]), shapely.box(*box))
    return cut


def only(kind: Kind, cut: Geometries) -> tuple[Geometries, Ints]:
    """The single lines or polygons in `cut` (collections opened) and the row each came from."""
    singles, owner = shapely.get_parts(cut, return_index=True)
    singles, inner = shapely.get_parts(singles, return_index=True)  # pieces of different kinds come as a collection
    owner = owner[inner]
    wanted = shapely.get_dimensions(singles) == kind - 1
    return singles[wanted], owner[wanted]


def cleaned(shapes: Shapes) -> Shapes:
    """Whole-number coordinates made fit for a tile.

    Repeated points go, and with them lines shorter than two points and rings without area (a polygon's holes go with
    its outer ring). Outer rings run clockwise on the screen, holes the other way.
    """
    if shapes.kind == Kind.POINT or not len(shapes.xy):
        return shapes
    shapes = _without_repeats(shapes)
    if shapes.kind == Kind.LINE:
        return shapes.parts(shapes.lengths >= 2)
    area = doubled_areas(shapes)
    fit = area != 0
    outer = ~shapes.is_hole
    fit &= fit[outer][np.cumsum(outer) - 1]
    shapes, area = shapes.parts(fit), area[fit]
    return _turned(shapes, (area > 0) == shapes.is_hole)


def doubled_areas(shapes: Shapes) -> Ints:
    """Twice the signed area of each ring: positive where it runs clockwise on a screen (y grows downwards)."""
    following = _following(shapes)
    x, y = shapes.xy[:, 0], shapes.xy[:, 1]
    # From the ring's first point, so that the products of a far-away ring stay small.
    base = np.repeat(shapes.starts, shapes.lengths)
    x, y = x - x[base], y - y[base]
    products = x * y[following] - x[following] * y
    sums: Ints = np.add.reduceat(products, shapes.starts) if len(products) else np.empty(0, dtype=np.int64)
    return sums


def _following(shapes: Shapes) -> Ints:
    """For each point the index of the next one of its ring."""
    following = np.arange(1, len(shapes.xy) + 1)
    following[shapes.starts + shapes.lengths - 1] = shapes.starts
    return following


def _without_repeats(shapes: Shapes) -> Shapes:
    """Points that repeat the one before them dropped; in rings also a last point that repeats the first."""
    before = np.arange(-1, len(shapes.xy) - 1)
    is_ring = shapes.kind == Kind.POLYGON
    before[shapes.starts] = shapes.starts + shapes.lengths - 1 if is_ring else -1
    kept = (shapes.xy != shapes.xy[before]).any(axis=1)
    if not is_ring:
        kept[shapes.starts] = True
    lengths = np.add.reduceat(kept.astype(np.int64), shapes.starts)
    left = Shapes(shapes.kind, shapes.xy[kept], lengths, shapes.owner, shapes.is_hole)
    if not is_ring:
        return left
    # A ring of fewer than three points has no area; where its outer ring goes, its holes must go too.
    fit = lengths >= 3
    outer = ~shapes.is_hole
    return left.parts(fit & fit[outer][np.cumsum(outer) - 1])


def _turned(shapes: Shapes, which: Flags) -> Shapes:
    """These rings the other way round, from the same first point."""
    if not which.any():
        return shapes
    base = np.repeat(shapes.starts, shapes.lengths)
    inner = np.arange(len(shapes.xy)) - base
    length = np.repeat(shapes.lengths, shapes.lengths)
    turned = np.where(np.repeat(which, shapes.lengths), base + (length - inner) % length, base + inner)
    return shapes.moved(shapes.xy[turned])
