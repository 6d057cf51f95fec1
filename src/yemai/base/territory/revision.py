"""In-memory indexes that follow the database: every process rebuilds its own within two seconds of a change."""

import threading
import time
import uuid
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import connection

from .models import Revision
from .terms import Topic

T = TypeVar("T")

CHECK_SECONDS = 1.0
"""How long a process trusts what it last saw; half of the two seconds promised, the rest is left to the rebuild."""

_last_touch = 0
_touch_lock = threading.Lock()


def touch(*topics: Topic) -> None:
    """Note that what `topics` are built from has changed; call it inside the writing transaction, before reading.

    It also takes the row's lock, so on PostgreSQL two writers of the ground never pick the same next code.
    """
    global _last_touch
    for topic in topics:
        Revision.objects.update_or_create(topic=topic, defaults={"token": uuid.uuid4().hex})
    with _touch_lock:
        _last_touch += 1


class Followed(Generic[T]):
    """A value built from the database, rebuilt when the revision of its topic is another one."""

    def __init__(self, topic: Topic, build: Callable[[], T]) -> None:
        self._topic, self._build = topic, build
        self._lock = threading.Lock()
        self._value: T | None = None
        self._token = ""
        self._checked_at = float("-inf")
        self._seen_touch = -1

    def current(self) -> T:
        """The value as of at most a second ago; inside a transaction, as of now.

        A transaction sees its own writes, and may be rolled back: it always asks for the revision. Where none was ever
        written (rows put in past the actions) nothing is kept.
        """
        value = self._value
        if (
            value is not None
            and not connection.in_atomic_block
            and self._seen_touch == _last_touch
            and time.monotonic() - self._checked_at < CHECK_SECONDS
        ):
            return value
        seen, at = _last_touch, time.monotonic()
        token = self._read_token()  # before the build: a change in between makes the next check rebuild
        with self._lock:
            if self._value is None or not token or token != self._token:
                self._value, self._token = self._build(), token
            self._checked_at, self._seen_touch = at, seen
            return self._value

    def _read_token(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT token FROM territory_revision WHERE topic = %s", [self._topic.value])
            row = cursor.fetchone()
        return str(row[0]) if row else ""
