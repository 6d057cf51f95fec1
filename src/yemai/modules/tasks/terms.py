"""Words of tasks and meetings."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TaskState(TextChoices):
    """How far a task is: its owner reports it done with evidence, another person checks and strikes it off (销号)."""

    OPEN = "open", _("办理中")
    REPORTED = "reported", _("待销号")
    DONE = "done", _("已销号")
    DROPPED = "dropped", _("已取消")


LIVE = (TaskState.OPEN, TaskState.REPORTED)


class MeetingKind(TextChoices):
    """The rhythm: 日晨会, 周议事, 月小结 (季考核 is a run of assessment)."""

    MORNING = "morning", _("日晨会")
    WEEK = "week", _("周议事")
    MONTH = "month", _("月小结")
