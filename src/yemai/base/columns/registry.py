"""The columns the system can fill by itself and the rows there may be, by key.

A reader gets many rows at once and asks the database a fixed number of questions, whatever their number; it answers
only what the asking person may see, and leaves out the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yemai.base.people.models import Person


class Of(StrEnum):
    """What a row is about."""

    NODE = "node"
    POST = "post"
    BUILDING = "building"
    CASE = "case"
    DEPARTMENT = "department"


class Shape(StrEnum):
    """What stands in a cell."""

    TEXT = "text"
    NUMBER = "number"
    RATE = "rate"
    """A share between 0 and 1; no sum is ever made of it."""
    DAY = "day"


@dataclass(frozen=True)
class Asking:
    """Who asks, when, and for which time (`until` is the first moment after it)."""

    actor: "Person"
    now: datetime
    since: datetime
    until: datetime


Read = Callable[[Sequence[int], Asking], Mapping[int, Any]]
Whom = Callable[[Sequence[int], Asking], Mapping[int, int]]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One thing the system knows of every row of a kind."""

    key: str
    label: Any
    of: Of
    read: Read
    shape: Shape = Shape.TEXT
    words: tuple[str, ...] = ()
    """Headings by which senders ask for it."""
    permission: str = ""
    """Who does not hold it sees nothing in this column."""
    is_counted: bool = False
    """Whether it speaks of the time asked for."""
    whom: Whom | None = None
    """For personal columns: whose record is read, by row. Whoever shows it records that look."""


@dataclass(frozen=True)
class Row:
    """One row: its key among its kind, what people call it, and the ground it belongs to."""

    key: int
    label: str
    node_id: int | None


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A kind of rows: `find` lists those under a path that fit a choice, in the order of the report."""

    key: str
    label: Any
    of: Of
    find: Callable[[Asking, str, str], list[Row]]
    choices: Callable[[], list[tuple[str, Any]]] = list
    permission: str = ""


COLUMNS: dict[str, Column] = {}
ROWS: dict[str, Rows] = {}


def column(key: str, label: Any, of: Of, **more: Any) -> Callable[[Read], Read]:
    """Register a reader as a column. Raises ValueError for a key that another has."""

    def register(read: Read) -> Read:
        add(Column(key=key, label=label, of=of, read=read, **more))
        return read

    return register


def add(*columns: Column) -> None:
    """Register columns. Raises ValueError for a key that another has."""
    for one in columns:
        if one.key in COLUMNS:
            raise ValueError(f"two columns are registered as {one.key!r}")
        COLUMNS[one.key] = one


def add_rows(*kinds: Rows) -> None:
    """Register kinds of rows. Raises ValueError for a key that another has."""
    for one in kinds:
        if one.key in ROWS:
            raise ValueError(f"two kinds of rows are registered as {one.key!r}")
        ROWS[one.key] = one


def columns_of(of: Of) -> list[Column]:
    """The columns that rows of this kind may have, as they were registered."""
    return [one for one in COLUMNS.values() if one.of == of]
