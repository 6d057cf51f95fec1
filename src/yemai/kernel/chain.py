"""A chain of hashes over rows that are never edited."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def canonical(body: Mapping[str, Any]) -> bytes:
    """One spelling per meaning: sorted keys, no spaces, moments in UTC."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()


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
