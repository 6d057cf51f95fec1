"""The words of cameras."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Answer(TextChoices):
    """What became of a request to view."""

    WAITING = "waiting", _("待答复")
    SHOWN = "shown", _("已依规查看")
    REFUSED = "refused", _("未获同意")
    NOTHING = "nothing", _("没有相关录像")


LONGEST_HOURS = 24
"""A request names a span; a longer one asks for more than any matter on the street needs."""
