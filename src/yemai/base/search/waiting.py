"""What waits to go into the index: a step puts a case here, the worker takes many out at once."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from yemai.base.transactions import writing

from .index import Entry, put
from .models import Waiting

BATCH, MANY = 1_000, 10_000
READ_MOST = 2_000
"""So many of those that wait are looked at one by one in a search: more than a worker ever leaves for a minute."""
Reader = Callable[[Sequence[int]], Iterable[Entry]]


def wait(*case_ids: int) -> None:
    """Let these be indexed anew, in the caller's transaction."""
    # A third of what the ORM takes: it is part of every report and step. The row that is there already is locked, lest
    # a worker take it out before this transaction has shown what changed.
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {Waiting._meta.db_table} (case_id) VALUES (%s) "  # noqa: S608 - our own name
            "ON CONFLICT (case_id) DO UPDATE SET case_id = excluded.case_id",
            [(one,) for one in case_ids],
        )


def wait_for_all(cases: QuerySet[Any]) -> None:
    """Let all of these be indexed anew: the first time, or after the terms of words have changed."""
    ids = list(cases.order_by("pk").values_list("pk", flat=True))
    for at in range(0, len(ids), MANY):
        with writing():
            wait(*ids[at : at + MANY])


def newest_waiting(most: int = READ_MOST) -> list[int]:
    """Those to be looked at besides the index."""
    return list(Waiting.objects.order_by("-case_id").values_list("case_id", flat=True)[:most])


def take_in(read: Reader, batch: int = BATCH) -> int:
    """Index the newest of those that wait; how many they were. A case that changes meanwhile waits again.

    `read` gives the entries of cases by their ids; inside the same transaction, so that nothing newer is lost.
    """
    with writing():
        chosen = Waiting.objects.select_for_update(skip_locked=True).order_by("-case_id")[:batch]
        ids = [one.case_id for one in chosen]
        Waiting.objects.filter(case_id__in=ids).delete()
        put(read(ids))
    return len(ids)
