"""The words of assessment: states of a run, of an appeal, kinds of hard stops."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RunState(TextChoices):
    """How far an assessment is (季考核)."""

    COMPUTING = "computing", _("计算中")
    REVIEW = "review", _("核对与申诉")
    PUBLISHED = "published", _("已公示")
    FAILED = "failed", _("计算失败")


class AppealState(TextChoices):
    """What became of an appeal (申诉)."""

    OPEN = "open", _("待复核")
    UPHELD = "upheld", _("成立")
    DISMISSED = "dismissed", _("不成立")


class StopKind(TextChoices):
    """What caps the stars at one (一票否决)."""

    FALSIFIED = "falsified", _("记录造假")
    ACCIDENT = "accident", _("安全责任事故")
    COMPLAINT = "complaint", _("投诉查实")


APPEAL_DAYS = 5
"""Working days in which a result may be appealed against."""
PUBLIC_DAYS = 3
"""Working days for which the stars are posted."""
