"""The rooms below tell what changed without knowing the trail; here it is written down, in their transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from yemai.base.parameters.events import changed as parameters_changed
from yemai.base.people.events import changed as people_changed
from yemai.base.people.models import Person
from yemai.base.territory.events import changed as ground_changed

from .actions import record


def connect() -> None:
    """Listen to parameters, the ground and people; connecting twice listens once."""
    for signal in (parameters_changed, ground_changed, people_changed):
        signal.connect(_written, dispatch_uid="yemai.audit")


def _written(
    *,
    actor: object,
    now: datetime,
    verb: str,
    instance: Model,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    **_more: object,
) -> None:
    person = actor if isinstance(actor, Person) else None
    record(actor=person, action=verb, subject=instance, now=now, before=before, after=after)
