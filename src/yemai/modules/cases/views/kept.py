"""Photos already taken in stay with a form that comes back: a browser can't choose files again by itself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from yemai.base.files.actions import store_photo
from yemai.base.people.models import Person

from ..queries.detail import unattached

SIGNER = Signer(salt="cases.kept-photo")


class Kept:
    """The photos of one form over all its sendings: those kept from before (signed, in hidden fields) and new ones."""

    def __init__(self, request: HttpRequest, *, actor: Person | None, now: datetime) -> None:
        self._request, self._actor, self._now = request, actor, now
        self._ids: dict[str, list[UUID]] = {}

    def take_in(self, name: str, files: "Iterable[UploadedFile[Any]]") -> tuple[UUID, ...]:
        """Those kept under a field's name, then the new ones, each kept too once it is stored. Raises as `store_photo`."""
        tokens = self._request.POST.getlist(f"kept_{name}")
        ids = self._ids[name] = unattached([UUID(text) for text in map(_unsigned, tokens) if text])
        for file in files:
            ids.append(store_photo(file, actor=self._actor, now=self._now).pk)
        return tuple(ids)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The hidden fields of the page that comes back: name and token."""
        sent = [(name, token) for name in self._request.POST if name.startswith("kept_") and name[5:] not in self._ids
                for token in self._request.POST.getlist(name) if _unsigned(token)]  # fmt: skip
        return sent + [(f"kept_{name}", SIGNER.sign(str(pk))) for name, ids in self._ids.items() for pk in ids]


def _unsigned(token: str) -> str:
    try:
        return SIGNER.unsign(token)
    except BadSignature:
        return ""
