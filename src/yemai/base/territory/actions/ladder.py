"""Putting in a ladder of tiers."""

from datetime import datetime

import msgspec
from django.utils.translation import gettext as _

from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..models import Node, Tier
from ..presets import ladder
from .checks import Actor, tell


def install_ladder(key: str, *, actor: Actor = None, now: datetime) -> list[Tier]:
    """Make the tiers of a shipped ladder, top first; doing it twice changes nothing.

    Raises Absent for an unknown key, Refused once nodes stand on another ladder (labels are edited, not reinstalled).
    """
    chosen = ladder(key)
    with writing():
        standing = list(Tier.objects.order_by("depth"))
        if [tier.key for tier in standing] == [rung.key for rung in chosen.tiers]:
            return standing
        if Node.objects.exists():
            raise Refused("ladder-in-use", _("已有网格建立在现有层级上，不能更换层级方案。层级的名称可以在后台修改。"))
        Tier.objects.all().delete()
        made = [
            Tier.objects.create(depth=depth, **msgspec.structs.asdict(rung)) for depth, rung in enumerate(chosen.tiers)
        ]
        tell("install_ladder", made[0], actor=actor, now=now, after={"ladder": key})
    return made
