"""Cameras follow the ground: when a micro-grid ends, each belongs to the one it now hangs in."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.events import ended
from yemai.base.territory.models import Node
from yemai.base.territory.queries import successor_at, within
from yemai.base.territory.standing import EXAMPLES, Standing, tells

from .models import Camera


@receiver(ended)
def follow(*, before: Node, after: Sequence[Node], **_said: Any) -> None:
    """Put the cameras of `before` where they hang now; without a successor they stay."""
    if after:
        for camera in Camera.objects.filter(node=before):
            Camera.objects.filter(pk=camera.pk).update(node=successor_at(after, camera.lon, camera.lat))


@tells
def cameras_on(paths: Sequence[str]) -> Standing:
    """Registered ones."""
    found = Camera.objects.filter(within(paths, "node__path"), ended_on__isnull=True).order_by("name")
    return Standing(_("摄像头"), found.count(), tuple(found.values_list("name", flat=True)[:EXAMPLES]))
