"""The table of stored files; their bytes lie on disk under the data directory."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .images import Taken
from .terms import FileKind


class StoredFile(models.Model):
    """One file on disk. Refer to it by a foreign key with PROTECT: a file no row refers to is swept after a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("类型"), max_length=16, choices=FileKind.choices, default=FileKind.PHOTO)
    sha256 = models.CharField(_("存储内容摘要"), max_length=64)
    source_sha256 = models.CharField(_("上传内容摘要"), max_length=64)
    bytes = models.PositiveIntegerField(_("字节数"))
    width = models.PositiveIntegerField(_("宽"))
    height = models.PositiveIntegerField(_("高"))
    created_at = models.DateTimeField(_("上传时间"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("上传人")
    )
    original_name = models.CharField(_("原文件名"), max_length=120, blank=True)

    taken: Taken = Taken()  # what the camera wrote, known only to the caller of store_photo; never stored

    class Meta:
        verbose_name = _("文件")
        verbose_name_plural = _("文件")
        indexes: ClassVar = [
            models.Index(fields=["created_at"], name="files_created"),
            models.Index(fields=["source_sha256", "created_by"], name="files_retry"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=FileKind.values), name="files_kind_known"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
