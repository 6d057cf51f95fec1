"""The ladders of tiers that ship: one file for each of the five practices, and the register of regions."""

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

import msgspec
from django.utils.translation import gettext as _

from yemai.kernel.refusals import Absent


class Rung(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tier of a ladder as its file says."""

    key: str
    label: str
    label_en: str
    head_label: str
    head_label_en: str
    code_segment: str
    is_settling: bool = False
    households_min: int | None = None
    households_max: int | None = None


class Ladder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A practice's ladder, top tier first."""

    key: str
    label: str
    label_en: str
    basis: str
    tiers: list[Rung]


@lru_cache(maxsize=1)
def ladders() -> Sequence[Ladder]:
    """The ladders that ship with Yemai, by key."""
    return _in_folder("presets")


@lru_cache(maxsize=1)
def registers() -> Sequence[Ladder]:
    """Ladders that nobody governs by, into which a register of codes is read."""
    return _in_folder("presets", "registers")


def _in_folder(*names: str) -> Sequence[Ladder]:
    folder = resources.files("yemai.base.territory").joinpath(*names)
    texts = [entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".json")]
    return sorted((msgspec.convert(json.loads(text), Ladder) for text in texts), key=lambda found: found.basis)


def ladder(key: str) -> Ladder:
    """The shipped ladder with this key. Raises Absent."""
    for found in (*ladders(), *registers()):
        if found.key == key:
            return found
    known = "、".join(found.key for found in ladders())
    raise Absent(_("没有名为 %(key)s 的层级方案。可选：%(known)s。") % {"key": key, "known": known})
