"""Stations follow the ground: when a node ends, each belongs to the one it now stands in."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.events import ended
from yemai.base.territory.models import Node
from yemai.base.territory.queries import successor_at, within
from yemai.base.territory.standing import EXAMPLES, Standing, tells

from .models import Station


@receiver(ended)
def follow(*, before: Node, after: Sequence[Node], **_said: Any) -> None:
    """Put the stations of `before` where they stand now; without a successor they stay."""
    if after:
        for station in Station.objects.filter(node=before):
            Station.objects.filter(pk=station.pk).update(node=successor_at(after, station.lon, station.lat))


@tells
def stations_on(paths: Sequence[str]) -> Standing:
    """Stations that stand there."""
    found = Station.objects.filter(within(paths, "node__path"), ended_on__isnull=True).order_by("name")
    return Standing(_("服务站点"), found.count(), tuple(found.values_list("name", flat=True)[:EXAMPLES]))
