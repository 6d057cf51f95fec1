"""A chain of hashes over rows that are never edited: whoever alters or removes one breaks it for all to see."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


def canonical(body: Mapping[str, Any]) -> bytes:
    """One spelling per meaning: UTF-8 JSON, keys sorted, no spaces, moments in UTC to the microsecond.

    Raises ValueError for a moment without zone, NaN or infinity, and TypeError for what has no one spelling.
    """
    plain = _plain(body)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def link(previous: str, body: Mapping[str, Any]) -> str:
    """The hash (SHA-256, hex) of a row that follows `previous`."""
    return hashlib.sha256(previous.encode() + b"\n" + canonical(body)).hexdigest()


def first_break(rows: Iterable[tuple[str, str, Mapping[str, Any]]], genesis: str = "") -> int | None:
    """The index of the first of (previous, hash, body) that does not hold, or None."""
    previous = genesis
    for place, (said_previous, said_hash, body) in enumerate(rows):
        if said_previous != previous or link(previous, body) != said_hash:
            return place
        previous = said_hash
    return None


def _plain(value: Any) -> Any:
    """The value in JSON's own types, as it comes back from a JSON column of either database."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, str | int):
        return value
    if isinstance(value, float):
        # PostgreSQL keeps JSON numbers as decimals and gives 1e20 back as an integer.
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {_key(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return _spelled(value)


def _key(key: object) -> str:
    if isinstance(key, Enum):
        key = key.value
    if not isinstance(key, str):
        raise TypeError(f"{key!r} is no key of a JSON object")
    return key


def _spelled(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} says no time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no one spelling")
