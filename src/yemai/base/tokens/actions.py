"""Making, using and revoking tokens."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from yemai.base.audit.actions import record
from yemai.base.people.models import Person
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .models import ApiToken
from .queries import hash_of, in_force
from .terms import IN_FORCE_MAX, LIFE_DAYS, LIFE_DAYS_MAX, USE_NOTED_MINUTES, USUAL_SCOPES, Scope


def make_token(
    person: Person,
    *,
    label: str,
    now: datetime,
    scopes: Iterable[Scope] = USUAL_SCOPES,
    life: timedelta = timedelta(days=LIFE_DAYS),
    actor: Person | None = None,
) -> tuple[ApiToken, str]:
    """A fresh token of `person` and its secret, shown once; it acts with the person's reach until `now + life`.

    Raises Refused `bad-life` beyond two years, `too-many-tokens`.
    """
    if not timedelta() < life <= timedelta(days=LIFE_DAYS_MAX):
        raise Refused("bad-life", _("密钥的有效期最长 %(days)d 天。") % {"days": LIFE_DAYS_MAX}, status=422)
    secret = f"ym_{secrets.token_urlsafe(32)}"
    with writing():
        if in_force(now).filter(person=person).count() >= IN_FORCE_MAX:
            raise Refused("too-many-tokens", _("有效的密钥已有 %(n)d 个，请先停用不用的。") % {"n": IN_FORCE_MAX})
        token = ApiToken.objects.create(
            person=person,
            label=label.strip()[:80],
            token_hash=hash_of(secret),
            scopes=sorted({Scope(one).value for one in scopes}),
            created_at=now,
            expires_at=now + life,
        )
        after = {"label": token.label, "scopes": token.scopes, "expires_at": token.expires_at}
        record(actor=actor, action="make_token", subject=token, now=now, after=after)
    return token, secret


def note_use(token: ApiToken, *, now: datetime) -> None:
    """Keep when a token was last used, to a few minutes."""
    if token.last_used_at is None or now - token.last_used_at >= timedelta(minutes=USE_NOTED_MINUTES):
        with writing():
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def revoke_token(token: ApiToken, *, now: datetime, actor: Person | None = None) -> None:
    """End a token at once; ended twice, the first time counts."""
    with writing():
        if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
            record(actor=actor, action="revoke_token", subject=token, now=now)
