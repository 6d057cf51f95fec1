"""Keeps the names of everything that is found besides cases."""

from datetime import datetime

from yemai.base.jobs.registry import every
from yemai.base.search.names import keep

from .kinds import KINDS


@every("search.names", minutes=10)
def keep_names(_now: datetime) -> int:
    """What was written in bulk, or named by something else, gets its name; a row saved by itself has it already."""
    return sum(keep(kind) for kind in KINDS)
