"""Finding tokens: by their secret, or a person's own."""

import hashlib
from datetime import datetime

from django.db.models import QuerySet

from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent

from .models import ApiToken


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def token_named(token: str, now: datetime) -> ApiToken | None:
    """The row of a secret, while it and its person are in force."""
    return in_force(now).select_related("person").filter(token_hash=hash_of(token), person__is_active=True).first()


def in_force(now: datetime) -> QuerySet[ApiToken]:
    """Neither revoked nor expired."""
    return ApiToken.objects.filter(revoked_at__isnull=True, expires_at__gt=now)


def tokens_of(person: Person) -> QuerySet[ApiToken]:
    """All a person ever had, the newest first."""
    return ApiToken.objects.filter(person=person).order_by("-pk")


def token_for(person: Person, token_id: int) -> ApiToken:
    """One of a person's own. Raises Absent."""
    found = tokens_of(person).filter(pk=token_id).first()
    if found is None:
        raise Absent()
    return found
