"""Writing the audit trail: who looked at whom, who changed what. Nothing here changes or removes a row."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from yemai.base.people.models import Person
from yemai.base.transactions import writing

from .models import Entry, Look

SECRET = ("password", "secret", "token", "sealed", "blind", "phone", "url")
"""Names of which the trail keeps that they changed, never what they hold."""
HIDDEN = "•••"


def record_look(*, actor: Person, subject: Model, purpose: str, now: datetime, path: str | None = None) -> Look:
    """Note that `actor` looked at the personal record of `subject` for `purpose`.

    `path` is the ground it belongs to, so that auditors see their own; by default that of the subject.
    """
    with writing():
        return Look.objects.create(
            actor=actor,
            subject_kind=subject._meta.label_lower,
            subject_id=str(subject.pk),
            purpose=purpose,
            at=now,
            path=path_of(subject) if path is None else path,
        )


def record_looks(*, actor: Person, subjects: Iterable[Model], purpose: str, now: datetime, path: str) -> int:
    """Note that `actor` looked at many personal records at once, all for `purpose` and on the ground of `path`."""
    rows = [
        Look(
            actor=actor, subject_kind=one._meta.label_lower, subject_id=str(one.pk), purpose=purpose, at=now, path=path
        )
        for one in subjects
    ]
    with writing():
        Look.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def record(
    *,
    actor: Person | None,
    action: str,
    subject: Model,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    path: str | None = None,
) -> Entry:
    """Note a change, in the caller's transaction, with the values before and after; `actor` None is the system.

    Values whose name speaks of a secret or a contact are hidden. `path` as in `record_look`.
    """
    with writing():
        return Entry.objects.create(
            at=now,
            actor=actor,
            action=action,
            object_kind=subject._meta.label_lower,
            object_id=str(subject.pk),
            before=shown(before),
            after=shown(after),
            path=path_of(subject) if path is None else path,
        )


def shown(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Values as the trail keeps them: in JSON's own types, secrets and contacts hidden."""
    kept = {
        name: HIDDEN if value and any(word in name.lower() for word in SECRET) else value
        for name, value in (values or {}).items()
    }
    plain: dict[str, Any] = json.loads(json.dumps(kept, cls=_Spelling))
    return plain


def path_of(subject: Model) -> str:
    """The path of the ground a row lies on: its own, or its node's; "" where it has none."""
    for holder in (subject, getattr(subject, "node", None)):
        path = getattr(holder, "path", None)
        if isinstance(path, str):
            return path
    return ""


class _Spelling(DjangoJSONEncoder):
    """Everything has a spelling: a row is named by its kind and number, anything else by its own words."""

    def default(self, o: Any) -> Any:
        if isinstance(o, Model):
            return f"{o._meta.label_lower} {o.pk}"
        if isinstance(o, set | frozenset):
            return sorted(str(inner) for inner in o)
        if isinstance(o, bytes | memoryview):
            return f"{len(o)} bytes"
        try:
            return super().default(o)
        except TypeError:
            return str(o)
