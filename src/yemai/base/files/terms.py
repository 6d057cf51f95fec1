"""The words of stored files."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class FileKind(TextChoices):
    """What a stored file is."""

    PHOTO = "photo", _("照片")


class PhotoSize(StrEnum):
    """The two renderings of a photo: at most 1600 px, and at most 320 px for lists."""

    FULL = "full"
    THUMB = "thumb"


FULL_EDGE = 1600
THUMB_EDGE = 320
JPEG_QUALITY = 82
ORPHAN_HOURS = 24
