"""What is wrong with a set of boundaries: pure geometry over rows, nothing changed.

Overlaps are cut apart piece by piece: a piece much thinner than its polygons are wide is a sliver, what two surveys of one
line leave; anything broader is ground that two claim. Gaps are holes in the union of all.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.territory.survey import square_metres

from .terms import Doubt, Finding

SLIVER_SHARE = 0.02
"""A piece thinner than this share of the narrower polygon's width (the root of its area) is a sliver."""
DUST_M2 = 1.0
"""Below a square metre nothing is reported: the grain of seven decimals."""
OUTSIDE_SHARE = 0.001
"""As much may stick out of the parent: two drawings of one line never agree exactly."""
Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Ground:
    """Rows to be surveyed, all of one tier. `shapes` in WGS-84 degrees or None; `parents` are codes, "" for none."""

    codes: Sequence[str]
    shapes: Geometries
    parents: Sequence[str]
    above: dict[str, BaseGeometry | None]
    """The nodes there are above, by code, with their boundary where drawn."""
    is_stated: bool = True
    """Whether file or operator named the parents; those we found by place say nothing about codes."""
    dropped: frozenset[int] = frozenset()
    """Rows that a repair has taken out."""


def survey(ground: Ground) -> list[Finding]:
    """Everything doubtful, by kind in the order of mending, the largest first."""
    found = [*_codes(ground), *_each(ground)]
    spoilt = {finding.rows[-1] for finding in found if finding.bars}
    spoilt |= ground.dropped
    usable = [at for at, shape in enumerate(ground.shapes) if at not in spoilt and _polygons(shape)]
    found += _pairs(ground, usable)
    found += _gaps(ground, usable)
    found += _outside(ground, usable)
    order = list(Doubt)
    return sorted(found, key=lambda one: (order.index(one.doubt), -one.square_metres, one.rows))


def _codes(ground: Ground) -> list[Finding]:
    found: list[Finding] = []
    first: dict[str, int] = {}
    for at, (code, parent) in enumerate(zip(ground.codes, ground.parents, strict=True)):
        if at in ground.dropped:
            continue
        if not code:
            found.append(Finding(Doubt.NO_CODE, (at,)))
        elif code in first:
            found.append(Finding(Doubt.SAME_CODE, (first[code], at), text=code))
        first.setdefault(code, at)
        if not parent or not ground.is_stated:
            continue
        if parent not in ground.above:
            found.append(Finding(Doubt.ORPHAN, (at,), text=parent))
        elif code and not code.startswith(significant(parent)):
            found.append(Finding(Doubt.PREFIX, (at,), text=f"{code} / {parent}"))
    return found


def significant(code: str) -> str:
    """A region code without the noughts of the levels below it (GB/T 2260, GB/T 10114: 2, 4, 6, 9 and 12 digits)."""
    if len(code) not in (6, 12) or not code.isdigit():
        return code
    return next((code[:end] for end in (2, 4, 6, 9) if end < len(code) and not code[end:].strip("0")), code)


def _each(ground: Ground) -> list[Finding]:
    found: list[Finding] = []
    if all(shape is None for shape in ground.shapes):
        return found  # a list of codes: nobody meant to draw
    for at, shape in enumerate(ground.shapes):
        if at in ground.dropped:
            continue
        if shape is None or shape.is_empty:
            found.append(Finding(Doubt.NO_SHAPE, (at,)))
            continue
        corners = shapely.get_coordinates(shape)
        if not np.isfinite(corners).all() or (np.abs(corners) > (180, 90)).any():
            found.append(Finding(Doubt.OFF_EARTH, (at,)))
        elif shape.geom_type not in ("Polygon", "MultiPolygon"):
            found.append(Finding(Doubt.NO_SHAPE, (at,), text=shape.geom_type))
        elif not shape.is_valid:
            lon, lat = _at(shapely.is_valid_reason(shape), shape)
            found.append(Finding(Doubt.CROSSING, (at,), lon, lat))
    return found


def _at(reason: str, shape: BaseGeometry) -> tuple[float, float]:
    inside = reason.partition("[")[2].rstrip("]").split()
    if len(inside) == 2:
        return float(inside[0]), float(inside[1])
    west, south, east, north = shape.bounds
    return (west + east) / 2, (south + north) / 2


