"""The words of planning: what is asked, how far an answer is, what stations and proposals there are."""

from django.db import models
from django.utils.translation import gettext_lazy as _

SECONDS = (15, 60, 180, 600)
"""How long a planner may have the solver look; two minutes are enough for a town of three thousand buildings."""
SECONDS_USUAL = 60
STATIONS_MOST = 20
PLACES_MOST = 200_000
"""Characters of a drawn area."""


class State(models.TextChoices):
    """How far an answer is."""

    WAITING = "waiting", _("等待计算")
    DONE = "done", _("已完成")
    FAILED = "failed", _("没有成功")


class Origin(models.TextChoices):
    """Where a plan came from."""

    SOLVED = "solved", _("自动计算")
    HAND = "hand", _("手工调整")


class Absence(models.TextChoices):
    """Why a building is not in a plan, or is in it with a doubt."""

    NO_PLACE = "no-place", _("没有坐标，无法编入，请先补充位置")
    NO_HOUSEHOLDS = "no-households", _("没有户数，按 0 户编入，请核实")


class StationKind(models.TextChoices):
    """What a station is."""

    SERVICE = "service", _("党群服务站")
    CENTRE = "centre", _("党群服务中心")
    MICRO = "micro", _("微网格驿站")
    OTHER = "other", _("其他阵地")


class Question(models.TextChoices):
    """What a proposal answers."""

    SITES = "sites", _("服务站选址")
    BRANCHES = "branches", _("联合党支部")


class Aim(models.TextChoices):
    """What the best sites are best at."""

    COVER = "cover", _("让最多住户走得到（最大覆盖）")
    WALK = "walk", _("让全体住户走得最近（p-中值）")
