"""From a plan to pieces of ground: which micro-grids end, what comes in their place, what is left of them beside the plan."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.territory.actions import Piece
from yemai.base.territory.geometry import stored
from yemai.base.territory.models import Building, Node
from yemai.kernel.refusals import Refused
from yemai.modules.planning.models import Plan
from yemai.modules.planning.queries import Standing, ground_of, ground_under
from yemai.modules.planning.rules.areas import areas
from yemai.modules.planning.rules.ground import House
from yemai.modules.planning.terms import State


@dataclass(frozen=True)
class Division:
    """What adopting a plan does to the ground."""

    before: tuple[Node, ...]
    after: tuple[Piece, ...]
    unchanged: tuple[Node, ...]
    """Micro-grids that are a group of the plan as they are: nothing happens to them."""
    unplaced: int
    """Buildings without a place: each goes where most of its micro-grid's households go."""


def division_of(plan: Plan) -> Division:
    """What adopting a plan would do today.

    Raises Refused while the plan is not finished, when buildings came or went since it was made, or where a building
    stands in no micro-grid.
    """
    if plan.state != State.DONE:
        raise Refused("not-done", _("方案还没有算完，算完后才能采用。"))
    ground = ground_of(plan.study).buildings
    groups = {int(row["number"]): tuple(row["members"]) for row in plan.groups}
    if {key for own in groups.values() for key in own} != ground.keys():
        raise Refused("ground-changed", _("方案做出后，这片地的楼栋有增减，请重新计算方案。"))
    loose = [one.name for one in ground.values() if not one.is_settled]
    if loose:
        text = _("有楼栋还不在任何微网格里，先把它们划入微网格，再采用方案：%(names)s")
        raise Refused("no-grid", text % {"names": "、".join(loose[:10])})
    nodes = {
        one.pk: one
        for one in Node.objects.filter(pk__in={one.node_id for one in ground.values()}).select_related("tier", "parent")
    }
    astray = [number for number, own in groups.items() if len({ground[key].parent_id for key in own}) > 1]
    if astray:
        text = _("有的组跨了村居，微网格只能属于一个村居，请先手工改正：第 %(numbers)s 组")
        raise Refused("two-parents", text % {"numbers": "、".join(map(str, astray))})
    standing = ground_under(nodes).buildings
    keeps = {int(row["number"]): row["keeps"] for row in plan.groups}
    same = _unchanged(groups, standing)
    changing = {number: own for number, own in groups.items() if number not in same}
    touched = {ground[key].node_id for own in changing.values() for key in own}
    parts = _parts(changing, keeps, touched, standing)
    drawn = _drawn(_named(parts, nodes), [nodes[pk] for pk in sorted(touched)], standing)
    after, unplaced = _with_unplaced(drawn, touched, standing)
    return Division(
        tuple(nodes[pk] for pk in sorted(touched)),
        tuple(after),
        tuple(nodes[pk] for pk in sorted(same.values())),
        unplaced,
    )


def _unchanged(groups: dict[int, tuple[int, ...]], standing: dict[int, Standing]) -> dict[int, int]:
    """Groups that are exactly one micro-grid of today."""
    of_node: dict[int, set[int]] = {}
    for one in standing.values():
        of_node.setdefault(one.node_id, set()).add(one.pk)
    found = {}
    for number, own in groups.items():
        node = standing[own[0]].node_id
        if of_node[node] == set(own):
            found[number] = node
    return found


def _parts(
    changing: dict[int, tuple[int, ...]], keeps: dict[int, int | None], touched: set[int], standing: dict[int, Standing]
) -> list[Piece]:
    """Groups that change, and what is left of each touched micro-grid beside the plan."""
    used = {keeps[number] for number in changing} & touched
    parts = [
        Piece(
            "", own, parent=standing[own[0]].parent_id, households=sum(standing[key].households for key in own),
            keeps=keeps[number] if keeps[number] in touched else None,
        )
        for number, own in changing.items()
    ]  # fmt: skip
    planned = {key for own in changing.values() for key in own}
    for node in sorted(touched):
        rest = tuple(one.pk for one in standing.values() if one.node_id == node and one.pk not in planned)
        if rest:
            households = sum(standing[key].households for key in rest)
            parts.append(
                Piece(
                    "",
                    rest,
                    parent=standing[rest[0]].parent_id,
                    households=households,
                    keeps=None if node in used else node,
                )
            )
    return parts


def _named(parts: Sequence[Piece], nodes: dict[int, Node]) -> list[Piece]:
    """A micro-grid whose team goes along keeps its name; the others are numbered on under their parent."""
    parents = {node.parent_id: node.parent for node in nodes.values() if node.parent is not None}
    label = next(iter(nodes.values())).tier.label if nodes else ""
    taken = set(Node.objects.filter(parent__in=list(parents), valid_to__isnull=True).values_list("parent_id", "name"))
    found = []
    for part in parts:
        if part.keeps is not None:
            found.append(replace(part, name=nodes[part.keeps].name))
            continue
        assert part.parent is not None  # noqa: S101 - every part was given one
        above, number = parents[part.parent].name, 1
        while (part.parent, f"{above}第{number}{label}") in taken:
            number += 1
        name = f"{above}第{number}{label}"
        taken.add((part.parent, name))
        found.append(replace(part, name=name))
    return found


def _drawn(parts: list[Piece], before: Iterable[Node], standing: dict[int, Standing]) -> list[Piece]:
    """The ground of the ended micro-grids, shared out so that every point goes with the building nearest to it."""
    bounds: dict[int, list[BaseGeometry]] = {}
    for node in before:
        shape = stored(node.boundary)
        if shape is not None and node.parent_id is not None:
            bounds.setdefault(node.parent_id, []).append(shape)
    found = list(parts)
    for parent in sorted(bounds):  # where nothing was drawn before, nothing is drawn now
        own = [at for at, part in enumerate(parts) if part.parent == parent]
        keys = [key for at in own for key in parts[at].buildings]
        place = {key: number for number, key in enumerate(keys)}
        houses = [
            House(one.pk, one.lon, one.lat, one.households, shape=one.shape) for one in (standing[key] for key in keys)
        ]
        ground = shapely.union_all(bounds[parent])
        shapes = areas(houses, [[place[key] for key in parts[at].buildings] for at in own], ground)
        for at, shape in zip(own, shapes, strict=True):
            sound = shape if shape.is_valid else shapely.make_valid(shape)
            found[at] = replace(found[at], boundary=None if sound.is_empty else sound)
    return found


def _with_unplaced(parts: list[Piece], touched: set[int], standing: dict[int, Standing]) -> tuple[list[Piece], int]:
    """Buildings of the ended micro-grids that have no place on the map go where most of their neighbours go."""
    goes: dict[int, Counter[int]] = {}
    for at, part in enumerate(parts):
        for key in part.buildings:
            goes.setdefault(standing[key].node_id, Counter())[at] += max(1, standing[key].households)
    lost = (
        Building.objects.filter(node__in=touched, ended_on__isnull=True).exclude(pk__in=standing.keys()).order_by("pk")
    )
    found, count = list(parts), 0
    for pk, node, households in lost.values_list("pk", "node_id", "households"):
        at = goes[node].most_common(1)[0][0]
        found[at] = replace(
            found[at], buildings=(*found[at].buildings, pk), households=(found[at].households or 0) + households
        )
        count += 1
    return found, count
