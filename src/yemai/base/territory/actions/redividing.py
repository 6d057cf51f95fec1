"""Ground divided anew from a day on: micro-grids end, others open on the same ground, buildings and teams go along."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..events import ended
from ..geometry import polygon_from, stored
from ..models import Building, Door, Estate, Node, NodeAlias, Succession
from ..revision import touch
from ..terms import AliasKind, NodeKind
from .checks import Actor, clean_count, clean_name, day_of_change, open_node, tell
from .nodes import BOTH, check_tier, draw, insert, new_code

SHARED = 0.001
"""Of two pieces of ground that share less than this part of the smaller one, neither follows the other."""


@dataclass(frozen=True)
class Piece:
    """A node to be: its name, its buildings (ids), its ground.

    `parent`: the parent of the ended nodes unless given. `households`: the sum over its buildings unless given. `keeps`:
    the ended node whose team and former codes go along. `boundary`: WGS-84; None leaves it undrawn.
    """

    name: str
    buildings: tuple[int, ...] = ()
    boundary: BaseGeometry | None = None
    parent: int | None = None
    households: int | None = None
    keeps: int | None = None


def redivide_nodes(
    before: Sequence[Node], pieces: Sequence[Piece], *, actor: Actor, now: datetime, on: date | None = None
) -> list[Node]:
    """End `before` on a day and open `pieces` in their place (split 1 -> n, merge n -> 1, new division n -> m).

    Returns the new nodes in the order of `pieces`. Every standing building goes to the piece that names it, one that came
    since to the piece whose ground it stands on. A team goes on in the piece that keeps its node, else in every piece that
    took over some of its ground. The old codes become aliases, and are never given again. Raises Refused for nodes of
    several tiers or with nodes below, for a building in two pieces, of other ground, or in no piece.
    """
    with writing():
        touch(*BOTH)
        ending = [open_node(one) for one in sorted(before, key=lambda one: one.code)]
        _check_ending(ending, pieces)
        parents = {pk: open_node(Node(pk=pk)) for pk in {one.parent or ending[0].parent_id for one in pieces} if pk}
        day = day_of_change(on, now, [*ending, *parents.values()])
        goes = _placed(ending, pieces)
        opened = [
            _open(one, ending[0], parents[one.parent or ending[0].parent_id or 0], day, actor=actor, now=now)
            for one in pieces
        ]
        follows = {one.pk: _following(one, pieces, goes, opened) for one in ending}
        _carry(ending, pieces, goes, opened, follows)
        for one in ending:
            _end(one, follows[one.pk], _team(one, pieces, opened, follows[one.pk]), day, actor=actor, now=now)
    return opened


def _check_ending(ending: Sequence[Node], pieces: Sequence[Piece]) -> None:
    if not ending or not pieces:
        raise Refused("missing", _("请选择要调整的网格，并至少保留一个新网格。"), status=422)
    if any(one.parent_id is None for one in ending) or len({one.tier_id for one in ending}) > 1:
        raise Refused("wrong-tier", _("只能一起重新划分同一层级的网格，且不能是总网格。"), status=422)
    if Node.objects.filter(parent__in=ending, valid_to__isnull=True).exists():
        raise Refused("node-in-use", _("有下级网格的网格不能直接拆分，请先调整它的下级网格。"))
    keeps = [one.keeps for one in pieces if one.keeps is not None]
    if len(set(keeps)) < len(keeps) or not set(keeps) <= {one.pk for one in ending}:
        raise Refused("team-twice", _("一支队伍只能随一个新网格走。"), status=422)
    named = Counter(clean_name(one.name) for one in pieces)
    if twice := [name for name, count in named.items() if count > 1]:
        raise Refused("name-twice", _("新网格的名称重复：%(names)s") % {"names": "、".join(twice)}, status=422)


def _placed(ending: Sequence[Node], pieces: Sequence[Piece]) -> dict[int, int]:
    """The piece (its place in the list) of every standing building on the ending nodes."""
    goes = {pk: at for at, one in enumerate(pieces) for pk in one.buildings}
    if len(goes) < sum(len(one.buildings) for one in pieces):
        raise Refused("building-twice", _("有楼栋同时划入了两个新网格，请改正。"), status=422)
    standing = Building.objects.filter(node__in=ending, ended_on__isnull=True).order_by("pk")
    rows = list(standing.values_list("pk", "name", "estate__name", "lon", "lat"))
    gone = goes.keys() - {row[0] for row in rows}
    if strange := Building.objects.filter(pk__in=gone, ended_on__isnull=True).count():
        text = _("有 %(n)d 栋楼已移到别的网格，请重新制定调整。")
        raise Refused("ground-changed", text % {"n": strange})
    for pk in gone:  # pulled down since: nothing is left to be placed
        del goes[pk]
    lost = []
    for pk, name, estate, lon, lat in rows:
        if pk in goes:
            continue
        at = 0 if len(pieces) == 1 else _piece_at(pieces, lon, lat)
        if at is None:
            lost.append(f"{estate or ''}{name}")
        else:
            goes[pk] = at
    if lost:
        what = {"names": "、".join(lost[:10]), "n": len(lost)}
        raise Refused("building-left", _("有 %(n)d 栋楼没有划入任何新网格：%(names)s") % what)
    return goes


def _piece_at(pieces: Sequence[Piece], lon: float | None, lat: float | None) -> int | None:
    if lon is None or lat is None:
        return None
    holding = (
        at
        for at, one in enumerate(pieces)
        if one.boundary is not None and shapely.intersects_xy(one.boundary, lon, lat)
    )
    return next(holding, None)


def _open(piece: Piece, like: Node, parent: Node, day: date, *, actor: Actor, now: datetime) -> Node:
    check_tier(like.tier, parent)
    households = piece.households
    if households is None:
        standing = Building.objects.filter(pk__in=piece.buildings, ended_on__isnull=True)
        households = sum(standing.values_list("households", flat=True))
    kept = Node.objects.filter(pk=piece.keeps).first() if piece.keeps else None
    kind = NodeKind(like.kind)
    node = Node(
        code=new_code(like.tier, parent, kind, None), tier=like.tier, parent=parent, name=clean_name(piece.name),
        name_en=kept.name_en if kept is not None and kept.name == piece.name else "", kind=kind,
        households=clean_count(households), valid_from=day, public_text=kept.public_text if kept else "",
        attributes=kept.attributes if kept else {},
    )  # fmt: skip
    if piece.boundary is not None:
        draw(node, polygon_from(piece.boundary))
    return insert(node, actor=actor, now=now, verb="redivide_nodes")


def _following(node: Node, pieces: Sequence[Piece], goes: dict[int, int], opened: Sequence[Node]) -> list[Node]:
    """Who took over some of its ground: the keeper first, then whoever has most of its households."""
    shares: Counter[int] = Counter()
    for pk, households in Building.objects.filter(node=node, ended_on__isnull=True).values_list("pk", "households"):
        shares[goes[pk]] += 1 + households
    shape = stored(node.boundary)
    for at, one in enumerate(pieces):
        if one.keeps == node.pk:
            shares[at] += 10**9
        elif at not in shares and shape is not None and one.boundary is not None:
            common = shapely.intersection(shape, one.boundary).area
            if common > SHARED * min(shape.area, one.boundary.area):
                shares[at] += 0
    if not shares:  # nothing stands there and nothing is drawn
        shares.update(dict.fromkeys(range(len(pieces)), 0))
    return [opened[at] for at, _share in sorted(shares.items(), key=lambda row: (-row[1], row[0]))]


def _carry(
    ending: Sequence[Node], pieces: Sequence[Piece], goes: dict[int, int], opened: Sequence[Node],
    follows: dict[int, list[Node]],
) -> None:  # fmt: skip
    """Buildings, estates, doors and former codes to where they belong from now on."""
    whole = {one.pk: stored(one.boundary) for one in opened}
    for at, node in enumerate(opened):
        own = [pk for pk, to in goes.items() if to == at]
        Building.objects.filter(pk__in=own).update(node=node)
        Door.objects.filter(node__in=ending, building__in=own).update(node=node)
    for one in ending:
        main = follows[one.pk][0]
        for estate in Estate.objects.filter(node=one, ended_on__isnull=True):
            _carry_estate(estate, main, whole)
        Estate.objects.filter(node=one).update(node=main)
        Building.objects.filter(node=one).update(node=main)  # those that no longer stand
        Door.objects.filter(node=one).update(node=main)
        NodeAlias.objects.filter(node=one, kind=AliasKind.CODE).update(node=main)
        NodeAlias.objects.create(node=main, kind=AliasKind.CODE, value=one.code)


def _carry_estate(estate: Estate, main: Node, whole: dict[int, BaseGeometry | None]) -> None:
    """An estate belongs to the lowest node that holds all of it."""
    nodes = set(Building.objects.filter(estate=estate, ended_on__isnull=True).values_list("node_id", flat=True))
    if not nodes and estate.lon is not None and estate.lat is not None:
        nodes = {
            pk
            for pk, shape in whole.items()
            if shape is not None and shapely.intersects_xy(shape, estate.lon, estate.lat)
        }
    if len(nodes) == 1:
        estate.node_id = nodes.pop()
    else:
        estate.node = main.parent if len(nodes) > 1 and main.parent is not None else main
    if (
        Estate.objects.filter(node=estate.node_id, name=estate.name, ended_on__isnull=True)
        .exclude(pk=estate.pk)
        .exists()
    ):
        text = _("小区 %(name)s 会与同名小区落在同一个网格，请先改名或合并小区。")
        raise Refused("name-taken", text % {"name": estate.name})
    estate.save(update_fields=["node"])


def _team(node: Node, pieces: Sequence[Piece], opened: Sequence[Node], follows: Sequence[Node]) -> list[Node]:
    kept = [opened[at] for at, one in enumerate(pieces) if one.keeps == node.pk]
    return kept or list(follows)


def _end(
    node: Node, after: Sequence[Node], team: Sequence[Node], day: date, *, actor: Actor, now: datetime
) -> None:  # fmt: skip
    node.valid_to = day
    node.save(update_fields=["valid_to"])
    Succession.objects.bulk_create([Succession(before=node, after=one, on=day) for one in after])
    ended.send(sender=Node, before=node, after=list(after), team=list(team), on=day, now=now)
    tell("redivide_nodes", node, actor=actor, now=now, after={"on": str(day), "into": [one.pk for one in after]})
