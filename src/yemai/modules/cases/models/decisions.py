"""What people decide beside the steps: consultations, requests, scores."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..terms import RequestKind
from .case import Case


class Consultation(models.Model):
    """会商: called by the micro-grid leader, ended by a recorded decision of who does what by when."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consultations")
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    topic = models.TextField()
    invited = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    present = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True, default="")
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("会商")
        verbose_name_plural = _("会商")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(decided_at__isnull=True), name="consultation_one_open"
            ),
        ]


class StepRequest(models.Model):
    """A request (延期/挂账/重办) that another person decides."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="requests")
    kind = models.CharField(max_length=10, choices=RequestKind.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.TextField()
    review_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    is_approved = models.BooleanField(null=True)

    class Meta:
        verbose_name = _("申请")
        verbose_name_plural = _("申请")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(decided_at__isnull=True), name="request_one_open_of_a_kind"
            ),
        ]


class ScoreInvitation(models.Model):
    """A one-time link or QR for a resident's score; only the hash of its token is kept."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    is_on_site = models.BooleanField(_("现场邀请"), default=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("评价邀请")
        verbose_name_plural = _("评价邀请")


class Score(models.Model):
    """A resident's score of one round of a case, given once."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="scores")
    round = models.PositiveSmallIntegerField(default=0)
    """How many times the case had been reopened before this score."""
    value = models.PositiveSmallIntegerField(_("评分"))
    text = models.TextField(_("留言"), blank=True, default="")
    invitation = models.OneToOneField(ScoreInvitation, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("评价")
        verbose_name_plural = _("评价")
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], name="score_once_a_round"),
            models.CheckConstraint(condition=Q(value__range=(1, 5)), name="score_range"),
        ]
