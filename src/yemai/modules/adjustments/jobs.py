"""Planned changes come true on their day."""

from datetime import datetime

from yemai.base.jobs.registry import every

from .actions import carry_out_due


@every("adjustments.carry_out", minutes=10)
def carry_out(now: datetime) -> int:
    """Soon after midnight, and again for whatever came late; nothing is done twice."""
    return carry_out_due(now)
