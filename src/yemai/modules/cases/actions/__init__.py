"""Every write of the closed loop. `report` opens a case; `take_step` takes any other verb of STEPS."""

from .given import Given
from .report import Report, follow, report
from .steps import take_step

__all__ = ["Given", "Report", "follow", "report", "take_step"]
