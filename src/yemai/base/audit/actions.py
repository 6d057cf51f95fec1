"""Writing the audit trail."""

from datetime import datetime
from typing import Any

from django.db.models import Model

from yemai.base.people.models import Person

from .models import Entry, Look


def record_look(*, actor: Person, subject: Model, purpose: str, now: datetime) -> Look:
    """Note that `actor` looked at the personal record of `subject` for `purpose`."""
    return Look.objects.create(
        actor=actor, subject_kind=subject._meta.label_lower, subject_id=str(subject.pk), purpose=purpose, at=now
    )


def record(
    *,
    actor: Person | None,
    action: str,
    subject: Model,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    path: str = "",
) -> Entry:
    """Note a change with the values before and after (never a secret or a resident's contact)."""
    return Entry.objects.create(
        at=now,
        actor=actor,
        action=action,
        object_kind=subject._meta.label_lower,
        object_id=str(subject.pk),
        before=before or {},
        after=after or {},
        path=path,
    )
