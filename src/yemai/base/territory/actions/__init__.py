"""Every write to the ground: the ladder, nodes with their dates, estates, buildings, doors."""

from .ladder import describe_tier, install_ladder
from .laying import Laid, NodeDraft, lay_nodes
from .nodes import (
    add_node_alias,
    close_node,
    create_node,
    describe_node,
    move_node,
    redraw_node,
    rename_node,
    set_boundary,
)
from .places import (
    BuildingDraft,
    add_alias,
    add_building,
    add_buildings,
    add_entrance,
    add_estate,
    describe_building,
    end_building,
    end_estate,
    make_door,
    move_building,
    revoke_door,
)
from .redividing import Piece, redivide_nodes

__all__ = [
    "BuildingDraft",
    "Laid",
    "NodeDraft",
    "Piece",
    "add_alias",
    "add_building",
    "add_buildings",
    "add_entrance",
    "add_estate",
    "add_node_alias",
    "close_node",
    "create_node",
    "describe_building",
    "describe_node",
    "describe_tier",
    "end_building",
    "end_estate",
    "install_ladder",
    "lay_nodes",
    "make_door",
    "move_building",
    "move_node",
    "redivide_nodes",
    "redraw_node",
    "rename_node",
    "revoke_door",
    "set_boundary",
]
