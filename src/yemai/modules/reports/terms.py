"""The words of reports: how a column is filled, how far a filling is."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class How(TextChoices):
    """What fills a column."""

    KNOWN = "known", _("系统已有")
    GAP = "gap", _("向知情人询问")
    CONSTANT = "constant", _("固定内容")
    NUMBERED = "numbered", _("序号")
    FORMULA = "formula", _("表内公式")
    EMPTY = "empty", _("留空")


class State(TextChoices):
    """How far a filling is."""

    WAITING = "waiting", _("正在填写")
    READY = "ready", _("已填好")
    FAILED = "failed", _("未能填写")
    SENT = "sent", _("已报送")


class Wanted(TextChoices):
    """What an answer must be."""

    TEXT = "text", _("文字")
    NUMBER = "number", _("数字")


BYTES_MAX = 5 * 1024 * 1024
UNPACKED_MAX = 40 * 1024 * 1024
PARTS_MAX = 500
COLUMNS_MAX = 100
HEADER_MAX = 30
ROWS_MAX = 5_000
KEPT_DAYS = 180
"""How long an answer is trusted where the designer says nothing else."""
ANSWER_MAX = 500
