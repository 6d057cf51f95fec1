"""Boundaries from a file to the ground: read, surveyed, mended where somebody said so, laid."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.territory.actions import Laid, NodeDraft, lay_nodes
from yemai.base.territory.geometry import stored
from yemai.base.territory.models import Node, Tier
from yemai.base.territory.queries import town
from yemai.kernel.coordinates import Crs, geometry_to_wgs84
from yemai.kernel.refusals import Refused

from .reading import Rows, read_rows
from .repairing import mend_all
from .surveying import Ground, survey
from .terms import Doubt, Finding

Say = Callable[[str], None]
NAMES = {"EPSG:4326": Crs.WGS84, "OGC:CRS84": Crs.WGS84, "EPSG:4490": Crs.CGCS2000}


@dataclass(frozen=True)
class Wanted:
    """What the operator asks of an import. Fields are columns of the file; `crs` "" is what the file says of itself."""

    tier: str = ""
    tier_field: str = ""
    name_field: str = ""
    code_field: str = ""
    parent_field: str = ""
    parent: str = ""
    crs: str = ""
    layer: str | None = None
    repair: Collection[Doubt] = ()
    only_check: bool = False


@dataclass(frozen=True)
class Outcome:
    """What an import found and did; `laid` is None when it was only asked to look."""

    names: list[str]
    findings: list[Finding]
    mended: list[Finding]
    left_out: list[tuple[int, Finding]]
    laid: Laid | None


def crs_named(name: str) -> str:
    """A reference system as we call it: `gcj-02` and `EPSG:4326` have names of their own here."""
    plain = name.strip().upper().replace("-", "").replace("_", "").replace(" ", "")
    known = {crs.value: crs for crs in Crs}
    return known.get(plain) or NAMES.get(name.strip().upper()) or name.strip() or Crs.WGS84


def tier_named(word: str) -> Tier:
    """The tier with this key, label or number (1 is the top). Raises Refused `no-such-tier` naming those there are."""
    tiers = list(Tier.objects.order_by("depth"))
    for number, tier in enumerate(tiers, start=1):
        if word.casefold() in (tier.key.casefold(), tier.label, tier.label_en.casefold(), str(number)):
            return tier
    there = "、".join(f"{tier.key}（{tier.label}）" for tier in tiers)
    raise Refused("no-such-tier", _("没有“%(word)s”这一级。有的是：%(there)s。") % {"word": word, "there": there})


@dataclass(frozen=True)
class Prepared:
    """A file read and put on the ground: what is surveyed, and what each row is called and of which tier."""

    ground: Ground
    names: list[str]
    tiers: list[Tier]
    crs: str

    def outcome(self, findings: list[Finding], mended: list[Finding], left: list[Finding]) -> "Outcome":
        """What would be laid and what left out, before anything is written."""
        return Outcome(
            self.names, findings, mended, sorted({one.rows[-1]: one for one in left if one.bars}.items()), None
        )


def prepare(path: Path, wanted: Wanted) -> Prepared:
    """Read a file. Raises Refused for a file or a word that is not understood."""
    rows = read_rows(path, layer=wanted.layer)
    tiers = _tiers(rows, wanted)
    codes = rows.column(wanted.code_field) if wanted.code_field else [str(at + 1) for at in range(len(rows))]
    names = rows.column(wanted.name_field) if wanted.name_field else codes
    shapes = _in_wgs84(rows, wanted)
    parents = _parents(rows, wanted, tiers, shapes)
    stated = bool(wanted.parent_field or wanted.parent)
    ground = Ground(codes, shapes, parents, _above(set(parents), set(codes)), is_stated=stated)
    shown = [name or code or f"#{at + 1}" for at, (name, code) in enumerate(zip(names, codes, strict=True))]
    return Prepared(ground, shown, tiers, crs_named(wanted.crs or rows.crs))


def lay(prepared: Prepared, outcome: "Outcome", *, actor: Model | None, now: datetime, source: str) -> "Outcome":
    """Write what is sound."""
    ground, out = prepared.ground, {row for row, _finding in outcome.left_out}
    sound = [at for at in range(len(prepared.names)) if at not in out and at not in ground.dropped]
    drafts = [
        NodeDraft(
            ground.codes[at], prepared.names[at], prepared.tiers[at], ground.parents[at], _polygon(ground.shapes[at])
        )
        for at in sound
    ]
    drafts.sort(key=lambda draft: draft.tier.depth)  # parents first; the file's order otherwise
    return replace(outcome, laid=lay_nodes(drafts, actor=actor, now=now, source=source))


def import_boundaries(path: Path, wanted: Wanted, *, say: Say) -> "Outcome":
    """Read, survey, mend what was asked for, lay what is sound. Raises Refused for a file or a word that is not understood."""
    prepared = prepare(path, wanted)
    say(_("读到 %(n)d 行，坐标系 %(crs)s。") % {"n": len(prepared.names), "crs": prepared.crs})
    say(_("正在检查边界……"))
    findings = survey(prepared.ground)
    mended: list[Finding] = []
    left = findings
    if wanted.repair:
        ground, mended, left = mend_all(prepared.ground, wanted.repair)
        prepared = replace(prepared, ground=ground)
    outcome = prepared.outcome(findings, mended, left)
    if wanted.only_check:
        return outcome
    say(_("正在写入……"))
    return lay(prepared, outcome, actor=None, now=timezone.now(), source=path.name)


def _polygon(shape: BaseGeometry | None) -> BaseGeometry | None:
    return (
        shape if shape is not None and shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty else None
    )


def _in_wgs84(rows: Rows, wanted: Wanted) -> npt.NDArray[np.object_]:
    crs = crs_named(wanted.crs or rows.crs)
    try:
        return np.asarray(geometry_to_wgs84(shapely.force_2d(rows.shapes), crs), dtype=object)
    except ValueError as unknown:
        text = _("不认识坐标系 %(crs)s。请使用 WGS84、GCJ02、BD09、CGCS2000、高斯-克吕格带名或 EPSG 编号。")
        raise Refused("bad-crs", text % {"crs": crs}, status=422) from unknown


def _tiers(rows: Rows, wanted: Wanted) -> list[Tier]:
    """Each row's tier: one for all, or as a column says."""
    if not wanted.tier_field:
        return [tier_named(wanted.tier)] * len(rows)
    words = rows.column(wanted.tier_field)
    known = {word: tier_named(word) for word in dict.fromkeys(words)}
    return [known[word] for word in words]


