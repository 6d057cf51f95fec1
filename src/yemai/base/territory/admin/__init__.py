"""The ground in the back office: tiers, the tree of nodes, estates, buildings and the codes on doors."""

from .nodes import NodeRegister, TierRegister
from .places import BuildingRegister, DoorRegister, EstateRegister

__all__ = ["BuildingRegister", "DoorRegister", "EstateRegister", "NodeRegister", "TierRegister"]
