"""Delivery on the clock and on call; safe to run twice."""

from dataclasses import asdict
from datetime import datetime

from yemai.base.jobs.registry import every

from .actions import DELIVERY
from .delivery import deliver_due


@every(DELIVERY, minutes=1)
def deliver(now: datetime) -> dict[str, int]:
    """Send what is due."""
    return asdict(deliver_due(now))
