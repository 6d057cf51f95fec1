"""Taking files in and sweeping out those nobody attached."""

import hashlib
import io
import unicodedata
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files import File
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.parameters.queries import parameter
from yemai.base.people.models import Person
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from . import disk
from .images import Rendering, render, taken_of
from .models import StoredFile
from .queries import unreferenced
from .terms import ORPHAN_HOURS, FileKind, PhotoSize

RETRY_WINDOW = timedelta(minutes=10)
NAME_MAX = 120
SWEEP_BATCH = 500


def store_photo(upload: "File[Any]", *, actor: Person | None, now: datetime) -> StoredFile:
    """Take in a photo: judged by its bytes, redrawn without metadata, durably on disk before its row is written.

    `actor` is None for a resident without an account. What the camera wrote comes back as `file.taken` (not stored).
    A signed-in person's repeated upload within ten minutes answers with the first file while nothing refers to it.
    Call it outside `writing()`: drawing takes a good part of a second. Raises Refused `photo-too-big`,
    `photo-too-many-pixels` (413), `photo-empty`, `not-a-photo`, `heic-photo`, `damaged-photo` (415), `storage-full`.
    """
    limits = parameter("photo", on=timezone.localdate(now))
    content = _read(upload, int(limits["max_bytes"]))
    digest = hashlib.sha256(content).hexdigest()
    zone = ZoneInfo(settings.TIME_ZONE)
    if actor is not None and (known := _uploaded_before(digest, actor, now)):
        known.taken = taken_of(io.BytesIO(content), zone)
        return known
    drawn = render(io.BytesIO(content), zone, int(limits["max_edge"]))
    file = _row(drawn, digest, _plain_name(upload.name), actor, now)
    disk.write(disk.path_of(file.pk, PhotoSize.FULL), drawn.full)
    disk.write(disk.path_of(file.pk, PhotoSize.THUMB), drawn.thumb)
    with writing():
        file.save(force_insert=True)
    return file


def sweep_orphans(now: datetime) -> int:
    """Remove files that nothing has referred to for a day; rows first, so a row never stands without its bytes.

    Foreign keys protect: a file attached in this very moment makes its deletion fail, and it stays.
    """
    before = now - timedelta(hours=ORPHAN_HOURS)
    gone = list(unreferenced().filter(created_at__lt=before).order_by("created_at")[:SWEEP_BATCH])
    with writing():
        still = unreferenced().filter(pk__in=[file.pk for file in gone])
        gone = list(still)
        still.delete()
    for file in gone:
        disk.remove(file.pk)
    return len(gone)


def sweep_shelf(number: int, now: datetime) -> int:
    """Remove from one shelf of 256 what is older than a day and has no row: a crash or rollback came in between."""
    limit = (now - timedelta(hours=ORPHAN_HOURS)).timestamp()
    old = [path for path in disk.shelf(number) if path.stat().st_mtime < limit]
    owners = {path: disk.owner_of(path) for path in old}
    known = set(
        StoredFile.objects.filter(pk__in=[owner for owner in owners.values() if owner]).values_list("pk", flat=True)
    )
    strays = [path for path, owner in owners.items() if owner not in known]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def _read(upload: "File[Any]", most: int) -> bytes:
    """The bytes of an upload, counted while reading: the size it claims is not trusted. Nothing is decoded yet."""
    too_big = Refused(
        "photo-too-big",
        _("照片太大（上限 %(most)d MB）。请在相册里压缩后再传，或用微信截图后上传。") % {"most": most // 1_000_000},
        status=413,
    )
    if upload.size > most:
        raise too_big
    upload.seek(0)
    content = bytes(upload.read(most + 1))
    if len(content) > most:
        raise too_big
    if not content:
        raise Refused("photo-empty", _("照片没有传上来（0 字节）。请检查网络后重新选择照片。"), status=415)
    return content


def _uploaded_before(digest: str, actor: Person, now: datetime) -> StoredFile | None:
    """The same bytes from the same person a moment ago, not yet attached: an answer that got lost on the way."""
    same = unreferenced().filter(source_sha256=digest, created_by=actor.pk, created_at__gt=now - RETRY_WINDOW)
    return same.order_by("-created_at").first()


def _row(drawn: Rendering, digest: str, name: str, actor: Person | None, now: datetime) -> StoredFile:
    file = StoredFile(
        id=uuid4(),
        kind=FileKind.PHOTO,
        sha256=hashlib.sha256(drawn.full).hexdigest(),
        source_sha256=digest,
        bytes=len(drawn.full),
        width=drawn.width,
        height=drawn.height,
        created_at=now,
        created_by_id=actor.pk if actor is not None else None,
        original_name=name,
    )
    file.taken = drawn.taken
    return file


def _plain_name(name: str | None) -> str:
    """The upload's own name for display: no path, no control or direction-changing characters, its ending kept."""
    last = PurePath((name or "").replace("\\", "/")).name
    plain = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    ending = PurePath(plain).suffix[:10]
    return plain if len(plain) <= NAME_MAX else plain[: NAME_MAX - len(ending)] + ending
