"""Tells the audit trail who signed in, who failed to, and who changed how they sign in (GB/T 22239, 8.1.4.3)."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import password_changed, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone

from yemai.base.people.events import changed
from yemai.base.people.models import Person
from yemai.base.transactions import writing

VERBS: tuple[tuple[Signal, str], ...] = (
    (user_logged_in, "sign_in"),
    (user_logged_out, "sign_out"),
    (password_changed, "change_own_password"),
    (password_set, "set_own_password"),
    (authenticator_added, "add_second_factor"),
    (authenticator_reset, "renew_recovery_codes"),
    (authenticator_removed, "remove_second_factor"),
    (social_account_added, "tie_identity"),
    (social_account_removed, "untie_identity"),
)


def connect() -> None:
    """Listen to Django's and the library's signals; connecting twice listens once."""
    for signal, verb in VERBS:
        signal.connect(_teller(verb), dispatch_uid=f"access.trail.{verb}", weak=False)
    user_login_failed.connect(_failed, dispatch_uid="access.trail.failed")


def _teller(verb: str) -> Any:
    def told(request: HttpRequest | None = None, user: Any = None, **more: Any) -> None:
        tied = more.get("sociallogin") or more.get("socialaccount")
        person = user or (tied.user if tied else None)
        if isinstance(person, Person):
            _tell(verb, person, person, request)

    return told


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_more: Any) -> None:
    """A wrong password for somebody there is; names nobody bears would only fill the trail with others' typing."""
    person = Person.objects.filter(username=credentials.get("username", "")).first()
    if person is not None:
        _tell("sign_in_failed", person, None, request)


def _tell(verb: str, person: Person, actor: Person | None, request: HttpRequest | None) -> None:
    address = get_adapter().get_client_ip(request) if request and request.META.get("REMOTE_ADDR") else ""
    with writing():
        changed.send(
            sender=Person,
            actor=actor,
            now=timezone.now(),
            verb=verb,
            instance=person,
            before={},
            after={"address": address},
        )
