"""Lays the demo town's ground: nodes with boundaries that share their edges exactly, estates, buildings, doors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from yemai.base.territory import actions
from yemai.base.territory.models import Building, Estate, Node, Tier
from yemai.base.territory.terms import NodeKind
from yemai.kernel.codes import RegionCode

from .reading import shipped

METRES_PER_DEGREE = 111_195.0
"""Along a meridian of the mean sphere; the plan is invented, so a sphere is good enough."""
DIGITS = 7


@dataclass
class Places:
    """The ground by the keys the scripts use."""

    nodes: dict[str, Node] = field(default_factory=dict)
    buildings: dict[str, Building] = field(default_factory=dict)


def lay(now: datetime) -> Places:
    """Build the ground as of `now`; everything is checked by the actions of the territory."""
    plan = shipped("town")
    RegionCode(plan["nodes"][0]["code"])
    places = Places()
    _lay_nodes(plan, places, now)
    estates = {
        row["key"]: actions.add_estate(
            places.nodes[row["node"]], row["name"], aliases=row["aliases"], actor=None, now=now
        )
        for row in plan["estates"]
    }
    _raise_buildings(plan, places, estates, now)
    for name, words in plan["building_aliases"].items():
        for text in words:
            actions.add_alias(text, building=places.buildings[name], actor=None, now=now)
    for node, building, label in plan["doors"]:
        stands = places.buildings[building] if building else None
        actions.make_door(places.nodes[node], building=stands, label=label, actor=None, now=now)
    return places


def point(x: float, y: float) -> tuple[float, float]:
    """Metres east and north of the plan's corner as WGS-84 longitude and latitude."""
    origin = shipped("town")["origin"]
    lon = origin["lon"] + x / (METRES_PER_DEGREE * math.cos(math.radians(origin["lat"])))
    return round(lon, DIGITS), round(origin["lat"] + y / METRES_PER_DEGREE, DIGITS)


def _lay_nodes(plan: dict[str, Any], places: Places, now: datetime) -> None:
    """Parents come first in the plan; a node without a ring is the ground of all its micro-grids."""
    tiers = list(Tier.objects.order_by("depth"))
    depths = {"": -1}
    shapes = _shapes(plan)
    for row in plan["nodes"]:
        parent = row.get("parent", "")
        depths[row["key"]] = depths[parent] + 1
        node = actions.create_node(
            tier=tiers[depths[row["key"]]],
            parent=places.nodes.get(parent),
            code=row.get("code"),
            name=row["name"],
            name_en=row["name_en"],
            kind=NodeKind(row.get("kind", NodeKind.GENERAL)),
            households=row.get("households", 0),
            public_text=row["public_text"],
            actor=None,
            now=now,
        )
        places.nodes[row["key"]] = actions.set_boundary(node, shapes[row["key"]], actor=None, now=now)


def _shapes(plan: dict[str, Any]) -> dict[str, BaseGeometry]:
    corners = {name: point(*metres) for name, metres in plan["vertices"].items()}
    shapes: dict[str, BaseGeometry] = {
        row["key"]: shapely.Polygon([corners[name] for name in row["ring"].split()])
        for row in plan["nodes"]
        if "ring" in row
    }
    for row in reversed(plan["nodes"]):  # children stand behind their parents
        below = [shapes[child["key"]] for child in plan["nodes"] if child.get("parent") == row["key"]]
        if below:
            shapes[row["key"]] = shapely.union_all(below)
    return shapes


def _raise_buildings(plan: dict[str, Any], places: Places, estates: dict[str, Estate], now: datetime) -> None:
    rows = [dict(zip(plan["building_columns"], row, strict=True)) for row in plan["buildings"]]
    drafts = [
        actions.BuildingDraft(
            node=places.nodes[row["node"]],
            estate=estates[row["estate"]] if row["estate"] else None,
            name=row["name"],
            floors=row["floors"],
            households=row["households"],
            footprint=_footprint(row["x"], row["y"], row["width"], row["depth"], row["turn"]),
            entrances=[f"{number}单元" for number in range(1, row["entrances"] + 1)],
        )
        for row in rows
    ]
    made = actions.add_buildings(drafts, actor=None, now=now)
    for row, building in zip(rows, made, strict=True):
        places.buildings["/".join(filter(None, (row["estate"], row["name"])))] = building


def _footprint(x: float, y: float, width: float, depth: float, turn: float) -> shapely.Polygon:
    flat = affinity.rotate(shapely.box(x - width / 2, y - depth / 2, x + width / 2, y + depth / 2), turn)
    corners: Sequence[tuple[float, float]] = [point(east, north) for east, north in flat.exterior.coords]
    return shapely.Polygon(corners)
