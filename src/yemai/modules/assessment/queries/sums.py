"""Sums of the kept counts over a span of days: what they cost does not grow with the number of cases."""

from collections import defaultdict
from datetime import date

from django.db.models import Sum

from ..counting import EPOCH
from ..models import Count


def sums_between(node_id: int, first: date, last: date) -> dict[str, dict[str, int]]:
    """Of each kind of count (`counting.counted`) and key how many there were on a piece of ground from day to day."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    rows = Count.objects.filter(
        scope=Count.Scope.NODE, scope_id=node_id, day__range=(first.toordinal() - EPOCH, last.toordinal() - EPOCH)
    )
    for what, key, number in rows.values_list("what", "key").annotate(n=Sum("number")):
        found[what][key] = number
    return found
