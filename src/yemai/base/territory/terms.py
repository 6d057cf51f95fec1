"""The words of the ground: kinds of nodes, segments of codes, how sure a place is; names in two languages."""

from django.db.models import TextChoices
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def in_language(name: str, name_en: str) -> str:
    """A name in the language of the page; Chinese where there is no English one."""
    return name_en if name_en and (get_language() or "").startswith("en") else name


class NodeKind(TextChoices):
    """What a node gathers; its digit stands in our 18-digit code."""

    GENERAL = "general", _("综合网格")
    DEDICATED = "dedicated", _("专属网格")
    COURTYARD = "courtyard", _("楼院/片区")
    OTHER = "other", _("其他")


class CodeSegment(TextChoices):
    """Which part of a code the nodes of a tier number."""

    COUNTY = "county", _("县区（6 位）")
    TOWN = "town", _("镇街（9 位）")
    COMMUNITY = "community", _("村居（12 位）")
    GRID = "grid", _("网格（2 位）")
    MICRO = "micro", _("微网格（3 位）")


class AliasKind(TextChoices):
    """What another word for a node is."""

    CODE = "code", _("代码")
    NAME = "name", _("名称")


class Topic(TextChoices):
    """What an in-memory index is built from; each has its own revision."""

    GROUND = "ground", _("边界")
    BOOK = "book", _("地址库")


class PlaceFlag(TextChoices):
    """How sure a located point is."""

    OK = "ok", _("已定位")
    EDGE = "edge", _("在边界上")
    OVERLAP = "overlap", _("在重叠区域")
    OUTSIDE = "outside", _("在辖区之外")
