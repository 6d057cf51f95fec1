"""A small ground for the tests of territory: one town, two villages, micro-grids as squares in a row."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely

from yemai.base.territory.actions import create_node, install_ladder, set_boundary
from yemai.base.territory.models import Node, Tier

WEST, SOUTH, SIDE = 120.600, 31.300, 0.002
"""Squares of about 190 m, west to east; a degree of longitude here is about 95 km."""
STARTED = date(2024, 1, 1)


def square(column: int, row: int = 0, wide: float = 1) -> dict[str, Any]:
    """The GeoJSON polygon of one square of the raster."""
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    return dict(shapely.geometry.mapping(shapely.box(west, south, west + wide * SIDE, south + SIDE)))


def middle(column: float, row: float = 0) -> tuple[float, float]:
    """Longitude and latitude of a square's middle."""
    return WEST + (column + 0.5) * SIDE, SOUTH + (row + 0.5) * SIDE


@dataclass
class Ground:
    """The nodes by what they are, and the moment everything happens at."""

    now: datetime
    town: Node
    villages: list[Node]
    grids: list[Node]

    def node(self, tier: str, parent: Node | None, name: str, **more: Any) -> Node:
        """Open one more node."""
        found = Tier.objects.get(key=tier)
        more.setdefault("valid_from", STARTED)
        return create_node(tier=found, parent=parent, name=name, actor=None, now=self.now, **more)


def lay(now: datetime) -> Ground:
    """西塘镇: 东湖村 with the micro-grids 0, 1, 2 side by side, 西湖村 with one far off in the north."""
    install_ladder("leaf-veins", actor=None, now=now)
    ground = Ground(now, Node(), [], [])
    ground.town = ground.node("town", None, "西塘镇", code="320508101000")
    ground.villages = [ground.node("village", ground.town, name) for name in ("东湖村", "西湖村")]
    east, west = ground.villages
    ground.grids = [ground.node("micro-grid", east, f"东湖第{number}微网格", households=50) for number in (1, 2, 3)]
    ground.grids.append(ground.node("micro-grid", west, "西湖第1微网格", households=120))
    for column, node in enumerate(ground.grids[:3]):
        set_boundary(node, square(column), actor=None, now=now)
    set_boundary(ground.grids[3], square(0, 10), actor=None, now=now)
    for node in (ground.town, *ground.villages, *ground.grids):
        node.refresh_from_db()
    return ground
