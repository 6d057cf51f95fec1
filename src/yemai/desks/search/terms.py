"""The words of the search desk."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Group(models.TextChoices):
    """Results stand together in these, in this order."""

    CASES = "cases", _("事件")
    PEOPLE = "people", pgettext_lazy("search", "人员")
    PLACES = "places", _("地点")
    DOCUMENTS = "documents", pgettext_lazy("search", "文件")


class Order(models.TextChoices):
    """In which order cases stand."""

    BEST = "best", _("最相关")
    NEWEST = "newest", _("最新")
