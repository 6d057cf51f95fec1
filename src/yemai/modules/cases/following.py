"""Open cases follow the ground: when a micro-grid ends, each goes on where its place now lies; what is over stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from yemai.base.territory.events import ended
from yemai.base.territory.models import Node
from yemai.base.territory.queries import successor_at, within
from yemai.base.territory.standing import EXAMPLES, Standing, tells

from . import story
from .actors import System
from .models import Case
from .terms import Stage, Verb

OVER = (Stage.CLOSED, Stage.VOIDED)


@receiver(ended)
def follow(*, before: Node, after: Sequence[Node], now: datetime, **_said: Any) -> None:
    """Put every case of `before` that is not over on the successor it lies in; its story says so.

    The building decides, then the point, else the case goes with most of the ground. Without a successor it stays.
    """
    if not after:
        return
    open_cases = Case.objects.select_for_update(of=("self",)).filter(node=before).exclude(stage__in=OVER)
    for case in open_cases.select_related("building").order_by("pk"):
        put_on(case, successor(case, after), now=now)


def successor(case: Case, after: Sequence[Node]) -> Node:
    """Which of the nodes that took over a case's ground it belongs to."""
    by_building = next((one for one in after if case.building is not None and one.pk == case.building.node_id), None)
    if by_building is not None:
        return by_building
    return successor_at(after, case.lon, case.lat)


def put_on(case: Case, node: Node, *, now: datetime) -> None:
    """Put a case on another node, as the system's own step of its story."""
    old = case.node_id
    case.node, case.path = node, node.path
    case.version += 1
    case.updated_at = now
    with override(settings.LANGUAGE_CODE):
        text = _("网格调整，转到 %(name)s") % {"name": node.name}
    story.append(
        case, Verb.CORRECT, actor=System(), now=now, came_from=case.stage, reaches=case.stage, text=text,
        content={"old": {"node": old}, "new": {"node": node.pk}}, is_public=False,
    )  # fmt: skip
    case.save(update_fields=["node", "path", "version", "updated_at", "story_head"])


@tells
def open_cases_on(paths: Sequence[str]) -> Standing:
    """Cases that are not over, the oldest first; by number alone, for not everybody who draws grids may read cases."""
    found = Case.objects.filter(within(paths)).exclude(stage__in=OVER).order_by("pk")
    return Standing(gettext_lazy("未办结事件"), found.count(), tuple(str(one) for one in found[:EXAMPLES]))
