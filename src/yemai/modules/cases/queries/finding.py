"""Cases by their words, among those an actor may see: the newest first, or the best of the newest two thousand.

Candidates come from the index, with the actor's reach among the terms asked for; each batch then passes the same conditions
as every list (`cases_for`, `narrowed`) and its text is read for the words themselves. So what the index has too much
costs time and never shows, and both databases give the same answers in the same order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from heapq import merge, nlargest
from itertools import groupby, islice
from math import log2
from typing import Any

from django.db.models import Func, IntegerField, QuerySet
from django.utils import timezone

from yemai.base.people.models import Person
from yemai.base.search.index import Asked, candidates
from yemai.base.search.waiting import newest_waiting
from yemai.base.search.words import fold, runs

from ..indexing import marks_between, marks_of
from ..models import Case
from .listing import Filter, cases_for, narrowed

RANKED = 2_000
"""So many of the newest matches are compared with each other; what is older than all of them is found newest first."""
LOOKED_MOST = 40_000
"""Candidates read for one page where filters let hardly any through; then the page says that there may be more."""
IN_TITLE, IN_PLACE, IN_TEXT, EARLY = 8.0, 5.0, 3.0, 1.0
EARLY_CHARACTERS = 40
FRESH, FRESH_SECONDS = 4.0, 60 * 24 * 3600
"""A case of today is worth as much more, half of it after sixty days."""
SHOWN = (
    "title", "text", "place_text", "stage", "reported_at",
    "node__name", "node__name_en", "category__name", "category__name_en",
)  # fmt: skip
FIRST_DAY = datetime(2000, 1, 1, tzinfo=timezone.get_default_timezone())


@dataclass(frozen=True)
class Found:
    """One page of matches; `last` is where the next page begins (0: there is none), `is_cut`: not all were looked at."""

    cases: list[Case]
    last: int = 0
    is_cut: bool = False


@dataclass
class Walk:
    """Matches of one search, read as far as somebody takes them."""

    seen: QuerySet[Case]
    runs: Sequence[str]
    asked: Asked
    looked: int = 0

    def rows(self, *more: Any) -> Iterator[tuple[Any, ...]]:
        """(id, title, place, text, ...) of each match, the newest first; words folded."""
        columns = ("pk", "title", "place_text", "text", *more)
        for batch in self._candidates():
            for row in batch.values_list(*columns):
                said = self._said(row[1:4])
                if said:
                    yield (row[0], *said, *row[4:])

    def cases(self) -> Iterator[Case]:
        """Each match as a page of hits shows it, the newest first: for few, one question less than by `rows`."""
        for batch in self._candidates():
            for case in batch.select_related("node", "category").only(*SHOWN):
                if self._said((case.title, case.place_text, case.text)):
                    yield case

    def _candidates(self) -> Iterator[QuerySet[Case]]:
        """Those that may be seen and pass the filters, batch by batch."""
        for batch in self._batches():
            self.looked += len(batch)
            yield self.seen.filter(pk__in=batch).order_by("-pk")
            if self.looked >= LOOKED_MOST:
                return

    def _said(self, texts: Sequence[str]) -> Sequence[str]:
        """The texts in which every run stands, () where one is missing.

        Folding takes most of the time of a ranked search. Characters are mostly found without; numbers and letters have
        forms, and mobile numbers are not to be found, so a search for these always folds.
        """
        if self._is_plain and all(any(run in text for text in texts) for run in self.runs):
            return texts
        folded = [fold(text) for text in texts]
        return folded if all(any(run in text for text in folded) for run in self.runs) else ()

    @cached_property
    def _is_plain(self) -> bool:
        return not any(character.isascii() for run in self.runs for character in run)

    def _batches(self) -> Iterator[list[int]]:
        """Candidates of the index, and what waits to go into it in its place among them."""
        waiting = [one for one in newest_waiting() if one <= self.asked.last]
        for batch in candidates(self.asked):
            newer = [one for one in waiting if one >= batch[-1]]
            waiting = waiting[len(newer) :]
            yield [one for one, _same in groupby(merge(batch, newer, reverse=True))]
        if waiting:
            yield waiting


def walk(actor: Person, words: str, by: Filter, now: datetime, last: int = 0) -> Walk:
    """Matches of `words` and `by` (whose own words are left aside) among the cases an actor may see, up to the id `last`."""
    groups = [marks_of(actor)]
    if by.since or by.until:
        ends = (by.until or now) - timedelta(microseconds=1)
        groups.append(marks_between(timezone.localdate(by.since or FIRST_DAY), timezone.localdate(ends)))
    asked = Asked(runs(words), [one for one in groups if one is not None], last or 2**62)
    return Walk(narrowed(cases_for(actor), replace(by, words=""), now), asked.runs, asked)


def newest_found(actor: Person, words: str, by: Filter, now: datetime, *, size: int, last: int = 0) -> Found:
    """A page of matches, the newest first."""
    found = walk(actor, words, by, now, last)
    cases = list(islice(found.cases(), size + 1))
    is_cut = len(cases) <= size and found.looked >= LOOKED_MOST
    return Found(cases[:size], cases[size].pk if len(cases) > size else 0, is_cut)


def best_found(actor: Person, words: str, by: Filter, now: datetime, *, size: int) -> Found:
    """The best of the newest matches: where the words stand, how often, how fresh the case is; of equals the newer."""
    found = walk(actor, words, by, now)
    rows = list(islice(found.rows(Seconds("reported_at")), RANKED))
    best = nlargest(size, rows, key=lambda row: (worth(found.runs, row[1:4], now.timestamp() - row[4]), row[0]))
    return Found(_cases([row[0] for row in best]), is_cut=len(rows) == RANKED or found.looked >= LOOKED_MOST)


class Seconds(Func):
    """A moment as whole seconds since 1970: making moments of two thousand texts takes a third of a ranked search."""

    output_field = IntegerField()
    template = "CAST(extract(epoch FROM %(expressions)s) AS bigint)"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """SQLite keeps moments as texts of UTC."""
        return self.as_sql(compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS integer)", **more)


def worth(wanted: Sequence[str], row: Sequence[str], seconds: float) -> float:
    """What a match (title, place, text, and how old) is worth: title before place before text, each word once more by how often it is said."""
    title, place, text = row
    total: float = FRESH * 0.5 ** (max(seconds, 0) / FRESH_SECONDS)
    for run in wanted:
        count = text.count(run)
        total += IN_TITLE * (run in title) + IN_PLACE * (run in place)
        total += (IN_TEXT + log2(count) + EARLY * (run in text[:EARLY_CHARACTERS])) if count else 0
    return total


def _cases(ids: Sequence[int]) -> list[Case]:
    """These in their order, with what a page of hits shows."""
    by_id = Case.objects.select_related("node", "category").only(*SHOWN).in_bulk(list(ids))
    return [by_id[one] for one in ids]
