"""Making, finding and revoking tokens."""

import hashlib
import secrets
from datetime import datetime, timedelta

from yemai.base.people.models import Person
from yemai.base.transactions import writing

from .models import ApiToken

LIFE = timedelta(days=365)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(person: Person, *, label: str, now: datetime, life: timedelta = LIFE) -> str:
    """A fresh token of `person`, shown once; it acts with the person's reach until `now + life`."""
    token = f"ym_{secrets.token_urlsafe(32)}"
    with writing():
        ApiToken.objects.create(
            person=person, label=label[:80], token_hash=_hash(token), created_at=now, expires_at=now + life
        )
    return token


def person_of_token(token: str, now: datetime) -> Person | None:
    """Whose token it is, while it and its person are in force."""
    found = (
        ApiToken.objects.select_related("person")
        .filter(token_hash=_hash(token), revoked_at__isnull=True, expires_at__gt=now, person__is_active=True)
        .first()
    )
    return found.person if found else None


def revoke_token(token: ApiToken, *, now: datetime) -> None:
    """End a token at once."""
    with writing():
        ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)
