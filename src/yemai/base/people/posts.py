"""Reads the preset kinds of post and fits them to the ladder of tiers this deployment has."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from yemai.base.territory.models import Tier
from yemai.base.territory.terms import CodeSegment

from .terms import Permission, Relation, Team

TOP, SETTLING, COMMUNITY, BETWEEN, ANY = "@top", "@settling", "@community", "@between", "@any"


@dataclass(frozen=True)
class PostPreset:
    """One kind of post as shipped.

    `tier` is a place on any ladder (`@top`, `@settling`, `@community`, `@between` = every tier none of these names,
    `@any`) or "" for posts in departments. With `head` the post takes the tier's own word for its head, and of several
    such posts on one tier the first stays.
    """

    key: str
    name: str
    name_en: str
    tier: str = ""
    head: bool = False
    team: str = Team.NONE
    permissions: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    duties: str = ""
    public: bool = False
    of: str = ""
    relation: str = Relation.SAME
    rank: int = 0
    tier_key: str | None = None


def presets() -> list[PostPreset]:
    """The shipped kinds in their order; raises ValueError where one names a permission or source that is not there."""
    text = resources.files("yemai.base.people.presets").joinpath("posts.json").read_text(encoding="utf-8")
    read = [_preset(rank, row) for rank, row in enumerate(json.loads(text)["posts"], start=1)]
    keys = {preset.key for preset in read}
    for preset in read:
        unknown = {*preset.permissions, *preset.grants} - set(Permission)
        if unknown or (preset.of and preset.of not in keys):
            raise ValueError(f"posts.json, {preset.key}: unknown {sorted(unknown) or preset.of}")
    return read


def _preset(rank: int, row: dict[str, Any]) -> PostPreset:
    lists = {name: tuple(row.pop(name, ())) for name in ("permissions", "grants")}
    return PostPreset(**row, **lists, rank=rank * 10)


def fitted(shipped: Sequence[PostPreset], tiers: Sequence[Tier]) -> list[PostPreset]:
    """The kinds this ladder can use, each with its tier; a kind whose tier the ladder lacks is left out.

    `tiers` from the top down. On a short ladder one tier may be top and community at once.
    """
    places = _places(tiers)
    headed: set[str] = set()
    found: list[PostPreset] = []
    for preset in shipped:
        if preset.tier in ("", ANY):
            found.append(preset)
            continue
        for tier in places.get(preset.tier, []):
            if preset.head and tier.key in headed:
                continue
            found.append(_on_tier(preset, tier))
            headed |= {tier.key} if preset.head else set()
    kept = {preset.key for preset in found}
    return [preset for preset in found if not preset.of or preset.of in kept]


def _places(tiers: Sequence[Tier]) -> dict[str, list[Tier]]:
    top = list(tiers[:1])
    settling = [tier for tier in tiers if tier.is_settling][:1]
    community = [tier for tier in tiers if tier.code_segment == CodeSegment.COMMUNITY][:1]
    named = {tier.key for tier in (*top, *settling, *community)}
    between = [tier for tier in tiers if tier.key not in named]
    return {TOP: top, SETTLING: settling, COMMUNITY: community, BETWEEN: between}


def _on_tier(preset: PostPreset, tier: Tier) -> PostPreset:
    per_tier = preset.tier == BETWEEN
    own_word = preset.head and tier.head_label
    return replace(
        preset,
        key=f"{preset.key}-{tier.key}" if per_tier else preset.key,
        name=tier.head_label if own_word else (f"{tier.label}{preset.name}" if per_tier else preset.name),
        name_en=(tier.head_label_en if own_word else f"{tier.label_en} {preset.name_en}" if per_tier else "")
        or preset.name_en,
        tier_key=tier.key,
    )
