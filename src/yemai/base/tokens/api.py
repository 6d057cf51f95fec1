"""One's own tokens, made and revoked in a session; a token never makes another."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Router, Schema, Status
from pydantic import ConfigDict, Field

from .actions import make_token, revoke_token
from .guards import SIGNED_IN, Guard, person_of
from .models import ApiToken
from .queries import token_for, tokens_of
from .terms import LIFE_DAYS, LIFE_DAYS_MAX, USUAL_SCOPES, Scope

router = Router(tags=["tokens"])


class TokenIn(Schema):
    """A token to be: what it is for, what it may do, for how many days."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"label": "夜间报表", "scopes": ["read"], "days": 90}]}
    )

    label: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
    scopes: Annotated[list[Scope], Field(max_length=3)] = list(USUAL_SCOPES)
    days: Annotated[int, Field(ge=1, le=LIFE_DAYS_MAX, strict=True)] = LIFE_DAYS


class TokenOut(Schema):
    """A token, without its secret."""

    id: int
    label: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenMade(TokenOut):
    """A fresh token; `secret` is shown this once and kept nowhere."""

    secret: str


def _shown(token: ApiToken) -> dict[str, Any]:
    return {name: getattr(token, name) for name in TokenOut.model_fields}


@router.get("/me/tokens", response=list[TokenOut], auth=Guard(SIGNED_IN, session_only=True), summary="One's own tokens")
def list_tokens(request: HttpRequest) -> Any:
    """The newest first, those that ended too."""
    return [_shown(token) for token in tokens_of(person_of(request))[:100]]


@router.post(
    "/me/tokens",
    response={201: TokenMade},
    auth=Guard(SIGNED_IN, scope=Scope.WRITE, session_only=True, refuses=(409,)),
    summary="Make a token",
)
def create_token(request: HttpRequest, body: TokenIn) -> Status[Any]:
    """It acts with one's own reach, narrowed to its scopes. At most twenty in force."""
    person = person_of(request)
    token, secret = make_token(
        person,
        label=body.label,
        scopes=body.scopes,
        life=timedelta(days=body.days),
        actor=person,
        now=timezone.now(),
    )
    return Status(201, {**_shown(token), "secret": secret})


@router.delete(
    "/me/tokens/{token_id}",
    response={204: None},
    auth=Guard(SIGNED_IN, scope=Scope.WRITE, session_only=True),
    summary="Revoke a token",
)
def end_token(request: HttpRequest, token_id: Annotated[int, Path(ge=1, le=2**53)]) -> Status[None]:
    """At once, and for good; twice is once."""
    person = person_of(request)
    revoke_token(token_for(person, token_id), actor=person, now=timezone.now())
    return Status(204, None)
