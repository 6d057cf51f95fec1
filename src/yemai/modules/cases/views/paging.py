"""Keyset pages: the address carries where the last page ended, so page 1,000 costs what page 1 costs."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest

SIZE = 50


@dataclass(frozen=True)
class Page:
    """One page of rows; `next_cursor` is "" at the end."""

    items: list[Any]
    next_cursor: str
    query: str


def page_of(request: HttpRequest, rows: QuerySet[Any], *, keys: tuple[str, ...], size: int = SIZE) -> Page:
    """The page the address asks for; a cursor that can't be read starts again at the first page."""
    items, cursor = keyset(rows, request.GET.get("after", ""), keys, size)
    query = request.GET.copy()
    query.pop("after", None)
    return Page(items, cursor, query.urlencode())


def keyset(rows: QuerySet[Any], cursor: str, keys: tuple[str, ...], size: int) -> tuple[list[Any], str]:
    """`size` rows after `cursor` in the order of `keys` (rows must be ordered by them, empty values last)."""
    following = ordered(rows, keys)
    after = _read(cursor, keys)
    if after is not None:
        following = following.filter(_beyond(keys, after))
    found = list(following[: size + 1])
    return found[:size], _write(found[size - 1], keys) if len(found) > size else ""


def ordered(rows: QuerySet[Any], keys: tuple[str, ...]) -> QuerySet[Any]:
    """`rows` as their pages show them one after the other."""
    return rows.order_by(*(_order(key, rows.model) for key in keys))


def is_cursor(cursor: str, keys: tuple[str, ...]) -> bool:
    """Whether a cursor can be read: a program must be told that it lost its place, a page just starts again."""
    return _read(cursor, keys) is not None


def _order(key: str, model: type[Model]) -> Any:
    """Empty values last on every database; a column that has none is asked for plainly, so that an index may answer."""
    if key.startswith("-"):
        return F(key[1:]).desc()
    field = model._meta.get_field(key)
    return F(key).asc(nulls_last=True) if getattr(field, "null", True) else F(key).asc()


def _beyond(keys: tuple[str, ...], after: list[Any]) -> Q:
    """Rows after `after`: the first key beyond, or equal and the next beyond."""
    key, value = keys[0], after[0]
    name = key.lstrip("-")
    if value is None:
        beyond, equal = Q(pk__in=[]), Q(**{f"{name}__isnull": True})
    elif key.startswith("-"):
        beyond, equal = Q(**{f"{name}__lt": value}), Q(**{name: value})
    else:
        beyond, equal = Q(**{f"{name}__gt": value}) | Q(**{f"{name}__isnull": True}), Q(**{name: value})
        if name == "id":
            beyond = Q(id__gt=value)
    return beyond | (equal & _beyond(keys[1:], after[1:])) if len(keys) > 1 else beyond


def _write(row: Model, keys: tuple[str, ...]) -> str:
    values = [getattr(row, key.lstrip("-")) for key in keys]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(cursor: str, keys: tuple[str, ...]) -> list[Any] | None:
    if not cursor:
        return None
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(keys):
            return None
        return [
            _moment(value) if key.lstrip("-").endswith("_at") else _whole(value, key)
            for key, value in zip(keys, values, strict=True)
        ]
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(value)
    return found.astimezone(UTC)


def _whole(value: Any, key: str) -> Any:
    name = key.lstrip("-")
    if name in ("id", "returns", "recent", "urgency") and not (isinstance(value, int) and 0 <= value < 2**63):
        raise ValueError(value)
    if name.startswith("is_") and not isinstance(value, bool):
        raise ValueError(value)
    return value
