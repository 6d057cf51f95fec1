"""Points to nodes of one tier, by the same rule as everywhere: lowest code, edges and overlaps flagged for a person."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from yemai.base.territory import locate
from yemai.base.territory.geometry import stored
from yemai.base.territory.models import Node, Tier
from yemai.kernel.refusals import Refused

NO_POINT = "no-point"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Locator:
    """The boundaries of a tier in memory, with their codes."""

    codes: dict[int, str]
    ground: locate.Ground

    @classmethod
    def of(cls, tier: Tier | None) -> "Locator":
        """Of a tier; by default the one cases settle in where it is drawn, else the lowest that is. Raises Refused."""
        drawn = Node.objects.filter(valid_to__isnull=True, boundary__isnull=False)
        if tier is None:
            tiers = Tier.objects.filter(pk__in=drawn.values("tier")).order_by("-is_settling", "-depth")
            tier = tiers.first()
        rows = list(drawn.filter(tier=tier).order_by("code").values_list("pk", "code", "boundary")) if tier else []
        if not rows:
            raise Refused("not-drawn", _("这一级还没有边界。请先用 yemai territory import 导入。"))
        shapes = np.empty(len(rows), dtype=object)
        shapes[:] = [stored(wkb) for _pk, _code, wkb in rows]
        return cls({pk: code for pk, code, _wkb in rows}, locate.Ground([pk for pk, _code, _wkb in rows], shapes))


def located_rows(locator: Locator, lons: Floats, lats: Floats) -> Iterator[tuple[str, str]]:
    """Code ("" for none) and flag of each point; `no-point` where a coordinate is missing or not on earth."""
    is_point = np.isfinite(lons) & np.isfinite(lats) & (np.abs(lons) <= 180) & (np.abs(lats) <= 90)
    for real, found in zip(is_point, locator.ground.locate_many(lons, lats), strict=True):
        if not real:
            yield "", NO_POINT
        else:
            yield locator.codes[found.node_id] if found.node_id is not None else "", found.flag.value
