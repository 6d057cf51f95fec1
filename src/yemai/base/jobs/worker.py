"""The worker's loop: does what is due until it is told to stop."""

import logging
import threading

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from .actions import run_due

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
