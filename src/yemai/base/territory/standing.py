"""What stands on some ground, told before it is changed, and following it: each room registers its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Sum
from django.utils.translation import gettext_lazy as _

from .events import ended
from .models import Door, Estate, Node
from .queries import buildings_in, successor_at, within
from .rules import minimal

EXAMPLES = 12
AT_ONCE = 500


@dataclass(frozen=True)
class Standing:
    """One kind of thing on the ground: how many there are, and the first of them by name."""

    label: Any
    count: int
    names: tuple[str, ...] = ()


Teller = Callable[[Sequence[str]], Standing]
_tellers: list[Teller] = []


def tells(teller: Teller) -> Teller:
    """Register a function of node paths (the ground with all below) that counts what stands there."""
    _tellers.append(teller)
    return teller


def stands_at_a_point(model: type[Model]) -> None:
    """Let rows with `node`, `lon`, `lat`, `name` (and maybe `ended_on`) be counted before their ground is changed, and
    follow it: when a node ends, each belongs to the successor it stands in; without one it stays."""
    rows = model._default_manager

    def follow(*, before: Node, after: Sequence[Node], **_said: Any) -> None:
        if len(after) == 1:
            rows.filter(node=before).update(node=after[0])
        elif after:
            moved: list[Any] = list(rows.filter(node=before))
            for one in moved:
                one.node = successor_at(after, one.lon, one.lat)
            rows.bulk_update(moved, ["node"], batch_size=AT_ONCE)

    def tell(paths: Sequence[str]) -> Standing:
        found = rows.filter(within(paths, "node__path")).order_by("name", "pk")
        if any(field.name == "ended_on" for field in model._meta.fields):
            found = found.filter(ended_on__isnull=True)
        names = tuple(found.values_list("name", flat=True)[:EXAMPLES])
        return Standing(model._meta.verbose_name, found.count(), names)

    ended.connect(follow, weak=False, dispatch_uid=f"{model._meta.label_lower}.follow_ground")
    tells(tell)


def standing_on(nodes: Sequence[Node]) -> list[Standing]:
    """What a change of these nodes touches: territory's own first, then each room's; kinds of which there are none too."""
    paths = minimal(one.path for one in nodes)
    return [teller(paths) for teller in _tellers]


@tells
def households(paths: Sequence[str]) -> Standing:
    """As entered for the buildings."""
    return Standing(_("户数"), int(buildings_in(paths).aggregate(all=Sum("households"))["all"] or 0))


@tells
def buildings(paths: Sequence[str]) -> Standing:
    """Standing ones, with their estate in front."""
    found = buildings_in(paths).order_by("estate__name", "pk")
    names = found.values_list("estate__name", "name")[:EXAMPLES]
    return Standing(_("楼栋"), found.count(), tuple(f"{estate or ''}{name}" for estate, name in names))


@tells
def estates(paths: Sequence[str]) -> Standing:
    """Estates whose lowest node is here."""
    found = Estate.objects.filter(within(paths, "node__path"), ended_on__isnull=True).order_by("name")
    return Standing(_("小区"), found.count(), tuple(found.values_list("name", flat=True)[:EXAMPLES]))


@tells
def doors(paths: Sequence[str]) -> Standing:
    """QR codes that hang there; they go on working."""
    return Standing(_("门牌码"), Door.objects.filter(within(paths, "node__path"), revoked_at__isnull=True).count())


@tells
def children(paths: Sequence[str]) -> Standing:
    """Open nodes below."""
    found = Node.objects.filter(within(paths), valid_to__isnull=True).exclude(path__in=list(paths)).order_by("path")
    return Standing(_("下级网格"), found.count(), tuple(found.values_list("name", flat=True)[:EXAMPLES]))
