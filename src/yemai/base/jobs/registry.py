"""Kinds of jobs by name, and which of them run by the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .models import Job

Handler = Callable[[Job, datetime], Any]
Periodic = Callable[[datetime], Any]


@dataclass(frozen=True)
class Beat:
    """A periodic kind and how often it runs; turns are counted from 1970 UTC, so every process counts alike."""

    kind: str
    minutes: int

    def turn(self, now: datetime) -> datetime:
        """The moment its present turn began."""
        seconds = self.minutes * 60
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)

    def next_turn(self, now: datetime) -> datetime:
        """The moment its next turn begins."""
        return self.turn(now) + timedelta(minutes=self.minutes)


HANDLERS: dict[str, Handler] = {}
PULSES: list[Periodic] = []
BEATS: dict[str, Beat] = {}


def job(kind: str) -> Callable[[Handler], Handler]:
    """Register a function of (job, now) under `kind`; what it returns (JSON) is kept as the job's result.

    It may be run twice: after an error, and when its worker died. `actions.progress` says how far it is.
    Raises ValueError for a kind that another function has.
    """

    def register(function: Handler) -> Handler:
        _enter(kind, function)
        return function

    return register


def every(kind: str, *, minutes: int) -> Callable[[Periodic], Periodic]:
    """Register a function of (now) that runs every `minutes`, once however many workers there are. As `job`."""
    if minutes < 1:
        raise ValueError(f"{kind} can't run every {minutes} minutes")

    def register(function: Periodic) -> Periodic:
        _enter(kind, lambda _job, now: function(now))
        BEATS[kind] = Beat(kind, minutes)
        return function

    return register


def pulse(function: Periodic) -> Periodic:
    """Register a function of (now) that a worker calls between jobs, about once a second, and again while it returns
    more than 0. It has no row in the table of jobs, so it must cost one cheap question when there is nothing to do; two
    workers may call it at once."""
    PULSES.append(function)
    return function


def _enter(kind: str, handler: Handler) -> None:
    if kind in HANDLERS:
        raise ValueError(f"two functions are registered as {kind!r}")
    HANDLERS[kind] = handler
