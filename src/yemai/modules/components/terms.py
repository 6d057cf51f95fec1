"""The words of components (GB/T 30428.2-2013)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

CODE_DIGITS = 16
"""部件标识码: county 6, major class 2, minor class 2, running number 6."""
MAJORS = {
    "01": _("公用设施"), "02": _("道路交通设施"), "03": _("市容环境设施"), "04": _("园林绿化设施"), "05": _("其他部件"),
    "06": _("其他部件"), "21": _("扩展部件"),
}  # fmt: skip


class Condition(TextChoices):
    """How a component is."""

    SOUND = "sound", _("完好")
    DAMAGED = "damaged", _("破损")
    LOST = "lost", _("丢失")
    REMOVED = "removed", _("移除")
