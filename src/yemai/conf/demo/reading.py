"""Reads the demo's scripts and its way of telling time: days or minutes back from the moment of loading."""

import json
import re
from datetime import datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

from django.utils import timezone

_DAYS = re.compile(r"-(\d+) (\d{2}):(\d{2})")
_MINUTES = re.compile(r"-(\d+)m")


@lru_cache(maxsize=3)
def shipped(name: str) -> dict[str, Any]:
    """One of the demo's scripts: `town`, `people` or `cases`."""
    found: dict[str, Any] = json.loads(resources.files(__package__).joinpath(f"{name}.json").read_text("utf-8"))
    return found


def moment(words: str, now: datetime) -> datetime:
    """`-12 08:15` is a quarter past eight twelve days ago on the town's clock, `-90m` ninety minutes before `now`.

    Raises ValueError for anything else.
    """
    if minutes := _MINUTES.fullmatch(words):
        return now - timedelta(minutes=int(minutes[1]))
    days = _DAYS.fullmatch(words)
    if days is None or int(days[1]) < 1:
        raise ValueError(f"{words!r} is neither days with a time back (-12 08:15) nor minutes back (-90m)")
    local = timezone.localtime(now)
    day = local.date() - timedelta(days=int(days[1]))
    return datetime.combine(day, time(int(days[2]), int(days[3])), tzinfo=local.tzinfo)
