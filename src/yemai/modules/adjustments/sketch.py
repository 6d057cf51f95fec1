"""A small picture of ground before and after, drawn by the server: it prints, needs no map and no line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]
WIDTH, HEIGHT, MARGIN = 640.0, 420.0, 12.0
COLOURS = 8
POINTS_MOST = 4_000
"""Corners drawn of one shape; more could not be told apart."""


@dataclass(frozen=True)
class Drawn:
    """One shape as an SVG path, its label and where that stands (pixels), its colour (0-7)."""

    path: str
    label: str
    x: float
    y: float
    colour: int


@dataclass(frozen=True)
class Sketch:
    """Shapes of today, and those to come, in one frame; buildings as dots (x, y, colour)."""

    width: int
    height: int
    before: list[Drawn]
    after: list[Drawn]
    dots: list[tuple[float, float, int]]


def sketch(
    before: Sequence[tuple[str, BaseGeometry | None]],
    after: Sequence[tuple[str, BaseGeometry | None]],
    dots: Sequence[tuple[float, float, int]] = (),
) -> Sketch | None:
    """Shapes (WGS-84 degrees) by name, in one frame; None where nothing is drawn at all."""
    shapes = [shape for _name, shape in [*before, *after] if shape is not None and not shape.is_empty]
    corners = np.array([(lon, lat) for lon, lat, _at in dots]).reshape(-1, 2)
    if not shapes and not len(corners):
        return None
    bounds = np.array([one.bounds for one in shapes] or np.tile(corners, 2))
    if len(corners):
        bounds = np.concatenate([bounds.reshape(-1, 4), np.tile(corners, 2)])
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    flat = float(np.cos(np.radians((south + north) / 2)))
    wide, high = max((east - west) * flat, 1e-6), max(north - south, 1e-6)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)

    def placed(degrees: Floats) -> Floats:
        x = MARGIN + (degrees[:, 0] - west) * flat * scale
        y = MARGIN + (north - degrees[:, 1]) * scale
        rounded: Floats = np.round(np.column_stack([x, y]), 1)
        return rounded

    def drawn(rows: Sequence[tuple[str, BaseGeometry | None]]) -> list[Drawn]:
        found = []
        for at, (name, shape) in enumerate(rows):
            if shape is None or shape.is_empty:
                continue
            slim = shape if shapely.get_num_coordinates(shape) <= POINTS_MOST else shapely.simplify(shape, 0.5 / scale)
            inside = placed(shapely.get_coordinates(shapely.point_on_surface(shape)))[0]
            found.append(Drawn(_path(slim, placed), name, float(inside[0]), float(inside[1]), at % COLOURS))
        return found

    spots = placed(corners) if len(corners) else corners
    return Sketch(
        round(wide * scale + 2 * MARGIN), round(high * scale + 2 * MARGIN), drawn(before), drawn(after),
        [(float(x), float(y), at % COLOURS) for (x, y), (_lon, _lat, at) in zip(spots, dots, strict=True)],
    )  # fmt: skip


def _path(shape: BaseGeometry, placed: Callable[[Floats], Floats]) -> str:
    rings = [
        ring
        for part in getattr(shape, "geoms", [shape])
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    words = []
    for ring in rings:
        points = placed(shapely.get_coordinates(ring)[:-1])
        words.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points.tolist()) + "Z")
    return "".join(words)
