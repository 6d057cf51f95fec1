"""From numbers to a score out of 100, a grade and stars. Every step is kept, so that a score can be opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from yemai.kernel.refusals import Refused

from ..indicators.registry import INDICATORS, Better
from .fairness import Rate, shrunk

WHOLE = 100
VOLUME_MOST = 25
"""Points that mere volume may bring at most: who does much and does it badly earns nothing by it."""
COVERED_LEAST = 50
"""Points of a scheme that must have data: a score is not made from a tenth of it scaled up."""
GRADES = ((90.0, "A"), (75.0, "B"), (60.0, "C"), (40.0, "D"), (0.0, "E"))
STARS = ((95.0, 5), (90.0, 4), (80.0, 3), (70.0, 2), (60.0, 1), (0.0, 0))
"""From which score on; defaults of the town's own bands."""


class How(StrEnum):
    """How an indicator becomes points: a rate, what a rate leaves of the whole (1 − rate), or a band of a count."""

    RATE = "rate"
    COMPLEMENT = "complement"
    BAND = "band"


@dataclass(frozen=True)
class Item:
    """One line of a scheme: an indicator, its weight, and for counts the bands as (from, points) from below."""

    indicator: str
    weight: int
    how: How
    bands: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Part:
    """What one line gave: its points out of 100 (None: no data), the weight it had in the end, and its rate."""

    item: Item
    num: int
    den: int
    points: float | None
    weight: float
    rate: Rate | None = None

    @property
    def earned(self) -> float:
        """What it adds to the score."""
        return 0.0 if self.points is None else self.points * self.weight / WHOLE


@dataclass(frozen=True)
class Scored:
    """A score out of 100 with the parts it is made of; None where no rate had anything to divide by."""

    score: float | None
    low: float | None
    high: float | None
    cases: int
    parts: tuple[Part, ...]


def check_items(items: Sequence[Item]) -> None:
    """Raises Refused 422 `bad-scheme`: weights that do not add to 100, an indicator twice or unknown, bands out of order,
    or more than a quarter of the points for volume."""
    if (whole := sum(item.weight for item in items)) != WHOLE:
        raise _bad(_("各项权重加起来是 %(whole)s，要等于 100 才能保存。") % {"whole": whole})
    seen: set[str] = set()
    for item in items:
        known = INDICATORS.get(item.indicator)
        if known is None or item.indicator in seen or item.weight < 1:
            raise _bad(_("指标“%(key)s”不存在、重复或没有权重。") % {"key": known.label if known else item.indicator})
        seen.add(item.indicator)
        starts = [start for start, _points in item.bands]
        is_band = item.how == How.BAND
        if is_band == known.is_rate or is_band != bool(starts):
            raise _bad(_("“%(name)s”：数量要有分档，比率不要分档。") % {"name": known.label})
        if (
            starts != sorted(set(starts))
            or (starts and starts[0] != 0)
            or any(not 0 <= p <= 100 for _s, p in item.bands)
        ):
            raise _bad(_("“%(name)s”的分档要从 0 起、从小到大，分数在 0 到 100 之间。") % {"name": known.label})
    if sum(item.weight for item in items if item.how == How.BAND) > VOLUME_MOST:
        raise _bad(_("数量类指标合计不能超过 %(most)s 分：只多不好，不得分。") % {"most": VOLUME_MOST})


def usual_how(indicator: str) -> How:
    """How an indicator counts where a scheme does not say."""
    known = INDICATORS[indicator]
    if not known.is_rate:
        return How.BAND
    return How.COMPLEMENT if known.better is Better.LESS else How.RATE


def scored(
    items: Sequence[Item], numbers: Mapping[str, tuple[int, int]], town: Mapping[str, float], prior: float
) -> Scored:
    """The score of one subject from its numbers (`indicator: (numerator, denominator)`; a count's denominator is 0).

    `town`: the town's own rate of each indicator, toward which small numbers are drawn with the weight `prior` (cases).
    A line without data is left out and the other weights are scaled up to 100: never 0 % and never 100 %. Where less
    than half of the weight has data there is no score, nor where no rate has, for volume alone earns nothing. The interval adds up the spread of the lines as if they
    were independent.
    """
    open_parts = [_part(item, *numbers.get(item.indicator, (0, 0)), town.get(item.indicator), prior) for item in items]
    weight = sum(part.item.weight for part in open_parts if part.points is not None)
    has_rate = any(part.rate is not None for part in open_parts)
    cases = int(max((part.rate.den for part in open_parts if part.rate is not None), default=0))
    if not has_rate or weight < COVERED_LEAST:
        return Scored(None, None, None, cases, tuple(open_parts))
    scale = WHOLE / weight
    parts = tuple(
        Part(one.item, one.num, one.den, one.points, 0.0 if one.points is None else one.item.weight * scale, one.rate)
        for one in open_parts
    )
    score = sum(part.earned for part in parts)
    spread = sum((part.weight * (part.rate.high - part.rate.low) / 2) ** 2 for part in parts if part.rate) ** 0.5
    return Scored(
        round(score, 4), round(max(score - spread, 0.0), 4), round(min(score + spread, 100.0), 4), cases, parts
    )


def grade_of(score: float) -> str:
    """A from 90, B from 75, C from 60, D from 40, else E."""
    return next(grade for start, grade in GRADES if score >= start)


def stars_of(score: float, *, is_stopped: bool, bands: Sequence[tuple[float, int]] = STARS) -> int:
    """Stars by bands; a hard stop (falsified record, safety accident, upheld complaint) caps them at one."""
    stars = next((stars for start, stars in sorted(bands, reverse=True) if score >= start), 0)
    return min(stars, 1) if is_stopped else stars


def _part(item: Item, num: int, den: int, town: float | None, prior: float) -> Part:
    if item.how == How.BAND:
        points = [points for start, points in item.bands if num >= start][-1]
        return Part(item, num, den, float(points), float(item.weight))
    scale = INDICATORS[item.indicator].scale
    rate = shrunk(num / scale, den / scale, town, prior) if town is not None else None
    if rate is None:
        return Part(item, num, den, None, 0.0)
    share = 1 - rate.value if item.how == How.COMPLEMENT else rate.value
    return Part(item, num, den, share * WHOLE, float(item.weight), rate)


def _bad(text: str) -> Refused:
    return Refused("bad-scheme", text, status=422, fields={"items": text})
