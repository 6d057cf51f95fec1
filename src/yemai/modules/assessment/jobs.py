"""What the worker does for assessment."""

from datetime import datetime

from yemai.base.jobs.actions import progress
from yemai.base.jobs.models import Job
from yemai.base.jobs.registry import every, job

from .actions.facts import drop_old_counts
from .actions.runs import compute_run
from .actions.schemes import install_schemes
from .keeping import keep


@job("assessment.compute")
def compute(work: Job, now: datetime) -> dict[str, int]:
    """Count a run; progress in facts read."""
    number = compute_run(work.payload["run"], now=now, say=lambda done, total: progress(work, done, total))
    return {"results": number}


@every("assessment.keep", minutes=10)
def keep_files(_now: datetime) -> int:
    """Bring the Parquet files up to what changed."""
    return keep()


@every("assessment.drop_old_counts", minutes=24 * 60)
def drop_old(_now: datetime) -> int:
    """Counts are kept for as long as a page looks back."""
    return drop_old_counts()


@every("assessment.begin", minutes=60)
def begin(now: datetime) -> int:
    """Give a town that has none the shipped schemes."""
    return install_schemes(now=now)
