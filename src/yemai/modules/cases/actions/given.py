"""What an actor gives with a step: one flat record for the page, the API, the offline outbox and the replay."""

from dataclasses import dataclass, field, fields
from datetime import date
from uuid import UUID

from ..terms import Outcome, Priority, RejectReason, RequestKind, ReturnReason


@dataclass(frozen=True, kw_only=True)
class Given:
    """Every field optional; STEPS says which a verb demands. Ids are primary keys."""

    text: str = ""
    answer: str = ""
    outcome: Outcome | None = None
    reject_reason: RejectReason | None = None
    return_reason: ReturnReason | None = None
    request: RequestKind | None = None
    is_true: bool | None = None
    is_public: bool = False
    person: int | None = None
    people: tuple[int, ...] = ()
    department: int | None = None
    joint: tuple[int, ...] = ()
    category: int | None = None
    condition: int | None = None
    priority: Priority | None = None
    main_case: int | None = None
    score: int | None = None
    due_on: date | None = None
    review_on: date | None = None
    node: int | None = None
    place_text: str = ""
    lon: float | None = None
    lat: float | None = None
    photos: tuple[UUID, ...] = field(default_factory=tuple)
    photos_before: tuple[UUID, ...] = field(default_factory=tuple)

    def names(self) -> frozenset[str]:
        """The fields that were given."""
        blank: tuple[object, ...] = (None, "", ())
        return frozenset(
            f.name
            for f in fields(self)
            if getattr(self, f.name) not in blank and not (f.name == "text" and not self.text.strip())
        )
