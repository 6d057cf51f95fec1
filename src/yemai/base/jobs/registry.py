"""Kinds of jobs by name, and which of them run by the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .models import Job

Handler = Callable[[Job, datetime], Any]
Periodic = Callable[[datetime], Any]


@dataclass(frozen=True)
class Beat:
    """A periodic kind and how often it runs."""

    kind: str
    minutes: int


HANDLERS: dict[str, Handler] = {}
BEATS: dict[str, Beat] = {}


def job(kind: str) -> Callable[[Handler], Handler]:
    """Register a function of (job, now) under `kind`; what it returns (a dict) is kept as the job's result."""

    def register(function: Handler) -> Handler:
        HANDLERS[kind] = function
        return function

    return register


def every(kind: str, *, minutes: int) -> Callable[[Periodic], Periodic]:
    """Register a function of (now) that runs every `minutes`."""

    def register(function: Periodic) -> Periodic:
        HANDLERS[kind] = lambda _job, now: function(now)
        BEATS[kind] = Beat(kind, minutes)
        return function

    return register
