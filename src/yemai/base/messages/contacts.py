"""Somebody without an account who left a number or an address."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Contact:
    """How to reach a resident, in the clear: it lives in memory alone and is sealed in the outbox until sent."""

    phone: str = ""
    email: str = ""
    locale: str = "zh-hans"

    def __repr__(self) -> str:
        """Never shows the number: representations end up in logs."""
        return "Contact(…)"
