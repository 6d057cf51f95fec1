"""The worker's loop: does what is due until it is told to stop."""

import logging
import threading

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from .actions import run_due
from .registry import PULSES, Periodic

IDLE_SECONDS = 1.0
TROUBLE_SECONDS = 10.0
log = logging.getLogger("yemai.worker")


def work_forever(stop: threading.Event, *, once: bool = False) -> None:
    """Run due jobs until `stop` is set (the job under way is finished), or with `once` until none is due.

    A database that does not answer is waited for, not died of; with `once` its error is raised.
    """
    while not stop.is_set():
        try:
            close_old_connections()
            ran = run_due(timezone.now(), 1)  # one at a time: each has its own now, and a stop is heard in between
            ran += sum(_beaten(one) for one in PULSES)
        except (OperationalError, InterfaceError):
            log.exception("the database does not answer; trying again")
            close_old_connections()
            if once:
                raise
            stop.wait(TROUBLE_SECONDS)
            continue
        if once and not ran:
            return
        if not ran:
            stop.wait(IDLE_SECONDS)


def _beaten(one: Periodic) -> int:
    """What a pulse did; one that fails is told of and does not stop the others, nor the jobs."""
    try:
        return int(one(timezone.now()))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("pulse %s.%s failed", one.__module__, one.__qualname__)
        return 0
