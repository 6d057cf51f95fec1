"""Sums of the counts over a span of days on a piece of ground."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.db.models import Sum
from django.utils import timezone

from ..counting import EPOCH, KEPT_DAYS, counted
from ..models import CaseFact, Count

Sums = Mapping[str, Mapping[str, int]]
"""Nothing counted reads as an empty mapping: both kinds are default dicts."""


def sums_between(node_id: int, level: int, first: date, last: date) -> Sums:
    """Of each kind of count (`counting.counted`) and key how many there were on a node of tier `level` from day to day.

    From the kept counts, which cost the same whatever the number of cases; of a span longer ago from its facts.
    """
    if first > timezone.localdate() - timedelta(days=KEPT_DAYS):
        return _kept(node_id, first, last)
    return _from_facts(node_id, level, first, last)


def _kept(node_id: int, first: date, last: date) -> Sums:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    rows = Count.objects.filter(
        scope=Count.Scope.NODE, scope_id=node_id, day__range=(first.toordinal() - EPOCH, last.toordinal() - EPOCH)
    )
    for what, key, number in rows.values_list("what", "key").annotate(n=Sum("number")):
        found[what][key] = number
    return found


def _from_facts(node_id: int, level: int, first: date, last: date) -> Sums:
    zone = timezone.get_default_timezone()
    start, end = (int(datetime.combine(day, time(), zone).timestamp()) for day in (first, last + timedelta(days=1)))
    facts = CaseFact.objects.filter(reported_at__lt=end, last_at__gte=start, **{f"node_{level}": node_id})
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for fact in facts.values().iterator():
        for (what, key, day), number in counted(fact, zone).items():
            if first.toordinal() - EPOCH <= day <= last.toordinal() - EPOCH:
                found[what][key] += number
    return found
