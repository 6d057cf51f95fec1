"""What an actor gives with a step: one flat record for the page, the API, the offline outbox and the replay."""

from dataclasses import dataclass, field, fields
from datetime import date
from uuid import UUID

from ..terms import Outcome, Priority, RejectReason, RequestKind, ReturnReason


@dataclass(frozen=True, kw_only=True)
class Given:
    """Every field optional; STEPS says which a verb demands. Ids are primary keys; words are kept plain."""

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

    def __post_init__(self) -> None:
        """Take out of the words what no database and no page wants."""
        for name in ("text", "answer", "place_text"):
            object.__setattr__(self, name, plain(getattr(self, name)))

    def names(self) -> frozenset[str]:
        """The fields that were given."""
        blank: tuple[object, ...] = (None, "", ())
        return frozenset(f.name for f in fields(self) if getattr(self, f.name) not in blank)


def plain(text: str) -> str:
    """The words as sent, without the control characters and half characters that no database and no page wants."""
    return "".join(
        ch
        for ch in text
        if ch in "\n\t" or (ord(ch) >= 32 and not 0x7F <= ord(ch) <= 0x9F and not 0xD800 <= ord(ch) <= 0xDFFF)
    ).strip()
