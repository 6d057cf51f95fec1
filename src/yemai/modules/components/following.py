"""Components follow the ground: when a micro-grid ends, each belongs to the one it now stands in."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.events import ended
from yemai.base.territory.models import Node
from yemai.base.territory.queries import successor_at, within
from yemai.base.territory.standing import Standing, tells

from .models import Component


@receiver(ended)
def follow(*, before: Node, after: Sequence[Node], **_said: Any) -> None:
    """Put the components of `before` where they stand now; without a successor they stay."""
    if len(after) == 1:
        Component.objects.filter(node=before).update(node=after[0])
    elif after:
        moved = list(Component.objects.filter(node=before))
        for one in moved:
            one.node = successor_at(after, one.lon, one.lat)
        Component.objects.bulk_update(moved, ["node"], batch_size=500)


@tells
def components_on(paths: Sequence[str]) -> Standing:
    """How many; there are too many to name."""
    return Standing(_("部件"), Component.objects.filter(within(paths, "node__path")).count())
