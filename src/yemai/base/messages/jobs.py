"""Delivery on the clock and on call; safe to run twice."""

from dataclasses import asdict
from datetime import datetime

from yemai.base.jobs.actions import enqueue
from yemai.base.jobs.models import Job
from yemai.base.jobs.registry import every

from .delivery import deliver_due

KIND = "messages.deliver"


@every(KIND, minutes=1)
def deliver(now: datetime) -> dict[str, int]:
    """Send what is due."""
    return asdict(deliver_due(now))


def wake(now: datetime) -> None:
    """Ask for a delivery now instead of at the next full minute; one waiting request is enough for all."""
    if not Job.objects.filter(kind=KIND, state=Job.State.WAITING, run_at__lte=now).exists():
        enqueue(KIND, run_at=now)
