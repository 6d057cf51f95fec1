"""Reading stored files; who may see which is decided by the module that refers to it, before it asks here."""

from typing import BinaryIO

from django.db.models import Exists, ManyToOneRel, OuterRef, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _

from yemai.kernel.refusals import Absent

from . import disk
from .models import StoredFile
from .terms import PhotoSize

DAY_SECONDS = 86400


def unreferenced() -> QuerySet[StoredFile]:
    """Files no row of any table refers to: every foreign key counts, so a new module has nothing to register.

    Hidden relations too: most foreign keys here have related_name="+", and many-to-many tables always do.
    """
    found = StoredFile.objects.all()
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):  # one-to-one is one of these
            pointing = relation.related_model._base_manager.filter(**{relation.field.attname: OuterRef("pk")})
            found = found.exclude(Exists(pointing))
    return found


def open_photo(file: StoredFile, size: str = PhotoSize.FULL) -> BinaryIO:
    """The JPEG bytes of one rendering, to be closed by the caller.

    Raises Absent for a size there is not, and when the bytes are gone from the disk.
    """
    if size not in set(PhotoSize):
        raise Absent()
    try:
        return disk.path_of(file.pk, PhotoSize(size)).open("rb")
    except FileNotFoundError as error:
        raise Absent(_("这张照片已不在服务器上。")) from error


def photo_response(
    file: StoredFile, size: str = PhotoSize.FULL, *, request: HttpRequest | None = None
) -> HttpResponseBase:
    """Stream a photo to a viewer who has been found entitled: cached by that browser alone, never sniffed.

    With `request`, an unchanged photo answers 304. Raises Absent when the bytes are gone.
    """
    etag = f'"{file.sha256}-{size}"'
    answer: HttpResponseBase | None = None
    if request is not None:
        answer = get_conditional_response(request, etag=etag)
    if not isinstance(answer, HttpResponseNotModified):
        answer = FileResponse(open_photo(file, size), content_type="image/jpeg", filename=f"{file.pk}.jpg")
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = f"private, max-age={DAY_SECONDS}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
