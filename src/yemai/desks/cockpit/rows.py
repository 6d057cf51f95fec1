"""The cases behind a figure of the cockpit: those that were counted into it, by the facts it was counted from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.rules import ids_of
from yemai.modules.assessment.counting import BUCKETS, DAY
from yemai.modules.assessment.indicators.counted import NEAR
from yemai.modules.assessment.models import CaseFact

from .figures import DAYS, SATISFIED

Span = tuple[int, int]


@dataclass(frozen=True)
class Behind:
    """A figure's rows: what it is called, which facts it speaks of, and what each adds to the part that counts."""

    label: Any
    where: Callable[[Span], Q]
    value: Callable[[Any, float], float]


def _within(column: str, more: Q) -> Callable[[Span], Q]:
    return lambda span: more & Q(**{f"{column}__gte": span[0], f"{column}__lt": span[1]})


_CAME = _within("reported_at", Q())
_WENT = _within("closed_at", Q(stage="closed"))
_DISPOSED = _within("disposed_at", Q(is_voided=False))
_CALLED = _within("scored_at", Q(is_valid_call=True))


def _satisfied(fact: Any, fair: float) -> float:
    score = str(fact.score)
    return 1 if score in SATISFIED else fair if score == "3" else 0


def _lasted(start: int) -> Callable[[Span], Q]:
    """Closed after `start` days or more, and before the next bucket begins."""
    end = next((one for one in BUCKETS if one > start), None)
    took = Q(closed_at__gte=F("reported_at") + start * DAY)
    return lambda span: _WENT(span) & (took if end is None else took & Q(closed_at__lt=F("reported_at") + end * DAY))


FIGURES: dict[str, Behind] = {
    "in_time": Behind(_("按期处置率"), _DISPOSED, lambda fact, _fair: not fact.was_overdue),
    "near": Behind(_("一格解决率"), _WENT, lambda fact, _fair: fact.outcome == "solved" and fact.rung in NEAR),
    "contacted": Behind(_("响应率"), _CALLED, lambda fact, _fair: fact.was_contacted),
    "solved": Behind(_("解决率"), _CALLED, lambda fact, _fair: fact.outcome == "solved"),
    "satisfied": Behind(_("满意率"), _CALLED, _satisfied),
    "returned": Behind(_("退单"), _CAME, lambda fact, _fair: fact.returns),
    **{f"days-{at}": Behind(_("多少天办结"), _lasted(at), lambda _fact, _fair: 1) for at in (0, *BUCKETS)},
}


def span_of(today: date) -> Span:
    """The days a cockpit looks back on, in seconds, half open."""
    zone = timezone.get_default_timezone()
    ends = (today - timedelta(days=DAYS - 1), today + timedelta(days=1))
    first, last = (int(datetime.combine(day, time(), zone).timestamp()) for day in ends)
    return first, last


def facts_behind(what: str, *, path: str = "", unit: int | None = None, today: date) -> QuerySet[CaseFact]:
    """The facts a figure of a piece of ground, or of a unit, speaks of; the newest first. Raises KeyError."""
    here = Q(lead_unit_id=unit) if unit is not None else Q(**{f"node_{len(ids_of(path))}": ids_of(path)[-1]})
    found = CaseFact.objects.filter(here, FIGURES[what].where(span_of(today)), is_excluded=False)
    return found.order_by("-reported_at", "-pk")
