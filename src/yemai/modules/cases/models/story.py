"""What happened to a case and what lies with it: steps, photos, contacts."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.terms import in_language

from ..answering.advice import Fault
from ..terms import Moment, RejectReason, ReturnReason, Verb
from .case import Case


class StoryStep(models.Model):
    """One step of a case: never edited, chained by hash to the one before."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="story")
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=20, choices=Verb.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=60)
    at = models.DateTimeField()
    from_stage = models.CharField(max_length=12, blank=True, default="")
    to_stage = models.CharField(max_length=12)
    text = models.TextField(blank=True, default="")
    content = models.JSONField(default=dict)
    is_public = models.BooleanField(default=True)
    client_key = models.UUIDField(null=True, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True, default="")
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("经过")
        verbose_name_plural = _("经过")
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="story_seq_once")]
        indexes = [models.Index(fields=["verb", "-at"], name="story_verb_newest")]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq} {self.verb}"

    @property
    def who(self) -> str:
        """Who acted, in the language of the page; residents and the system stand in the record by their Chinese word."""
        return self.actor.label if self.actor else gettext(self.actor_label)

    @property
    def reason_label(self) -> str:
        """Why it was returned or not taken up, in the language of the page; "" where no reason was chosen."""
        reason = self.content.get("reason")
        labels = {**dict(RejectReason.choices), **dict(ReturnReason.choices)}
        return str(labels.get(reason, "")) if reason else ""

    def named(self, what: str) -> str:
        """The `category`, `department` or `person` of the record by its name then, in the language of the page."""
        return in_language(self.content.get(f"{what}_name") or "", self.content.get(f"{what}_name_en") or "")

    @property
    def faults(self) -> list[str]:
        """What the check found in an answer when it was given, in two or three words each."""
        labels = dict(Fault.choices)
        return [str(labels[code]) for code in (self.content.get("answer") or {}).get("faults", ()) if code in labels]

    @property
    def handed_to(self) -> str:
        """The lead unit or the person it was given to, "" for other steps."""
        return self.named("department") or self.named("person")

    @property
    def joint_names(self) -> list[str]:
        """The joint units it was given to."""
        chinese = self.content.get("joint_names") or []
        english = self.content.get("joint_names_en") or [""] * len(chinese)
        return [in_language(*names) for names in zip(chinese, english, strict=True)]


class Contact(models.Model):
    """A resident who reported or follows a case: what is needed to tell them, sealed."""

    class Role(models.TextChoices):
        REPORTER = "reporter", _("上报人")
        FOLLOWER = "follower", _("关注人")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(max_length=8, choices=Role.choices)
    name_sealed = models.TextField(blank=True, default="")
    phone_sealed = models.TextField(blank=True, default="")
    phone_blind = models.CharField(max_length=64, blank=True, default="", db_index=True)
    device_hash = models.CharField(max_length=64, blank=True, default="", db_index=True)
    wants_news = models.BooleanField(default=True)
    consent_version = models.CharField(max_length=20, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("联系人")
        verbose_name_plural = _("联系人")
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(role="reporter"), name="contact_one_reporter"),
        ]


class CasePhoto(models.Model):
    """A photo of a case and when in its life it was taken."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="photos")
    file = models.OneToOneField("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    moment = models.CharField(max_length=8, choices=Moment.choices)
    seq = models.PositiveIntegerField()
    taken_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    is_public = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("照片")
        verbose_name_plural = _("照片")
        ordering = ["id"]
