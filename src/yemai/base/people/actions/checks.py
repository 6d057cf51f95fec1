"""What every write to people checks, and the refusals they share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from yemai.kernel.refusals import Refused

from ..events import changed
from ..models import Department, Person, PostKind
from ..queries import may_administer

Actor = Person | None
"""Who acts; None is the operator at the machine itself: installing, loading the demo town, importing."""


def beyond() -> Refused:
    """What somebody hears who reaches further than their posts do."""
    return Refused("not-yours", _("这超出了您的管辖范围或权限，没有做任何改动；请由上级办理。"), status=403)


def check_administers(actor: Actor, person: Person) -> None:
    """Raises Refused `not-yours` unless the actor may change this account."""
    if actor is not None and not may_administer(actor, person):
        raise beyond()


def save_checked(row: Person | Department | PostKind) -> None:
    """Save what passes the model's own checks; raises Refused `invalid` naming each field at fault."""
    try:
        row.full_clean(exclude=["password"])
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        text = fields.pop(NON_FIELD_ERRORS, None) or _("有几项填写不对，没有保存。")
        raise Refused("invalid", text, status=422, fields=fields) from error
    row.save()


def tell(
    verb: str,
    instance: Model,
    *,
    actor: Actor,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Let the listeners above know, inside the transaction."""
    changed.send(
        sender=type(instance),
        actor=actor,
        now=now,
        verb=verb,
        instance=instance,
        before=dict(before or {}),
        after=dict(after or {}),
    )
