"""Putting in a ladder of tiers."""

from datetime import datetime

import msgspec
from django.utils.translation import gettext as _

from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..models import Node, Tier
from ..presets import ladder
from ..revision import touch
from ..terms import Topic
from .checks import Actor, clean_name, tell


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


def describe_tier(
    tier: Tier,
    *,
    actor: Actor,
    now: datetime,
    label: str,
    label_en: str = "",
    head_label: str = "",
    head_label_en: str = "",
    households_min: int | None = None,
    households_max: int | None = None,
) -> Tier:
    """Change what a tier and its head are called and how many households it customarily holds.

    Which tiers there are, and where cases settle, stays as installed. Raises Refused for a name left out or a range
    upside down.
    """
    given = {
        "label": clean_name(label, most=40, field="label"),
        "label_en": label_en.strip()[:60],
        "head_label": head_label.strip()[:40],
        "head_label_en": head_label_en.strip()[:60],
        "households_min": households_min,
        "households_max": households_max,
    }
    if households_min is not None and households_max is not None and households_min > households_max:
        text = _("户数下限不能大于上限。")
        raise Refused("bad-range", text, status=422, fields={"households_max": text})
    with writing():
        touch(Topic.GROUND)  # the map shows labels too
        found = Tier.objects.select_for_update().get(pk=tier.pk)
        before = {name: getattr(found, name) for name in given}
        for name, value in given.items():
            setattr(found, name, value)
        found.save(update_fields=list(given))
        tell("describe_tier", found, actor=actor, now=now, before=before, after=given)
    return found