def _pairs(ground: Ground, usable: list[int]) -> list[Finding]:
    """Overlaps, slivers and twice the same shape, of the rows that can be compared."""
    if len(usable) < 2:
        return []
    shapes = ground.shapes[usable]
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = one[one < other], other[one < other]
    touching = shapely.intersection(shapes[left], shapes[right])
    is_area = shapely.area(touching) > 0
    widths = {int(at): square_metres(shapes[at]) ** 0.5 for at in np.unique([left[is_area], right[is_area]])}
    found = []
    for a, b, both in zip(left[is_area], right[is_area], touching[is_area], strict=True):
        rows = tuple(sorted((usable[a], usable[b]), key=lambda at: (ground.codes[at], at)))
        area = square_metres(both)
        if area < DUST_M2:
            continue
        lon, lat = _middle(both)
        if area > 0.99 * max(widths[int(a)], widths[int(b)]) ** 2:
            found.append(Finding(Doubt.SAME_SHAPE, rows, lon, lat, area))
            continue
        is_broad = any(width(part) > SLIVER_SHARE * min(widths[int(a)], widths[int(b)]) for part in _polygons(both))
        found.append(Finding(Doubt.OVERLAP if is_broad else Doubt.SLIVER, rows, lon, lat, area))
    return found


def width(part: BaseGeometry) -> float:
    """The mean width of a polygon in metres: its area over half its outline."""
    around = part.length / 2
    return square_metres(part) / (around * 111_195.0 * max(np.cos(np.radians(part.centroid.y)), 0.2) or 1.0)


def _polygons(shape: BaseGeometry | None) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon) and part.area > 0]


def _middle(shape: BaseGeometry) -> tuple[float, float]:
    inside = shapely.point_on_surface(max(_polygons(shape), key=lambda part: part.area, default=shape))
    return float(inside.x), float(inside.y)


def _gaps(ground: Ground, usable: list[int]) -> list[Finding]:
    """Holes in the union of all; a hole inside one row alone is that row's own, and maybe meant."""
    if not usable:
        return []
    shapes = ground.shapes[usable]
    whole = shapely.union_all(shapes)
    tree = shapely.STRtree(shapes)
    found = []
    for outer in _polygons(whole):
        for ring in outer.interiors:
            blank = shapely.Polygon(ring)
            area = square_metres(blank)
            if area < DUST_M2:
                continue
            near = np.sort(tree.query(blank, predicate="intersects"))
            beside = near[shapely.length(shapely.intersection(shapes[near], ring)) > 0]  # not at a corner alone
            around = [usable[at] for at in (beside if len(beside) else near)]
            lon, lat = _middle(blank)
            doubt = Doubt.GAP if len(around) > 1 else Doubt.HOLE
            found.append(Finding(doubt, tuple(around[-1:]), lon, lat, area, neighbours=tuple(around)))
    return found


def blank_at(shapes: Sequence[BaseGeometry], lon: float, lat: float) -> shapely.Polygon | None:
    """The hole in the union of `shapes` that holds a point; None where it has been filled."""
    whole = shapely.union_all(np.array(shapes, dtype=object))
    point = shapely.Point(lon, lat)
    holes = (shapely.Polygon(ring) for outer in _polygons(whole) for ring in outer.interiors)
    return next((hole for hole in holes if hole.contains(point)), None)


def _outside(ground: Ground, usable: list[int]) -> list[Finding]:
    below: dict[str, list[int]] = defaultdict(list)
    for at in usable:
        below[ground.parents[at]].append(at)
    found = []
    for code, rows in below.items():
        parent = ground.above.get(code)
        if parent is None:
            continue
        shapely.prepare(parent)
        for at in rows:
            if parent.contains(ground.shapes[at]):
                continue
            rest = ground.shapes[at].difference(parent)
            area = square_metres(rest)
            if area > max(DUST_M2, OUTSIDE_SHARE * square_metres(ground.shapes[at])):
                found.append(Finding(Doubt.OUTSIDE, (at,), *_middle(rest), area, text=code))
    return found


def said(finding: Finding, names: Sequence[str]) -> str:
    """A finding in one line."""
    who = " / ".join(names[at] for at in (finding.neighbours or finding.rows)[:4])
    words = [str(finding.doubt.label), who]
    if finding.square_metres:
        words.append(f"{finding.square_metres:,.0f} m²")
    if finding.lon is not None:
        words.append(f"@ {finding.lon:.6f},{finding.lat:.6f}")
    if finding.text:
        words.append(finding.text)
    words.append(_("建议：%(repair)s") % {"repair": finding.repair.label})
    return " · ".join(words)


def key_of(finding: Finding) -> str:
    """By which a finding is known again when the same file is surveyed once more."""
    at = "" if finding.lon is None else f"@{finding.lon:.7f},{finding.lat:.7f}"
    return f"{finding.doubt.value}:{'-'.join(str(row) for row in finding.rows)}{at}"


def as_row(finding: Finding, names: Sequence[str]) -> dict[str, object]:
    """A finding as a page lists it."""
    return {
        "key": key_of(finding),
        "doubt": finding.doubt.value,
        "who": " / ".join(names[at] for at in (finding.neighbours or finding.rows)[:4]),
        "square_metres": round(finding.square_metres),
        "text": finding.text,
        "bars": finding.bars,
        "lon": finding.lon,
        "lat": finding.lat,
    }
