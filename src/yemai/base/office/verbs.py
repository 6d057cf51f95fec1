"""A verb of the back office: a button on a row (or on a list), a page that asks for what it needs, an action."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from .forms import VerbForm
from .site import Asked

Shown = Callable[[Asked, Any], bool]


def always(_request: Asked, _row: Model | None) -> bool:
    """Shown on every row."""
    return True


@dataclass(frozen=True)
class Verb:
    """`run` names the register's method (request, row, cleaned data); what it returns is where to go: a row of the
    register, an address, or None to stay.

    `told` is what is said once it is done; `shown` asks whether it fits the row; `is_final` marks what can't be undone.
    """

    name: str
    label: Any
    icon: str
    run: str
    told: Any
    form: type[VerbForm] = VerbForm
    shown: Shown = always
    explained: Any = ""
    is_final: bool = False
