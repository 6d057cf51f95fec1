"""The full-text index of cases: which may hold these words on this ground, the newest first, on either database.

It never holds too little and may hold too much: a term stays after the case has moved on, pairs of characters may stand
apart, and on PostgreSQL two terms may share a number. Whoever asks looks at the cases themselves before showing one; so
nothing needs to be taken out, and no answer depends on the index being tidy.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from yemai.base.transactions import writing

from .words import terms, wanted

TABLE = "search_index"
BATCH, GROWTH, BATCH_MOST = 32, 16, 1536
"""How many candidates are read at first, how fast that grows, and the most at once."""
BLOCKS = (12, 15, 18)
"""Bits of an id within its blocks: 4,096 cases, 32,768 and 262,144. GIN can't walk newest first, so each row bears the
names of its blocks as terms and the newest blocks are asked before the others."""
MERGE_PAGES = 2_000
DENSE = 256
"""A window that gave as many candidates is followed by one of the same size, else by a larger one."""


@dataclass(frozen=True)
class Entry:
    """One case as it goes into the index: its words, and marks of the ground, people and units that reach it."""

    id: int
    text: str
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Asked:
    """Every run must be there and one term of each group (a reach, a span of days); ids up to `last`, it included."""

    runs: Sequence[str]
    groups: Sequence[Collection[str]] = ()
    last: int = 2**62

    @property
    def terms(self) -> frozenset[str]:
        """What every case that fits has."""
        return frozenset(term for run in self.runs for term in wanted(run))


def mark(kind: str, number: int) -> str:
    """The term of a node, person, unit, day: longer than any term of words, so that neither is taken for the other."""
    return f"{kind}{number:07d}"


def put(entries: Iterable[Entry]) -> None:
    """Take these in; an entry that is there already gets the new terms too."""
    with writing(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(
                f"INSERT INTO {TABLE} (rowid, terms) VALUES (%s, %s)",  # noqa: S608 - our own name
                [(one.id, " ".join(sorted(terms(one.text) | one.marks))) for one in entries],
            )
            return
        cursor.executemany(
            f"INSERT INTO {TABLE} (id, terms) VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET terms = excluded.terms",  # noqa: S608 - our own name
            [(one.id, _numbers(terms(one.text) | one.marks | set(_blocks(one.id)))) for one in entries],
        )
        cursor.execute("SELECT gin_clean_pending_list(%s)", [f"{TABLE}_terms"])


def tidy() -> None:
    """After many entries at once: merge what was written in parts, and let the planner know how much there is."""
    if connection.vendor == "sqlite":
        pages, left = -MERGE_PAGES, 2  # the first asks for one part, the others go on; each is a short transaction
        while left >= 2:
            with writing(), connection.cursor() as cursor:
                before = cursor.execute("SELECT total_changes()").fetchone()[0]
                cursor.execute(f"INSERT INTO {TABLE} ({TABLE}, rank) VALUES ('merge', %s)", [pages])  # noqa: S608 - our own name
                left = cursor.execute("SELECT total_changes()").fetchone()[0] - before
            pages = MERGE_PAGES
        return
    with writing(), connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}")


def candidates(asked: Asked) -> Iterator[list[int]]:
    """Ids that may fit, the newest first, in growing batches: take as many as it needs and leave the rest unread."""
    if not asked.terms or not all(asked.groups):
        return iter(())
    return _walked(asked) if connection.vendor == "sqlite" else _by_blocks(asked)


def some(asked: Asked, most: int) -> list[int]:
    """At most so many ids that may fit, in no order, in one question: for lists that have an order of their own."""
    if not asked.terms or not all(asked.groups):
        return []
    if connection.vendor == "sqlite":
        return _rows(_SQLITE + "LIMIT %s", [_phrase(asked), asked.last, most])
    where, given = _where(asked)
    return _rows(f"SELECT id FROM {TABLE} WHERE {where} LIMIT %s", [*given, most])  # noqa: S608 - our own words


_SQLITE = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s AND rowid <= %s "  # noqa: S608 - our own name


def _phrase(asked: Asked) -> str:
    """As FTS5 is asked."""
    parts = [[term] for term in sorted(asked.terms, key=lambda term: (-len(term), term))]
    parts += [sorted(group) for group in asked.groups]
    return " AND ".join("(" + " OR ".join(f'"{term}"' for term in part) + ")" for part in parts)


def _walked(asked: Asked) -> Iterator[list[int]]:
    """FTS5 keeps ids in order and walks them backwards by itself."""
    phrase, last, size = _phrase(asked), asked.last, BATCH
    while True:
        found = _rows(_SQLITE + "ORDER BY rowid DESC LIMIT %s", [phrase, last, size])
        if found:
            yield found
        if len(found) < size:
            return
        last, size = found[-1] - 1, min(size * GROWTH, BATCH_MOST)


def _where(asked: Asked) -> tuple[str, list[Any]]:
    """As GIN is asked."""
    return "terms @> %s" + " AND terms && %s" * len(asked.groups), [_numbers(asked.terms), *map(_numbers, asked.groups)]


def _by_blocks(asked: Asked) -> Iterator[list[int]]:
    """The newest two blocks, then larger ones, at last all that is left."""
    where, given = _where(asked)
    last = min(asked.last, *_rows(f"SELECT coalesce(max(id), 0) FROM {TABLE}", []))  # noqa: S608 - our own name
    step, size = 0, BATCH
    while last > 0:
        below, within, blocks = 1, "", []
        if step < len(BLOCKS):
            newest = last >> BLOCKS[step]
            below = max(1, (newest - 1) << BLOCKS[step])
            within = " AND terms && %s"
            blocks = [_numbers(_block(BLOCKS[step], number) for number in (newest, newest - 1))]
        found = _rows(
            f"WITH found AS MATERIALIZED (SELECT id FROM {TABLE} WHERE {where}{within}) "  # noqa: S608 - our own words
            "SELECT id FROM found WHERE id BETWEEN %s AND %s ORDER BY id DESC",
            [*given, *blocks, below, last],
        )
        step += len(found) < DENSE
        while found:
            yield found[:size]
            found, size = found[size:], min(size * GROWTH, BATCH_MOST)
        last = below - 1


def _rows(statement: str, given: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [row[0] for row in cursor.fetchall()]


def _numbers(words: Iterable[str]) -> list[int]:
    """Terms as PostgreSQL keeps them: four bytes each, whatever their length."""
    return sorted({zlib.crc32(word.encode()) - 2**31 for word in words})


def _blocks(number: int) -> list[str]:
    return [_block(bits, number >> bits) for bits in BLOCKS]


def _block(bits: int, number: int) -> str:
    return f"block-{bits}-{number}"
