"""`yemai worker`: does what is due (reminders, messages, imports) until it is told to stop."""

import argparse
import fcntl
import logging
import signal
import threading

from yemai.conf.commands import Commands, declare
from yemai.conf.environment import Misconfigured, data_directory

AT_ONCE = 50
IDLE_SECONDS = 1.0
TROUBLE_SECONDS = 10.0


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(
        commands,
        place,
        "worker",
        "do what is due: reminders, messages, imports; `yemai up` starts one by itself",
        run,
        "One worker serves a data directory; a second one refuses to start.",
    )
    parser.add_argument("--once", action="store_true", help="do what is due now, then end")


def run(options: argparse.Namespace) -> int:
    """Claim and do jobs; a stop lets the job under way finish."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with (data_directory() / "worker.lock").open("a+") as lock:  # held for life: `yemai check` sees by it that a worker lives
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misconfigured("A worker already serves this data directory; `yemai up` starts one by itself.") from None
        work(stop, once=options.once)
    return 0


def work(stop: threading.Event, *, once: bool) -> None:
    """The loop. A database that does not answer is waited for, not died of."""
    import django

    django.setup()
    from django.db import OperationalError, close_old_connections
    from django.utils import timezone

    from yemai.base.jobs.actions import run_due

    log = logging.getLogger("yemai.worker")
    while not stop.is_set():
        try:
            close_old_connections()
            done = run_due(timezone.now(), AT_ONCE)
        except OperationalError:
            log.exception("the database does not answer; trying again")
            close_old_connections()
            if once:
                raise
            stop.wait(TROUBLE_SECONDS)
            continue
        if once and not done:
            return
        if not done:
            stop.wait(IDLE_SECONDS)
