"""`yemai worker`: does what is due (reminders, messages, imports) until it is told to stop."""

import argparse
import fcntl
import signal
import threading

from yemai.conf.commands import Commands, declare
from yemai.conf.environment import Misconfigured, data_directory


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
    # Held for life: `yemai check` sees by it that a worker lives.
    with (data_directory() / "worker.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misconfigured(
                "A worker already serves this data directory; `yemai up` starts one by itself."
            ) from None
        import django

        django.setup()
        from yemai.base.jobs.worker import work_forever

        work_forever(stop, once=options.once)
    return 0
