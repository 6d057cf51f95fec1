"""The words of adjustments."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What is done to the ground."""

    RENAME = "rename", _("改名")
    REDRAW = "redraw", _("重划边界")
    MOVE = "move", _("换上级")
    MERGE = "merge", _("合并")
    SPLIT = "split", _("拆分")
    REDIVIDE = "redivide", _("重新划分")
    CLOSE = "close", _("停用")


DIVIDING = frozenset({Kind.MERGE, Kind.SPLIT, Kind.REDIVIDE})
"""Kinds whose plan is a list of pieces."""


class State(TextChoices):
    """How far an adjustment is."""

    DRAFT = "draft", _("待确认")
    PLANNED = "planned", _("已安排")
    DONE = "done", _("已生效")
    UNDONE = "undone", _("已撤销")
    REFUSED = "refused", _("未能生效")


WAITING = (State.DRAFT, State.PLANNED)
