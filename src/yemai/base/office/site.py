"""What a register asks of the site it stands on: who reaches where, and where the trail is.

The site itself lives at the top of the house, because only there reach and the audit trail are known; the rooms below
people (ground, parameters, jobs) have registers too.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from django.db.models import Model, Q
from django.http import HttpRequest


class Asked(HttpRequest):
    """A request the site has let in: whoever asks is one of the staff, whose kind the rooms below people don't know."""

    user: Any


class Ground(Protocol):
    """Where somebody holds a permission."""

    def __bool__(self) -> bool:
        """Anywhere at all?"""
        ...

    def covers(self, path: str | None) -> bool:
        """On the node with this path?"""
        ...

    def q(self, field: str = "path") -> Q:
        """As a condition on a path column."""
        ...


class Office(Protocol):
    """The back office's site."""

    name: str

    def reach(self, request: HttpRequest, permission: str) -> Ground:
        """Where the asker holds a permission; everywhere for a superuser."""
        ...

    def holds_everywhere(self, request: HttpRequest, permission: str) -> bool:
        """Does the asker hold it on the whole ground? What belongs to no place is theirs alone."""
        ...

    def record(
        self, request: HttpRequest, action: str, subject: Model, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> None:
        """Write a change into the trail that no listener writes."""
        ...

    def trail_of(self, subject: Model) -> str:
        """The address at which the trail of one row is read."""
        ...
