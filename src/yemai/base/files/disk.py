"""Where the bytes lie: DATA/files/aa/bb/uuid.jpg, each written whole or not at all."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.utils.translation import gettext as _

from yemai.kernel.refusals import Refused

from .terms import PhotoSize

ENDINGS = {PhotoSize.FULL: ".jpg", PhotoSize.THUMB: ".320.jpg"}
SHELVES = 256
FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # full, over quota, over the service's limit


def root() -> Path:
    """The folder of all stored files, outside anything a web server publishes."""
    return Path(settings.DATA_DIR) / "files"


def path_of(file_id: UUID, size: PhotoSize) -> Path:
    """Where one rendering lies; two levels of 256 folders keep each folder small."""
    name = file_id.hex
    return root() / name[:2] / name[2:4] / f"{file_id}{ENDINGS[size]}"


def write(path: Path, content: bytes) -> None:
    """Put a file in its place atomically and durably: a crash leaves it whole or absent.

    Raises Refused `storage-full` (507) when the disk has no room.
    """
    _make_folder(path.parent)
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with draft.open("xb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        if error.errno in FULL_DISK:
            raise Refused(
                "storage-full",
                _("服务器存储空间已满，照片没有保存。文字不受影响，请先不带照片提交，稍后再补照片。"),
                status=507,
            ) from error
        raise


def remove(file_id: UUID) -> None:
    """Take both renderings away; absent ones are no error."""
    for size in PhotoSize:
        path_of(file_id, size).unlink(missing_ok=True)


def shelf(number: int) -> Iterator[Path]:
    """Every file, unfinished ones too, on one of the 256 first-level shelves."""
    top = root() / f"{number:02x}"
    if top.is_dir():
        yield from (path for path in top.glob("*/*") if path.is_file())


def owner_of(path: Path) -> UUID | None:
    """The id a finished file belongs to; None for drafts and strangers."""
    for ending in sorted(ENDINGS.values(), key=len, reverse=True):
        if path.name.endswith(ending):
            try:
                return UUID(path.name.removesuffix(ending))
            except ValueError:
                return None
    return None


def _make_folder(folder: Path) -> None:
    missing = [step for step in (folder, *folder.parents) if not step.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_folder(made.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename or a new folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
