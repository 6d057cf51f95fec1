"""Kinds of fields the API takes: each says in the description what it accepts, and accepts no more and no less."""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Header, Path, Query, Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from ..actions.given import plain
from ..terms import TEXT_MAX, Verb

BIGGEST = 2**53
"""The largest number every JSON reader keeps exactly; ids of ours stay far below."""
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(\.\d+)?([Zz]|[+\- ]\d\d:\d\d)")
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _wrong(kind: str, text: str) -> PydanticCustomError:
    return PydanticCustomError(kind, text)


def read_moment(said: Any) -> datetime:
    """An RFC 3339 moment; those that no calendar of ours holds in UTC become its first or last."""
    found = _MOMENT.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise _wrong("moment", "not an RFC 3339 date-time with its offset")
    day, minute, second, part, offset = found.groups()
    second = "59" if second == "60" else second  # a leap second, which Python does not know
    offset = "+00:00" if offset in "Zz" else offset.replace(" ", "+")  # a plus sent unescaped arrives as a blank
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}:{second}{(part or '')[:7]}{offset}")
    except ValueError:
        raise _wrong("moment", "not a moment of the calendar") from None
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return FIRST if moment.year == 1 else LAST


def read_day(said: Any) -> date:
    """An RFC 3339 full-date."""
    try:
        if isinstance(said, str) and _DAY.fullmatch(said):
            return date.fromisoformat(said)
    except ValueError:
        pass
    raise _wrong("day", "not a date such as 2026-03-04")


def _whole(said: object) -> object:
    """JSON knows one kind of number: 4.0 is an integer too; "4" and true are not."""
    if isinstance(said, bool) or not isinstance(said, int | float) or said != said // 1:
        raise _wrong("whole", "not a whole number")
    return int(said)


def _real(said: object) -> object:
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise _wrong("number", "not a number")
    return said


def _line(text: str) -> str:
    return " ".join(plain(text).split())


def _text(longest: int, *, one_line: bool = True) -> Any:
    return Annotated[str, Field(max_length=longest), AfterValidator(_line if one_line else plain)]


MOMENT, DAY = {"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}
Words = _text(TEXT_MAX, one_line=False)
"""Control characters fall away; everything else is kept as it was said."""
Line, Title, Name, Phone, DoorToken = _text(300), _text(120), _text(60), _text(30), _text(80)
Id = Annotated[int, Field(ge=1, le=BIGGEST), BeforeValidator(_whole)]
ScoreValue = Annotated[int, Field(ge=1, le=5), BeforeValidator(_whole)]
Version = Annotated[int, Field(ge=0, le=2**31), BeforeValidator(_whole)]
Moment = Annotated[datetime, BeforeValidator(read_moment), WithJsonSchema(MOMENT)]
Day = Annotated[date, BeforeValidator(read_day), WithJsonSchema(DAY)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False), BeforeValidator(_real)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False), BeforeValidator(_real)]

# In the address or a header everything is text.
PathId = Annotated[int, Path(ge=1, le=BIGGEST)]
QueryId = Annotated[int, Field(ge=1, le=BIGGEST)]
QueryLon = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
QueryLat = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]
CODE_PATTERN = "^[0-9A-Za-z-]{1,40}$"
NodeCode = Annotated[str, Path(pattern=CODE_PATTERN, description="a node's code", examples=["990101001001100001"])]
TrackingCode = Annotated[str, Path(max_length=40, description="a tracking code, with or without hyphens")]
Key = Annotated[
    UUID | None,
    WithJsonSchema({"type": "string", "format": "uuid"}),
    Header(
        None,
        alias="Idempotency-Key",
        description="A UUID made by the sender. The same key sent again by the same sender acts once and answers alike.",
    ),
]
IfMatch = Annotated[
    str | None,
    WithJsonSchema({"type": "string"}),
    Header(None, alias="If-Match", description="The ETag the sender saw; 412 when the case has moved on since."),
]
Cursor = Annotated[str, Query(max_length=400, description="`next` of the page before; 404 when it is none of ours")]
Size = Annotated[int, Query(ge=1, le=100, description="rows a page")]


class Taken(Schema):
    """A body that takes the fields it names and no others."""

    model_config = ConfigDict(extra="forbid")


QueryMoment = Annotated[datetime, BeforeValidator(read_moment), WithJsonSchema(MOMENT)]
ScoreToken = Annotated[str, Path(max_length=80, description="the token of a one-time score link, after /s/")]
Switch = Literal["true", "false", "1", "0"]


def is_on(switch: str) -> bool:
    """Reads a Switch."""
    return switch in ("true", "1")


def verbs_in(verbs: Collection[Verb]) -> WithJsonSchema:
    """How the description shows a verb that must be one of these."""
    return WithJsonSchema({"type": "string", "enum": [verb.value for verb in Verb if verb in verbs]})


def one_of(verbs: Collection[Verb]) -> AfterValidator:
    """Other verbs are addresses that are not there."""

    def check(verb: Verb) -> Verb:
        if verb not in verbs:
            raise _wrong("verb", "no such step here")
        return verb

    return AfterValidator(check)
