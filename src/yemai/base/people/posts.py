"""Reads the preset kinds of post and fits them to the ladder of tiers this deployment has."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from yemai.base.territory.models import Tier
from yemai.base.territory.terms import CodeSegment

from .terms import Permission, Relation, Team

TOP, TOWN, SETTLING, COMMUNITY, BETWEEN, ANY = "@top", "@town", "@settling", "@community", "@between", "@any"


@dataclass(frozen=True)
class PostPreset:
    """One kind of post as shipped.

    `tier` is a place on any ladder or "" for posts in departments: `@town` (the town or subdistrict, where there is
    one), `@top` (the same, else the highest tier: where the centre sits), `@community`, `@settling`, `@between` (every
    tier none of these names), `@any`. With `head` the post takes the tier's own word for its head; where two such posts
    meet on one tier, the first takes over what the second may do.
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
    lists: dict[str, Any] = {name: tuple(row.pop(name, ())) for name in ("permissions", "grants")}
    return PostPreset(**row, **lists, rank=rank * 10)


def fitted(shipped: Sequence[PostPreset], tiers: Sequence[Tier]) -> list[PostPreset]:
    """The kinds this ladder can use, each with its tier; a kind whose tier the ladder lacks is left out.

    `tiers` from the top down. A post whose source is left out stays as a post of its own.
    """
    places = _places(tiers)
    found: dict[str, PostPreset] = {}
    heads: dict[str, str] = {}
    for preset in shipped:
        if preset.tier in ("", ANY):
            found[preset.key] = preset
            continue
        for tier in places[preset.tier]:
            if preset.head and tier.key in heads:
                first = found[heads[tier.key]]
                found[first.key] = replace(
                    first,
                    permissions=tuple(dict.fromkeys((*first.permissions, *preset.permissions))),
                    grants=tuple(dict.fromkeys((*first.grants, *preset.grants))),
                )
                continue
            fitting = _on_tier(preset, tier)
            found[fitting.key] = fitting
            if preset.head:
                heads[tier.key] = fitting.key
    return [replace(preset, of=preset.of if preset.of in found else "") for preset in found.values()]


def _places(tiers: Sequence[Tier]) -> dict[str, list[Tier]]:
    town = [tier for tier in tiers if tier.code_segment == CodeSegment.TOWN][:1]
    top = town or list(tiers[:1])
    settling = [tier for tier in tiers if tier.is_settling][:1]
    community = [tier for tier in tiers if tier.code_segment == CodeSegment.COMMUNITY][:1]
    named = {tier.key for tier in (*top, *settling, *community)}
    between = [tier for tier in tiers if tier.key not in named]
    return {TOWN: town, TOP: top, SETTLING: settling, COMMUNITY: community, BETWEEN: between}


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
