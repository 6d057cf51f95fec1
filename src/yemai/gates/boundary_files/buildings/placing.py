"""Which micro-grid a building stands in: by code, else by name, else by its point; a doubt where none of them is sure."""

from collections import defaultdict
from dataclasses import dataclass

import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.territory.address_words import folded_name
from yemai.base.territory.geometry import stored
from yemai.base.territory.locate import EDGE_DEGREES, Located
from yemai.base.territory.models import Node, NodeAlias
from yemai.base.territory.terms import AliasKind, PlaceFlag

from .terms import Doubt

Point = tuple[float, float]
FLAGS = {PlaceFlag.EDGE: Doubt.EDGE, PlaceFlag.OVERLAP: Doubt.OVERLAP}


@dataclass(frozen=True)
class Grid:
    """A node as far as placing needs it."""

    pk: int
    code: str
    name: str
    path: str
    above: str
    """The path of the node above: its community."""
    is_settling: bool
    tier: str


@dataclass(frozen=True)
class Placed:
    """Where a building stands. With a doubt `grid` is what is proposed, if anything is."""

    grid: Grid | None
    doubt: Doubt | None = None
    text: str = ""


class Grids:
    """The open nodes by code and name, former ones included; boundaries are read when asked for."""

    def __init__(self) -> None:
        self.by_pk: dict[int, Grid] = {}
        self.by_code: dict[str, Grid] = {}
        self.by_name: dict[str, list[Grid]] = defaultdict(list)
        self._shapes: dict[int, BaseGeometry | None] = {}
        rows = Node.objects.filter(valid_to__isnull=True).order_by("code")
        for pk, code, name, path, above, is_settling, tier in rows.values_list(
            "pk", "code", "name", "path", "parent__path", "tier__is_settling", "tier__label"
        ):
            grid = Grid(pk, code, name, path, above or path, is_settling, tier)
            self.by_pk[pk] = self.by_code[code] = grid
            if is_settling:
                self.by_name[folded_name(name)].append(grid)
        aliases = NodeAlias.objects.filter(node__valid_to__isnull=True).order_by("pk")
        for pk, kind, value in aliases.values_list("node_id", "kind", "value"):
            found = self.by_pk[pk]
            if kind == AliasKind.CODE:
                self.by_code.setdefault(value, found)
            elif found.is_settling and found not in self.by_name[folded_name(value)]:
                self.by_name[folded_name(value)].append(found)

    def holds(self, pk: int, point: Point | None) -> bool | None:
        """Whether a node's ground holds a point, its edge included; None where it is not drawn or there is no point."""
        if pk not in self._shapes:
            wkb = Node.objects.filter(pk=pk).values_list("boundary", flat=True).first()
            self._shapes[pk] = stored(wkb)
            if self._shapes[pk] is not None:
                shapely.prepare(self._shapes[pk])
        shape = self._shapes[pk]
        if shape is None or point is None:
            return None
        return bool(shapely.dwithin(shape, shapely.Point(point), EDGE_DEGREES))

    def place(self, told: dict[str, str], point: Point | None, located: Located) -> Placed:
        """The node that code, name and point speak of."""
        code, name = told.get("grid_code", ""), told.get("grid_name", "")
        if code or name:
            placed = self._named(code, name, told.get("community", ""), point, located)
        else:
            placed = self._found(point, located)
        if placed.grid is None or placed.doubt or self.holds(placed.grid.pk, point) is not False:
            return placed
        there = self.by_pk[located.node_id].name if located.node_id in self.by_pk else _("辖区之外")
        text = _("所填的是 %(named)s，点落在 %(there)s") % {"named": placed.grid.name, "there": there}
        return Placed(placed.grid, Doubt.MISPLACED, text)

    def _named(self, code: str, name: str, community: str, point: Point | None, located: Located) -> Placed:
        found = self.by_code.get(code) or self.by_code.get(name)
        if code and found is None:
            return Placed(None, Doubt.UNKNOWN_GRID, code)
        if found is None:
            return self._by_name(name, community, point, located)
        if not found.is_settling:
            return Placed(None, Doubt.UNKNOWN_GRID, _("%(code)s 是%(tier)s“%(name)s”") % {
                "code": found.code, "tier": found.tier, "name": found.name,
            })  # fmt: skip
        if name and code and name != code and found not in self.by_name.get(folded_name(name), []):
            text = _("编码 %(code)s 是“%(name)s”，不是“%(other)s”")
            return Placed(None, Doubt.UNKNOWN_GRID, text % {"code": code, "name": found.name, "other": name})
        return Placed(found)

    def _by_name(self, name: str, community: str, point: Point | None, located: Located) -> Placed:
        found = self.by_name.get(folded_name(name), [])
        if community:
            above = {grid.path for grid in self.by_pk.values() if community in (grid.name, grid.code)}
            found = [grid for grid in found if any(grid.path.startswith(path) for path in above)] if above else found
        if len(found) > 1 and located.flag == PlaceFlag.OK:
            found = [grid for grid in found if grid.pk == located.node_id] or found
        if not found:
            return Placed(None, Doubt.UNKNOWN_GRID, name)
        if len(found) > 1:
            return Placed(None, Doubt.SAME_GRID, "、".join(f"{grid.name}（{grid.code}）" for grid in found[:4]))
        return Placed(found[0])

    def _found(self, point: Point | None, located: Located) -> Placed:
        if point is None:
            return Placed(None, Doubt.NO_PLACE)
        if located.node_id is None or located.node_id not in self.by_pk:
            return Placed(None, Doubt.OUTSIDE)
        grid = self.by_pk[located.node_id]
        doubt = FLAGS.get(located.flag)
        return Placed(grid, doubt, _("建议 %(name)s") % {"name": grid.name} if doubt else "")
