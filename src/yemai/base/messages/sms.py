"""Text messages: the interface a provider is connected by, and one back end that prints to the console."""

import sys
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from .rules import masked


class SmsRefused(Exception):
    """The provider will never take this message (bad number, template not approved)."""


class SmsUnavailable(Exception):
    """The provider can't take it now; it is tried again later."""


class SmsGateway(Protocol):
    """What a provider's adapter must do; name its class in settings.SMS_BACKEND. It is made without arguments."""

    def send(self, phone: str, text: str, *, reference: str) -> None:
        """Hand one text over. `reference` is the same on every attempt: give it to the provider against doubles.

        Raises SmsRefused, SmsUnavailable.
        """


class ConsoleSms:
    """Prints what would be sent, the number masked: for trials, and until a provider is connected."""

    def send(self, phone: str, text: str, *, reference: str) -> None:
        """Print one line."""
        sys.stdout.write(f"SMS {reference} -> {masked(phone)}: {text}\n")
        sys.stdout.flush()


def gateway() -> SmsGateway:
    """The configured back end."""
    made: SmsGateway = import_string(settings.SMS_BACKEND)()
    return made