def _parents(rows: Rows, wanted: Wanted, tiers: list[Tier], shapes: npt.NDArray[np.object_]) -> list[str]:
    """Each row's parent by code: as the file says, as the operator says, else the lowest drawn node it lies in, else the town."""
    top = Tier.objects.order_by("depth").values_list("pk", flat=True).first()
    if wanted.parent_field:
        named = rows.column(wanted.parent_field)
        return ["" if tier.pk == top else parent for tier, parent in zip(tiers, named, strict=True)]
    if wanted.parent:
        return [wanted.parent] * len(rows)
    highest = min((tier.depth for tier in tiers), default=0)
    if not Tier.objects.filter(depth__lt=highest).exists():
        return [""] * len(rows)
    root = town()
    drawn = Node.objects.filter(tier__depth__lt=highest, valid_to__isnull=True, boundary__isnull=False)
    above = [(code, wkb) for code, wkb in drawn.order_by("-tier__depth", "code").values_list("code", "boundary") if wkb]
    if not above:
        return [root.code] * len(rows)
    tree = shapely.STRtree([shapely.from_wkb(bytes(wkb)) for _code, wkb in above])
    codes = [code for code, _wkb in above]
    return [_lowest(tree, shape, codes) or root.code for shape in shapes]


def _lowest(tree: shapely.STRtree, shape: BaseGeometry | None, codes: list[str]) -> str:
    if shape is None:
        return ""
    inside = tree.query(shapely.point_on_surface(shape), predicate="intersects")
    return codes[min(inside)] if len(inside) else ""


def _above(codes: set[str], inside: set[str]) -> dict[str, BaseGeometry | None]:
    """The parents, those of the file itself without a shape: they are surveyed among their like."""
    wanted = sorted(codes - {""} - inside)
    found: dict[str, BaseGeometry | None] = dict.fromkeys(codes & inside)
    for at in range(0, len(wanted), 2_000):
        nodes = Node.objects.filter(code__in=wanted[at : at + 2_000], valid_to__isnull=True)
        found |= {code: stored(wkb) for code, wkb in nodes.values_list("code", "boundary")}
    return found
