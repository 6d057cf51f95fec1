"""What the registers of the ground share."""

from typing import Any

from django.db.models import Q

from yemai.base.office.site import Asked

EDIT = "territory.edit"


def is_open(_request: Asked, row: Any) -> bool:
    """Does it still stand?"""
    return getattr(row, "valid_to", None) is None and getattr(row, "ended_on", None) is None


def limited(form: Any, ground: Q) -> Any:
    """A form class whose choice of a node offers this ground."""
    if "node" in form.base_fields:
        form.base_fields["node"].limit(ground)
    return form
