"""The sweep of jobs nobody will ask after; safe to run twice."""

from datetime import datetime

from .actions import tidy
from .registry import every


@every("jobs.tidy", minutes=60)
def tidy_jobs(now: datetime) -> int:
    """Remove old rows; returns how many."""
    return tidy(now)
