"""The sweep of files nobody attached; safe to run twice."""

from datetime import datetime

from yemai.base.jobs.registry import every

from . import actions, disk

SHELVES_A_RUN = 12  # 256 shelves in hourly runs: each is looked through about once a day


@every("files.sweep", minutes=60)
def sweep(now: datetime) -> int:
    """Remove orphans from the table, and strays from the part of the disk whose hour it is."""
    first = int(now.timestamp() // 3600) * SHELVES_A_RUN
    strays = sum(actions.sweep_shelf(number % disk.SHELVES, now) for number in range(first, first + SHELVES_A_RUN))
    return actions.sweep_orphans(now) + strays
