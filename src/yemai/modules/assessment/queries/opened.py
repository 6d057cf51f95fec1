"""A result opened: each line with its formula in words, its numbers, its points, and the rows behind them."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.territory.rules import ids_of

from ..engines import duckdb_facts
from ..indicators.registry import INDICATORS, Indicator
from ..models import Result
from ..periods import period_of
from ..rules.scoring import How, Part, scored
from ..subjects import Subject
from .facts import facts_on


@dataclass(frozen=True)
class Line:
    """One line of an opened result."""

    indicator: Indicator
    part: Part
    town: float | None

    @property
    def words(self) -> str:
        """How the points came about, in a sentence anybody can follow."""
        part, rate = self.part, self.part.rate
        if part.points is None:
            return _("周期内没有可算的事件（无数据），这一项不计，其他项的权重按比例放大。")
        if rate is None:
            return _("共 %(number)s 件，按分档得 %(points).1f 分。") % {"number": part.num, "points": part.points}
        said = _("%(formula)s：%(num)g ÷ %(den)g = %(raw).1f%%。") % {
            "formula": self.indicator.formula, "num": rate.num, "den": rate.den, "raw": rate.raw * 100,
        }  # fmt: skip
        said += _("件数少时向全镇的 %(town).1f%% 靠拢，折算为 %(value).1f%%（%(low).1f%%–%(high).1f%%）。") % {
            "town": (self.town or 0) * 100, "value": rate.value * 100, "low": rate.low * 100, "high": rate.high * 100,
        }  # fmt: skip
        if part.item.how == How.COMPLEMENT:
            said += _("越少越好，取 100%% 减去它。") % ()
        return said


@dataclass(frozen=True)
class Row:
    """One case behind a number."""

    case_id: int
    reported_at: datetime
    counts: bool
    """In the numerator, too."""


def lines_of(result: Result) -> list[Line]:
    """A result's lines, worked out again from its frozen numbers by the version it was made with."""
    town = {key: num / den for key, (num, den) in result.run.town.items() if den}
    numbers = {key: (num, den) for key, (num, den) in result.numbers.items()}
    said = scored(result.run.version.lines(), numbers, town, float(result.run.version.prior))
    return [Line(INDICATORS[part.item.indicator], part, town.get(part.item.indicator)) for part in said.parts]


def rows_behind(result: Result, indicator: Indicator) -> list[Row]:
    """The cases behind a line's numbers, the oldest first; as the facts stand today."""
    subject = Subject(result.run.version.subject)
    period = period_of(result.run.period, timezone.get_default_timezone())
    connection, facts = duckdb_facts(facts_on(subject.column, result.subject_id, period))
    facts = facts.filter(facts[f"node_{len(ids_of(result.run.node.path))}"] == result.run.node_id)
    seen = facts.filter(~facts.is_excluded)
    above = indicator.numerator(seen, period).cast("int32") > 0
    below = above if indicator.denominator is None else indicator.denominator(seen, period).cast("int32") > 0
    picked = seen.filter(below).select(seen.case_id, seen.reported_at, counts=above).order_by("reported_at", "case_id")
    zone = timezone.get_default_timezone()
    return [
        Row(row["case_id"], datetime.fromtimestamp(row["reported_at"], zone), row["counts"])
        for row in connection.to_pyarrow(picked).to_pylist()
    ]
