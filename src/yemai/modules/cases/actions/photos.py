"""Attaching stored photos to a case."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from yemai.base.files.models import StoredFile
from yemai.kernel.refusals import Refused

from ..models import CasePhoto
from ..terms import PHOTOS_MAX, Moment
from .steps import Draft


def attach(draft: Draft, moment: Moment, photos: Sequence[UUID] | None = None) -> None:
    """Attach the step's photos (or those named); each stored file belongs to one case for good."""
    wanted = list(dict.fromkeys(draft.given.photos if photos is None else photos))
    if not wanted:
        return
    if len(wanted) > PHOTOS_MAX:
        raise Refused("too-many-photos", _("一次最多 %(max)d 张照片。") % {"max": PHOTOS_MAX}, status=422)
    files = {file.pk: file for file in StoredFile.objects.filter(pk__in=wanted)}
    taken = set(CasePhoto.objects.filter(file__in=wanted).values_list("file_id", flat=True))
    if len(files) != len(wanted) or taken:
        raise Refused(
            "no-such-photo",
            _("照片没有上传成功，请重新添加照片后再提交。"),
            status=422,
            fields={"photos": _("请重新添加")},
        )
    for pk in wanted:
        CasePhoto.objects.create(
            case=draft.case, file=files[pk], moment=moment, seq=draft.case.version + 1, created_at=draft.now
        )
    shown = [{"file": str(pk), "sha256": files[pk].sha256, "moment": moment} for pk in wanted]
    draft.content["photos"] = [*draft.content.get("photos", []), *shown]
