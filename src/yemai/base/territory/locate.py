"""Which node a point lies in, and which building is nearest: from memory, for one point or for many."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from .cells import EDGE, OK, OVERLAP, UNSURE, Cells
from .geometry import stored
from .models import Building, Node
from .revision import Followed
from .terms import PlaceFlag, Topic

EDGE_DEGREES = 5e-6
"""About half a metre: nearer to a line than this, neither phone nor survey can tell the side."""
METRES_PER_DEGREE = 111_195.0
"""Along a meridian of the mean sphere (radius 6,371 km)."""

Floats = npt.NDArray[np.float64]
Small = npt.NDArray[np.int32]
Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Located:
    """The node proposed for a point, and how sure that is; None with flag `outside`."""

    node_id: int | None
    flag: PlaceFlag


NOWHERE = Located(None, PlaceFlag.OUTSIDE)
FLAGS = (PlaceFlag.OK, PlaceFlag.EDGE, PlaceFlag.OVERLAP)


@dataclass(frozen=True)
class NearBuilding:
    """A building and its distance from the point asked for, in metres."""

    building_id: int
    node_id: int
    metres: float


class Ground:
    """The open nodes of the settling tier, sorted by code, so the lowest index is the lowest code.

    The rule: of the polygons that hold the point or lie within EDGE_DEGREES of it the lowest code; `overlap` where the
    point lies in two and near the line of neither, else `edge` where it is near a line, else `ok`. Most points are
    answered by their cell alone (see cells.py); near lines those lines are measured.
    """

    def __init__(self, node_ids: Sequence[int], polygons: Geometries) -> None:
        self.node_ids = list(node_ids)
        self.polygons = polygons
        self.cells = Cells(polygons, EDGE_DEGREES)
        self._answers = np.full(3 * len(self.node_ids) + 1, None, dtype=object)
        self._is_made = np.zeros(len(self._answers), np.bool_)

    def locate(self, lon: float, lat: float) -> Located:
        """The answer for one point, in WGS-84 degrees. A point that is not on earth lies nowhere."""
        if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
            return NOWHERE
        code = self.cells.at(lon, lat)
        if code == UNSURE:
            code = int(self.codes(np.array([lon]), np.array([lat]))[0])
        return self._answers[code] or self._made(code)

    def locate_many(self, lons: Floats, lats: Floats) -> list[Located]:
        """One answer per point, as `locate` gives them."""
        return self.answers(self.codes(lons, lats))

    def answers(self, codes: npt.NDArray[np.integer]) -> list[Located]:
        """What these `codes` say."""
        for code in set(codes[~self._is_made[codes]].tolist()):
            self._made(code)
        found: list[Located] = self._answers[codes].tolist()
        return found

    def _made(self, code: int) -> Located:
        """The answer of a code, made when it is first given: of three for every node few ever are."""
        answer = NOWHERE if code == 3 * len(self.node_ids) else Located(self.node_ids[code // 3], FLAGS[code % 3])
        self._answers[code], self._is_made[code] = answer, True
        return answer

    def codes(self, lons: Floats, lats: Floats) -> Small:
        """The answers as numbers, for millions of points: 3 * index of the node + flag (of FLAGS), or 3 * nodes."""
        codes = self.cells.at_many(lons, lats)
        codes[~((np.abs(lons) <= 180) & (np.abs(lats) <= 90))] = 3 * len(self.node_ids)
        unsure = np.flatnonzero(codes == UNSURE)
        if len(unsure):
            codes[unsure] = self._measured(lons[unsure], lats[unsure])
        return codes

    def _measured(self, lons: Floats, lats: Floats) -> list[int]:
        """The rule itself, by the geometry library's own distances: for the few points that rounding may decide."""
        at, which = self.cells.candidates(lons, lats)
        points = np.asarray(shapely.points(lons, lats))[at]
        is_edge = shapely.dwithin(shapely.boundary(self.polygons[which]), points, EDGE_DEGREES)
        is_inner = ~is_edge & shapely.intersects(self.polygons[which], points)
        found = []
        for point in range(len(lons)):
            mine = slice(*np.searchsorted(at, [point, point + 1]))
            hits = np.flatnonzero(is_edge[mine] | is_inner[mine])
            flag = OVERLAP if is_inner[mine].sum() > 1 else EDGE if is_edge[mine].any() else OK
            found.append(3 * int(which[mine][hits[0]]) + flag if len(hits) else 3 * len(self.node_ids))
        return found


def _build_ground() -> Ground:
    rows = list(
        Node.objects.filter(tier__is_settling=True, valid_to__isnull=True, boundary__isnull=False)
        .order_by("code")
        .values_list("pk", "boundary")
    )
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = [stored(wkb) for _pk, wkb in rows]
    return Ground([pk for pk, _wkb in rows], shapes)


_ground = Followed(Topic.GROUND, _build_ground)


def locate(lon: float, lat: float) -> Located:
    """The settling node a WGS-84 point lies in.

    `edge`: within half a metre of a boundary; `overlap`: inside two nodes. Both propose the lowest code, so that
    everybody proposes the same, and want a person's eye. `outside`: in none.
    """
    return _ground.current().locate(float(lon), float(lat))


def locate_many(lons: Sequence[float] | Floats, lats: Sequence[float] | Floats) -> list[Located]:
    """`locate` for many points at once (two sequences of one length, WGS-84 degrees)."""
    return _ground.current().locate_many(np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64))


class Built:
    """Footprints (else points) of the standing buildings on a plane in metres around their middle."""

    def __init__(self, ids: Sequence[int], node_ids: Sequence[int], shapes: Geometries) -> None:
        self.ids, self.node_ids = list(ids), list(node_ids)
        bounds = shapely.total_bounds(shapes) if self.ids else (0.0, 0.0, 0.0, 0.0)
        self.scale = math.cos(math.radians((bounds[1] + bounds[3]) / 2))
        self.shapes = shapely.transform(shapes, self._on_plane)
        self.tree = shapely.STRtree(self.shapes)

    def _on_plane(self, degrees: Floats) -> Floats:
        metres: Floats = degrees * np.array([METRES_PER_DEGREE * self.scale, METRES_PER_DEGREE])
        return metres

    def nearest(self, lon: float, lat: float, metres: float) -> NearBuilding | None:
        """The building nearest to the point within `metres`; of equally near ones the lowest id."""
        if not self.ids or not (math.isfinite(lon) and math.isfinite(lat)):
            return None
        point = shapely.Point(self._on_plane(np.array([[lon, lat]]))[0])
        hits, gaps = self.tree.query_nearest(point, max_distance=metres, return_distance=True)
        if not len(hits):
            return None
        best = min(range(len(hits)), key=lambda at: self.ids[hits[at]])
        return NearBuilding(self.ids[hits[best]], self.node_ids[hits[best]], float(gaps[best]))


def _build_built() -> Built:
    rows = list(
        Building.objects.filter(ended_on__isnull=True, lon__isnull=False)
        .order_by("pk")
        .values_list("pk", "node_id", "footprint", "lon", "lat")
    )
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = [stored(wkb) or shapely.Point(lon or 0.0, lat or 0.0) for _pk, _node, wkb, lon, lat in rows]
    return Built([row[0] for row in rows], [row[1] for row in rows], shapes)


_built = Followed(Topic.BOOK, _build_built)


def nearest_building(lon: float, lat: float, *, metres: float = 50.0) -> NearBuilding | None:
    """The standing building nearest to a WGS-84 point within `metres`, to its footprint where drawn, else its point."""
    return _built.current().nearest(lon, lat, metres)
