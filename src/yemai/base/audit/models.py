"""Tables of the audit trail: rows are added, never changed."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Kept(TypeError):
    """Somebody tried to change or remove a row of the trail: a fault of the program, not of its user."""

    def __init__(self) -> None:
        super().__init__("the audit trail is only added to")


class AddedOnly(models.QuerySet[Any]):
    """Rows may be added and read."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Never. Raises Kept."""
        raise Kept

    def delete(self) -> NoReturn:
        """Never. Raises Kept."""
        raise Kept


class TrailRow(models.Model):
    """What both tables share: a row once saved stays as it is."""

    objects = AddedOnly.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row. Raises Kept for one that is there already."""
        if not self._state.adding:
            raise Kept
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never. Raises Kept."""
        raise Kept


class Look(TrailRow):
    """Somebody looked at a person's record (PIPL art. 51, 54)."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("查看人")
    )
    subject_kind = models.CharField(_("对象"), max_length=60)
    subject_id = models.CharField(_("编号"), max_length=40)
    purpose = models.CharField(_("目的"), max_length=60)
    at = models.DateTimeField(_("时间"))
    path = models.CharField(max_length=120, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("查看记录")
        verbose_name_plural = _("查看记录")
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_kind", "subject_id", "-at"], name="look_subject")]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.subject_kind} {self.subject_id}"


class Entry(TrailRow):
    """Somebody changed something that is not a case (cases keep their own story)."""

    at = models.DateTimeField(_("时间"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("操作人")
    )
    action = models.CharField(_("操作"), max_length=60)
    object_kind = models.CharField(_("对象"), max_length=60)
    object_id = models.CharField(_("编号"), max_length=40)
    before = models.JSONField(_("之前"), default=dict, blank=True)
    after = models.JSONField(_("之后"), default=dict, blank=True)
    path = models.CharField(max_length=120, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("操作记录")
        verbose_name_plural = _("操作记录")
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_kind", "object_id", "-at"], name="entry_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"
