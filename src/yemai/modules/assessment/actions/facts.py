"""Facts and their counts are written together: whatever a changed fact no longer is goes out as what it is comes in."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from yemai.base.transactions import writing

from ..counting import DAY, KEPT_DAYS, NOW, Scoped, difference, is_kept, local_day, scoped
from ..facts import COLUMNS
from ..models import CaseFact, Count, PendingFact, StaleMonth
from ..periods import month_of

NAMES = [column.name for column in COLUMNS]
AT_ONCE = 200
PART = 500_000
"""Counts held in memory while all are made anew."""
Reader = Callable[[Sequence[int]], Iterable[Mapping[str, Any]]]


def note_changed(case_ids: Iterable[int]) -> None:
    """Let the facts of these cases be written anew; inside the transaction that changes them.

    The row is touched even where it lies there: a worker that has it waits for this change, or is waited for.
    """
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {PendingFact._meta.db_table} (case_id) VALUES (%s) "  # noqa: S608 - our own name
            "ON CONFLICT (case_id) DO UPDATE SET case_id = excluded.case_id",
            [(one,) for one in case_ids],
        )


def take_pending(read: Reader, *, most: int = AT_ONCE) -> int:
    """Write the facts of cases that wait, the newest first; how many they were. A case that changes meanwhile waits again.

    `read` gives facts by the ids of cases; it is asked inside the transaction that takes them off.
    """
    if not PendingFact.objects.exists():
        return 0
    with writing():
        waiting = PendingFact.objects.select_for_update(skip_locked=True).order_by("-case_id")[:most]
        ids = [one.case_id for one in waiting]
        PendingFact.objects.filter(case_id__in=ids).delete()
        put_facts(ids, read(ids))
    return len(ids)


def put_facts(case_ids: Sequence[int], facts: Iterable[Mapping[str, Any]]) -> None:
    """Write these cases' facts, and the difference they make into the counts; inside a transaction. No fact: none any more."""
    zone = timezone.get_default_timezone()
    before = {
        row["case_id"]: row for row in CaseFact.objects.filter(pk__in=case_ids).select_for_update().values(*NAMES)
    }
    after = {fact["case_id"]: fact for fact in facts}
    change: Counter[Scoped] = Counter()
    for case_id in case_ids:
        change.update(difference(before.get(case_id), after.get(case_id), zone))
    changed = [fact for case_id, fact in after.items() if before.get(case_id) != fact]
    CaseFact.objects.bulk_create(
        [CaseFact(**fact) for fact in changed],
        update_conflicts=True,
        unique_fields=["case_id"],
        update_fields=[name for name in NAMES if name != "case_id"],
        batch_size=AT_ONCE,
    )
    CaseFact.objects.filter(pk__in=[one for one in case_ids if one not in after]).delete()
    replaced = [fact for case_id, fact in before.items() if after.get(case_id) != fact]
    _mark_stale({month_of(fact["reported_at"], zone) for fact in [*changed, *replaced]})
    _add(change)


def rebuild_counts() -> int:
    """Count everything anew from the facts; how many counts there are. For repair and for the first fill.

    Facts that neither hold now nor happened within `KEPT_DAYS` are not read: what it costs does not grow with history.
    """
    zone = timezone.get_default_timezone()
    since = int(timezone.now().timestamp()) - KEPT_DAYS * DAY
    part: Counter[Scoped] = Counter()
    with writing():
        Count.objects.all().delete()
        for fact in CaseFact.objects.filter(Q(is_open=True) | Q(last_at__gte=since)).values(*NAMES).iterator(2000):
            part.update(scoped(fact, zone))
            if len(part) > PART:
                _add(part)
                part.clear()
        _add(part)
    return Count.objects.count()


def drop_old_counts() -> int:
    """Take out the counts of days that are not kept any longer; how many they were."""
    return Count.objects.filter(day__gt=NOW, day__lte=_today() - KEPT_DAYS).delete()[0]


def _today() -> int:
    return local_day(int(timezone.now().timestamp()), timezone.get_default_timezone())


def _mark_stale(months: set[int]) -> None:
    table = StaleMonth._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (month, changes) VALUES (%s, 1) "  # noqa: S608 - our own name
            f"ON CONFLICT (month) DO UPDATE SET changes = {table}.changes + 1",
            [(month,) for month in sorted(months)],
        )


def _add(change: Mapping[Scoped, int]) -> None:
    """Add to the counts; those that come to nothing go. In one order, so that two workers never wait for each other."""
    today = _today()
    rows = [(*one, change[one]) for one in sorted(change) if change[one] and is_kept(one[-1], today)]
    table = Count._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (scope, scope_id, what, key, day, number) VALUES (%s, %s, %s, %s, %s, %s) "  # noqa: S608 - our own name
            f"ON CONFLICT (scope, scope_id, what, day, key) DO UPDATE SET number = {table}.number + excluded.number",
            rows,
        )
        cursor.executemany(
            f"DELETE FROM {table} WHERE scope = %s AND scope_id = %s AND what = %s AND key = %s AND day = %s AND number = 0",  # noqa: S608 - our own name
            [row[:5] for row in rows if row[5] < 0],
        )
