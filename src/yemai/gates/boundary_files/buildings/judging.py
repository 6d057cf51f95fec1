"""Every row of a file judged: what it would become, and what a person must look at first.

The order matters: cells are read, rows of one building joined, places found, estates told apart, what stands is recognised.
A row with a doubt is not written unless that doubt was ticked; what ticking does stands in `terms.REMEDIES`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.territory.address_words import folded_name
from yemai.base.territory.geometry import label_point
from yemai.base.territory.locate import locate_many
from yemai.kernel.coordinates import arrays_to_wgs84, geometry_to_wgs84
from yemai.kernel.refusals import Refused

from ..repairing import areas
from .placing import Grid, Grids, Placed
from .reading import Line, Source
from .standing import OldBuilding, OldEstate, Standing
from .terms import REMEDIES, Doubt, Finding
from .values import NO_ESTATE, are_units, count_in, degrees_in, is_a_date, name_in, name_key, units_in

MOST_HOUSEHOLDS, MOST_FLOORS = 100_000, 300
LONGEST = {"estate": 80, "name": 79, "address": 80, "code": 40}
"""Characters; a bare number may get its 幢."""
Say = Callable[[int, int], None]


@dataclass
class Row:
    """A building of the file on its way. Coordinates are WGS-84; None and "" say the file says nothing."""

    number: int
    told: dict[str, str]
    spread: frozenset[str] = frozenset()
    """Fields whose cell was merged over several rows."""
    estate: str = ""
    name: str = ""
    households: int | None = None
    floors: int | None = None
    units: list[str] = field(default_factory=list)
    shape: BaseGeometry | None = None
    lon: float | None = None
    lat: float | None = None
    grid: Grid | None = None
    estate_key: int | str | None = None
    """The standing estate's id, or the name under which a new one is made."""
    old: OldBuilding | None = None
    barred: bool = False
    is_lost: bool = False
    """No name or a point that says nothing: that it also lies nowhere need not be told."""

    @property
    def point(self) -> tuple[float, float] | None:
        """Where it stands."""
        return (self.lon, self.lat) if self.lon is not None and self.lat is not None else None

    @property
    def key(self) -> str:
        """By which it is the same however its name is written."""
        return name_key(self.name, self.estate)

    @property
    def shown(self) -> str:
        """As a list calls it."""
        return f"{self.estate}{self.name}" or self.told.get("address", "") or f"#{self.number}"


@dataclass
class Judged:
    """What became of a file: rows to be written, everything to look at, and what was ticked away."""

    rows: list[Row]
    findings: list[Finding] = field(default_factory=list)
    accepted: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> list[Row]:
        """Rows that can be written."""
        return [row for row in self.rows if not row.barred]


def judge(source: Source, crs: str, accepted: Collection[str] = (), *, say: Say | None = None) -> Judged:
    """Judge a file. `accepted`: doubts, and keys of single findings, that a person ticked.

    Raises Refused `bad-crs`. `say(done, total)` is told how far it is.
    """
    return _Judge(source, crs, frozenset(accepted), say or (lambda _done, _total: None)).judged()


