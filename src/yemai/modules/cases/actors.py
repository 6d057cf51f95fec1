"""Who acts besides a signed-in person: a resident without an account, and the system's own clock."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from yemai.base.people.models import Person


@dataclass(frozen=True)
class Resident:
    """Someone holding a case's tracking code or a one-time score link; never an account.

    `device_hash` is the hash of the cookie of the phone it came from ("" when unknown); `invitation_id` the score
    invitation that was opened.
    """

    device_hash: str = ""
    invitation_id: int | None = None

    def __str__(self) -> str:
        return str(_("居民"))


@dataclass(frozen=True)
class System:
    """The clock, an import or a replay acting by rule."""

    name: str = "system"

    def __str__(self) -> str:
        return str(_("系统"))


Actor = Person | Resident | System
