"""Hot issues: the same matter of the same place said over and over; what lies in each, and what people took out."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..terms import HotHow, HotState
from .case import Case


class HotIssue(models.Model):
    """热点问题: found by the night job or kept by people; its number stays while it grows."""

    words = models.CharField(_("说的是"), max_length=200, blank=True, default="")
    """What its messages say in common, the most telling first, a space between."""
    state = models.CharField(_("状态"), max_length=9, choices=HotState.choices, default=HotState.OPEN)
    joined_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey("territory.Node", on_delete=models.PROTECT, related_name="+", verbose_name=_("属地"))
    path = models.CharField(max_length=120)
    """The smallest ground that all its cases lie on."""
    first_at = models.DateTimeField(_("最早"))
    last_at = models.DateTimeField(_("最近"))
    count = models.PositiveIntegerField(_("件数"), default=0)
    recent = models.PositiveIntegerField(_("近七天"), default=0)
    earlier = models.PositiveIntegerField(_("此前四周"), default=0)
    is_growing = models.BooleanField(_("上升"), default=False)
    found_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("热点问题")
        verbose_name_plural = _("热点问题")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=HotState.values), name="hot_state_known"),
            models.CheckConstraint(condition=~Q(state="joined") | Q(joined_to__isnull=False), name="hot_joined_to"),
        ]
        indexes = [models.Index(fields=["state", "-is_growing", "-recent", "-last_at"], name="hot_growing_first")]

    def __str__(self) -> str:
        return self.words or f"#{self.pk}"


class HotCase(models.Model):
    """A case of an issue: put there by the night job or by a person, who outweighs it."""

    issue = models.ForeignKey(HotIssue, on_delete=models.CASCADE, related_name="members")
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="hot")
    how = models.CharField(max_length=4, choices=HotHow.choices)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("热点问题的事件")
        verbose_name_plural = _("热点问题的事件")


class HotRefusal(models.Model):
    """A person said that this case is not of this issue: the job puts it there no more."""

    issue = models.ForeignKey(HotIssue, on_delete=models.CASCADE, related_name="refusals")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("不属于热点问题的事件")
        verbose_name_plural = _("不属于热点问题的事件")
        constraints = [models.UniqueConstraint(fields=["issue", "case"], name="hot_refusal_once")]


class HotNight(models.Model):
    """A night's work: on which day, what it looked at and what it left out, so that the page can say so."""

    on = models.DateField(unique=True)
    at = models.DateTimeField()
    looked_at = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    """Cases of the window that were too many; the oldest."""
    since = models.DateTimeField()
    seconds = models.FloatField(default=0)

    class Meta:
        verbose_name = _("热点排查")
        verbose_name_plural = _("热点排查")