class _Judge:
    """One judging: the file, the ground, what stands, and what was found so far."""

    def __init__(self, source: Source, crs: str, accepted: frozenset[str], say: Say) -> None:
        self.source, self.crs, self.ticked, self.say = source, crs, accepted, say
        self.outcome = Judged([])
        self.grids, self.standing = Grids(), Standing.now()

    def judged(self) -> Judged:
        rows, total = [], len(self.source.lines) * 2
        above = ""
        for at, line in enumerate(self.source.lines):
            row = self._read(line, above)
            above = row.told.get("estate", "") or above
            rows.append(row)
            if at % 500 == 0:
                self.say(at, total)
        self.outcome.rows = rows
        self._put_on_the_ground(rows)
        rows = self.outcome.rows = self._joined(rows)
        points = [row.point or (float("nan"), float("nan")) for row in rows]
        located = locate_many([lon for lon, _lat in points], [lat for _lon, lat in points])
        placed = [self.grids.place(row.told, row.point, where) for row, where in zip(rows, located, strict=True)]
        estates = self._estates(rows, placed)
        for at, (row, place) in enumerate(zip(rows, placed, strict=True)):
            self._recognise(row, place, estates.get(at))
            if at % 500 == 0:
                self.say(len(self.source.lines) + at, total)
        self._once(rows)
        order = list(Doubt)
        self.outcome.findings.sort(key=lambda one: (order.index(one.doubt), one.row))
        return self.outcome

    def _doubt(self, doubt: Doubt, row: Row, text: str = "") -> bool:
        """Note a doubt; True where it was ticked, else the row is barred."""
        finding = Finding(doubt, row.number, row.shown, text, row.lon, row.lat)
        self.outcome.findings.append(finding)
        if doubt in REMEDIES and (doubt.value in self.ticked or finding.key in self.ticked):
            self.outcome.accepted.append(finding)
            return True
        row.barred = True
        row.is_lost |= doubt in (Doubt.NO_NAME, Doubt.BAD_POINT)
        return False

    # --- cells -----------------------------------------------------------------------------------------------------

    def _read(self, line: Line, above: str) -> Row:
        meant = self.source.meant
        told = {name: " ".join(line.cells.get(title, "").split()) for name, title in meant.items()}
        spread = frozenset(name for name, title in meant.items() if title in line.spread)
        row = Row(line.number, told, spread, shape=line.shape)
        row.estate = "" if told.get("estate", "").lower() in NO_ESTATE else told.get("estate", "")
        if "estate" not in meant:
            row.estate, told["name"] = self.standing.parted(told["name"])
        row.name = name_in(told["name"], meant["name"], row.estate) if told["name"] else ""
        if not row.name:
            self._doubt(Doubt.NO_NAME, row)
        elif is_a_date(told["name"]):
            self._doubt(Doubt.NO_NAME, row, _("“%(text)s”像是被表格软件改成了日期") % {"text": told["name"]})
        elif "estate" in meant and not told["estate"]:
            text = _("上一行是 %(name)s") % {"name": above} if above else ""
            if self._doubt(Doubt.NO_ESTATE, row, text):
                row.estate = "" if above.lower() in NO_ESTATE else above
                row.told["estate"] = above
        for name, most in LONGEST.items():
            if len(told.get(name, "")) > most:
                self._doubt(Doubt.TOO_LONG, row, f"{told[name][:most]}…")
        row.households = self._count(row, "households", MOST_HOUSEHOLDS, Doubt.HOUSEHOLDS)
        row.floors = self._count(row, "floors", MOST_FLOORS, Doubt.FLOORS)
        return row

    def _count(self, row: Row, field_name: str, most: int, doubt: Doubt) -> int | None:
        text = row.told.get(field_name, "")
        number = count_in(text, most) if text else None
        if text and number is None:
            self._doubt(doubt, row, text)
        return number

    def _put_on_the_ground(self, rows: list[Row]) -> None:
        """Points and footprints from the file's reference system to WGS-84."""
        try:
            shapes = geometry_to_wgs84(np.array([row.shape for row in rows], dtype=object), self.crs)
            cells = [(degrees_in(row.told.get("lon", "")), degrees_in(row.told.get("lat", ""))) for row in rows]
            whole = np.array([cell if None not in cell else (np.nan, np.nan) for cell in cells], dtype=np.float64)
            whole[~np.isfinite(whole)] = np.nan  # a sheet may well say inf
            lons, lats = arrays_to_wgs84(whole.reshape(-1, 2)[:, 0], whole.reshape(-1, 2)[:, 1], self.crs)
        except ValueError as unknown:
            text = _("不认识坐标系 %(crs)s。请使用 WGS84、GCJ02、BD09、CGCS2000、高斯-克吕格带名或 EPSG 编号。")
            raise Refused("bad-crs", text % {"crs": self.crs}, status=422) from unknown
        for row, shape, lon, lat in zip(rows, shapes, lons, lats, strict=True):
            if np.isfinite([lon, lat]).all() and abs(lon) <= 180 and abs(lat) <= 90:
                row.lon, row.lat = float(lon), float(lat)
            elif row.told.get("lon") or row.told.get("lat"):
                self._doubt(Doubt.BAD_POINT, row, f"{row.told.get('lon', '')} {row.told.get('lat', '')}".strip())
            row.shape = None
            if shape is not None and not shape.is_empty:
                self._draw(row, shape)

    def _draw(self, row: Row, shape: BaseGeometry) -> None:
        corners = shapely.get_coordinates(shape)
        if not np.isfinite(corners).all() or (np.abs(corners) > (180, 90)).any():
            self._doubt(Doubt.BAD_POINT, row)
            return
        if isinstance(shape, shapely.Point):
            row.lon, row.lat = (row.lon, row.lat) if row.point else (float(shape.x), float(shape.y))
            return
        sound: BaseGeometry | None = shape if shape.geom_type in ("Polygon", "MultiPolygon") else None
        if sound is not None and not sound.is_valid:
            sound = areas(shapely.make_valid(sound, method="structure", keep_collapsed=False))
        is_sound = sound is shape and shape.area > 0
        if sound is not None and row.point is None:
            row.lon, row.lat = label_point(sound)
        if not is_sound and (not self._doubt(Doubt.BAD_SHAPE, row, shape.geom_type) or sound is None):
            return
        row.shape = shapely.orient_polygons(sound)

    # --- rows of one building ----------------------------------------------------------------------------------------

    def _joined(self, rows: list[Row]) -> list[Row]:
        """Rows that each tell of another unit of one building become one, where that was ticked; other twins are told."""
        alike: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in rows:
            if row.name:
                code_or_place = () if row.estate else (row.told.get("grid_code", "") or row.told.get("grid_name", ""),)
                community = row.told.get("community", "")
                alike[folded_name(row.estate), row.key, community, *code_or_place].append(row)
        gone: set[int] = set()
        for twins in alike.values():
            by_unit = len(twins) > 1 and are_units(row.told.get("units", "") for row in twins)
            if by_unit and self._ticked_all(twins):
                self._merge(twins)
                gone |= {row.number for row in twins[1:]}
                continue
            for row in twins:
                self._units(row, is_number=by_unit or "单元号" in self.source.meant.get("units", ""))
        return [row for row in rows if row.number not in gone]

    def _ticked_all(self, twins: list[Row]) -> bool:
        text = _("第 %(rows)s 行") % {"rows": "、".join(str(row.number) for row in twins)}
        ticked = [self._doubt(Doubt.BY_UNIT, row, text) for row in twins]  # each of them is told, ticked or not
        return all(ticked)

    def _merge(self, twins: list[Row]) -> None:
        first = twins[0]
        for row in twins:
            self._units(row, is_number=True)
        own = [row for row in twins if "households" not in row.spread]
        counts = [row.households for row in own if row.households is not None]
        first.households = sum(counts) if counts else None
        first.floors = max((row.floors for row in twins if row.floors is not None), default=None)
        first.units = list(dict.fromkeys(unit for row in twins for unit in row.units))
        for name in ("code", "address", "grid_code", "grid_name"):
            first.told[name] = next((row.told[name] for row in twins if row.told.get(name)), "")
        first.barred = any(row.barred for row in twins)

    def _units(self, row: Row, *, is_number: bool) -> None:
        text = row.told.get("units", "")
        units = units_in(text, is_number=is_number) if text else []
        if units is None:
            self._doubt(Doubt.UNITS, row, text)
        row.units = units or []

    # --- places, estates, what stands ----------------------------------------------------------------------------------

    def _estates(self, rows: list[Row], placed: list[Placed]) -> dict[int, int | str | None]:
        """Which estate each row (by its place in the list) belongs to: a standing one's id, or a name for a new one.

        Estates are told apart by their community. A name that stands in several is a doubt where no standing estate says
        which is meant: two compounds, or one across the line.
        """
        found: dict[int, int | str | None] = {}
        unknown: dict[str, list[int]] = defaultdict(list)
        for at, (row, place) in enumerate(zip(rows, placed, strict=True)):
            if not row.estate:
                continue
            here, elsewhere = self.standing.estates_for(row.estate, place.grid.above if place.grid else "")
            if len(here) > 1:
                here = self._nearest(here, place.grid)
            if len(here) == 1:
                found[at] = here[0].pk
            elif here or len(elsewhere) > 1:
                self._doubt(Doubt.MISMATCH, row, _("有几个叫“%(name)s”的小区") % {"name": row.estate})
            elif elsewhere:
                if self._doubt(Doubt.SPREAD, row, _("系统里的“%(name)s”在别的村居") % {"name": row.estate}):
                    found[at] = elsewhere[0].pk
            else:
                unknown[folded_name(row.estate)].append(at)
        for places in unknown.values():
            found |= self._new_estate(rows, placed, places)
        return found

    @staticmethod
    def _nearest(estates: list[OldEstate], grid: Grid | None) -> list[OldEstate]:
        """Of several in one community the one that holds the micro-grid, the lowest first."""
        holding = [one for one in estates if grid is not None and grid.path.startswith(one.path)]
        return sorted(holding, key=lambda one: -len(one.path))[:1] if holding else estates

    def _new_estate(self, rows: list[Row], placed: list[Placed], places: list[int]) -> dict[int, int | str | None]:
        communities = Counter(grid.above for at in places if (grid := placed[at].grid) is not None)
        most = communities.most_common(1)[0][0] if communities else ""
        found: dict[int, int | str | None] = {}
        for at in places:
            grid = placed[at].grid
            if grid is not None and grid.above != most:
                self._doubt(Doubt.SPREAD, rows[at], _("多数楼栋在另一个村居，这一栋在 %(grid)s") % {"grid": grid.name})
            found[at] = rows[places[0]].estate
        return found

    def _recognise(self, row: Row, place: Placed, estate: int | str | None) -> None:
        """Whether the building stands already, and where it stands now."""
        row.estate_key, code = estate, row.told.get("code", "")
        by_code = self.standing.by_code.get(code) if code else None
        by_name = self._by_name(row, place.grid)
        if by_code is not None and by_code != by_name:
            is_moved = not (by_code.is_struck or by_name or by_code.estate or row.estate)
            if not is_moved or name_key(by_code.name) != row.key:
                told = {"code": code, "name": self.standing.called(by_code)}
                self._doubt(Doubt.MISMATCH, row, _("编码 %(code)s 已经是 %(name)s 的") % told)
        if by_name is not None and code and by_name.code and by_name.code != code:
            self._doubt(Doubt.MISMATCH, row, _("系统里它的编码是 %(code)s") % {"code": by_name.code})
        row.old = by_name or by_code
        self._settle(row, place)

    def _by_name(self, row: Row, grid: Grid | None) -> OldBuilding | None:
        """The standing building of that name: in its estate, else of no estate there, or nearby by a name of its own."""
        whole = name_key(f"{row.estate}{row.name}")
        if isinstance(row.estate_key, int) and (found := self.standing.in_estate.get((row.estate_key, row.key))):
            return found
        if grid is None:
            return None
        lone = self.standing.alone.get((grid.pk, whole))
        if lone is None:
            near = [one for one in self.standing.named[whole] if self._is_near(one, grid)]
            lone = near[0] if len(near) == 1 else None
        if lone is not None:
            row.estate_key = None  # it stays what it is: a building of no estate, its estate's name in its own
        return lone

    def _is_near(self, old: OldBuilding, grid: Grid) -> bool:
        there = self.grids.by_pk.get(old.node)
        return there is not None and there.above == grid.above

    def _settle(self, row: Row, place: Placed) -> None:
        """The micro-grid it goes to: one already decided on an edge stays, another than before is asked about."""
        row.grid = place.grid
        old = self.grids.by_pk.get(row.old.node) if row.old and not row.old.is_struck else None
        if place.doubt == Doubt.NO_PLACE and old is not None:
            row.grid = old
            return
        if place.doubt in (Doubt.EDGE, Doubt.OVERLAP) and old is not None and self.grids.holds(old.pk, row.point):
            row.grid = old
            return
        if place.doubt is not None and not (place.doubt == Doubt.NO_PLACE and row.is_lost):
            self._doubt(place.doubt, row, place.text)
        if old is not None and row.grid is not None and row.grid.pk != old.pk:
            self._doubt(Doubt.MOVED, row, f"{old.name} → {row.grid.name}")

    def _once(self, rows: list[Row]) -> None:
        """One building once, one code once: the first that can be written wins."""
        names: dict[tuple[object, str], int] = {}
        codes: dict[str, int] = {}
        for row in rows:
            if row.barred or row.grid is None:
                continue
            holder = row.estate_key if row.estate else row.grid.pk
            key = (bool(row.estate), holder), row.key
            code = row.told.get("code", "")
            if key in names:
                self._doubt(Doubt.SAME_BUILDING, row, _("与第 %(row)d 行相同") % {"row": names[key]})
            elif code and code in codes:
                self._doubt(
                    Doubt.SAME_CODE, row, _("与第 %(row)d 行相同：%(code)s") % {"row": codes[code], "code": code}
                )
            names.setdefault(key, row.number)
            if code:
                codes.setdefault(code, row.number)
