"""What a token may be used for, and how long it may live."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Scope(TextChoices):
    """A token acts with its person's reach, narrowed to these."""

    READ = "read", _("读取")
    WRITE = "write", _("办理")
    REPORTERS = "reporters", _("查看上报人联系方式")


USUAL_SCOPES = (Scope.READ, Scope.WRITE)
LIFE_DAYS = 365
LIFE_DAYS_MAX = 730
IN_FORCE_MAX = 20
USE_NOTED_MINUTES = 10
"""The last use is written down at most this often: a token that asks every second must not write every second."""
