"""Keeps the web server and the worker running as children of one process: starts, restarts, stops them."""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

STEADY_SECONDS = 60  # a child that ran this long starts again at once when it dies
LONGEST_WAIT_SECONDS = 60
STOP_SECONDS = 15  # what a request or a job under way may still take after a stop was asked
PR_SET_PDEATHSIG = 1
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Child:
    """One process to keep running; it leads a process group of its own, so nothing it started outlives it."""

    name: str
    command: Sequence[str]
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0
    start_again: float = field(default=0.0)

    def start(self) -> None:
        """Start it, told by the kernel to stop when this process dies in whatever way."""
        self.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=stop_with_parent,
            pass_fds=self.pass_fds,
        )
        self.started = time.monotonic()

    def signal_group(self, number: int) -> None:
        """Send a signal to the child and all it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):  # the whole group is gone already, as it should be
                os.killpg(self.process.pid, number)

    def wait_before_restart(self) -> float:
        """Seconds to wait after a death: none after a steady run, then 1, 2, 4 … at most a minute."""
        if time.monotonic() - self.started >= STEADY_SECONDS:
            self.deaths = 0
        self.deaths += 1
        return float(min(2 ** (self.deaths - 1), LONGEST_WAIT_SECONDS))


class Supervisor:
    """The parent: `run` returns when a stop was asked for, with every child gone.

    The first child starts alone; when `ready` says that it serves, the others follow and `announce` is called.
    """

    def __init__(
        self,
        children: Sequence[Child],
        ready: Callable[[], bool],
        announce: Callable[[], None],
        *,
        start_seconds: float,
        hands_back: int | None = None,
    ) -> None:
        self.children = children
        self.ready = ready
        self.announce = announce
        self.start_seconds = start_seconds
        self.hands_back = hands_back
        self.stops = 0

    def run(self) -> int:
        """0 when asked to stop, 1 when the first child could not be brought up.

        When it ends with the code `hands_back` instead of serving, that code: the caller has something to do first.
        """
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, self._ask_stop) for number in STOPS}
        handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake the wait below
        try:
            first, *others = self.children
            first.start()
            code = self._bring_up(first, reader)
            if code is not None:
                return code
            for child in others:
                child.start()
            while not self.stops:
                self._look_after()
                self._wait(reader, 1.0)
            return 0
        finally:
            self._stop_all(reader)
            signal.set_wakeup_fd(-1)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            os.close(reader)
            os.close(writer)

    def _ask_stop(self, *_: object) -> None:
        self.stops += 1

    def _bring_up(self, first: Child, reader: int) -> int | None:
        """Wait until the first child serves; an exit code where it does not come to that."""
        deadline = time.monotonic() + self.start_seconds
        while not self.stops:
            ended = first.process.poll() if first.process else None
            if ended is not None and ended == self.hands_back:
                return ended
            if ended is not None or time.monotonic() > deadline:
                what = f"ended with code {ended} while starting" if ended is not None else "does not answer"
                print(f"yemai up: {first.name} {what}; the lines above say why.", file=sys.stderr)
                return 1
            if self.ready():
                self.announce()
                return None
            self._wait(reader, 0.05)
        return 0

    def _look_after(self) -> None:
        """Start again what is due, plan a restart for what has just died."""
        for child in self.children:
            if child.process is None:
                if time.monotonic() >= child.start_again:
                    child.start()
            elif (code := child.process.poll()) is not None:
                child.signal_group(signal.SIGKILL)
                wait = child.wait_before_restart()
                print(
                    f"yemai up: {child.name} ended with code {code}; starting it again in {wait:.0f} s.",
                    file=sys.stderr,
                )
                child.process, child.start_again = None, time.monotonic() + wait

    def _wait(self, reader: int, seconds: float) -> None:
        """Until a signal arrives (a stop, or a child's death) or the time is over."""
        if select.select([reader], [], [], seconds)[0]:
            os.read(reader, 512)

    def _stop_all(self, reader: int) -> None:
        """Ask each child to finish, wait a while, then end what is left of its group. A second Ctrl-C cuts the wait."""
        asked, deadline = self.stops, time.monotonic() + STOP_SECONDS
        alive = [child for child in self.children if child.process is not None]
        for child in alive:
            if child.process is not None:
                child.process.terminate()
        while (
            time.monotonic() < deadline
            and self.stops == asked
            and any(c.process and c.process.poll() is None for c in alive)
        ):
            self._wait(reader, 0.2)
        for child in alive:
            child.signal_group(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()


def stop_with_parent() -> None:
    """In the child, before it becomes its program: on Linux, be told to stop when the supervisor is killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
