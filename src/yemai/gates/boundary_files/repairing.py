"""Mending what a survey found, one finding at a time or all of a kind; what was not asked for stays as it was."""

from collections.abc import Collection
from dataclasses import replace

import shapely
from shapely.geometry.base import BaseGeometry

from .surveying import Geometries, Ground, blank_at, survey
from .terms import REPAIRS, Doubt, Finding, Repair

ROUNDS = 3
"""Cutting an overlap may open what a second look finds; after three rounds what is left is a person's."""


def mend(ground: Ground, finding: Finding) -> Ground:
    """The ground with one finding mended; a finding that no longer stands, or that a person must think of, changes nothing."""
    shapes, last = ground.shapes.copy(), finding.rows[-1]
    shape: BaseGeometry = shapes[last]
    match finding.repair:
        case Repair.UNTANGLE:
            shapes[last] = areas(shapely.make_valid(shape, method="structure", keep_collapsed=False))
        case Repair.DROP:
            return replace(ground, dropped=ground.dropped | {last})
        case Repair.CLIP:
            parent = ground.above.get(ground.parents[last])
            if parent is not None:
                shapes[last] = areas(shape.intersection(parent))
        case Repair.CUT:
            first = finding.rows[0]
            if shapes[first] is not None and shape is not None:
                shapes[last] = areas(shape.difference(shapes[first]))
        case Repair.GIVE | Repair.FILL:
            _give(shapes, finding)
        case Repair.NONE:
            return ground
    return replace(ground, shapes=shapes)


def _give(shapes: Geometries, finding: Finding) -> None:
    """A blank to the neighbour with the longest common line."""
    around = [at for at in finding.neighbours if shapes[at] is not None]
    if not around or finding.lon is None or finding.lat is None:
        return
    blank = blank_at([shapes[at] for at in around], finding.lon, finding.lat)
    if blank is None:
        return
    border = {at: shapely.length(blank.exterior.intersection(shapes[at])) for at in around}
    heir = max(around, key=lambda at: (border[at], -at))
    shapes[heir] = areas(shapes[heir].union(blank))


def areas(shape: BaseGeometry) -> BaseGeometry | None:
    """The polygons of a shape without the lines and points that a cut may leave; None where nothing is left."""
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon) and part.area > 0]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def mend_all(ground: Ground, doubts: Collection[Doubt]) -> tuple[Ground, list[Finding], list[Finding]]:
    """Mend every finding of the kinds asked for: the ground then, what was mended, what a fresh survey still finds."""
    mended: list[Finding] = []
    left = survey(ground)
    for _round in range(ROUNDS):
        todo = [finding for finding in left if finding.doubt in doubts and finding.doubt in REPAIRS]
        if not todo:
            break
        for finding in todo:
            ground = mend(ground, finding)
        mended += todo
        left = survey(ground)
    return ground, mended, left
