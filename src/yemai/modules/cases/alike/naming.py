"""What a group of messages is called, and whether it has a name at all: the words its messages share and others do not."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from .clustering import Message

COVER = 0.6
"""Share of a group's messages that must say a word before it names the group."""
OWN = 0.5
"""Share of all messages saying a word that must lie in the group: a name belongs to one matter, "noise at night" to many."""
WORDS = 3
LONGEST = 12
LOOKED_AT = 12
"""Messages of a group whose runs of words are written out; what may be in a name was counted over all of them."""


class Names:
    """The words of a window of messages, counted once; then the name of any group of them."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.place = {one.key: at for at, one in enumerate(messages)}
        self.texts = [one.said for one in messages]
        count = CountVectorizer(analyzer=_grams, binary=True, dtype=np.int32)
        self.said: Any = count.fit_transform(self.texts) if any(map(_grams, self.texts)) else None
        self.known: Mapping[str, int] = count.vocabulary_ if self.said is not None else {}
        self.grams = {column: gram for gram, column in self.known.items()}
        self.everywhere = np.asarray(self.said.sum(axis=0)).ravel() if self.said is not None else np.zeros(0)

    def name(self, keys: Sequence[int]) -> list[str]:
        """The words that most of these messages say and few others do, then what most say anyway; [] when it has no name.

        Runs of digits (a telephone, a licence plate) name nobody's matter.
        """
        if self.said is None:
            return []
        rows = [self.place[key] for key in keys]
        inside = np.asarray(self.said[rows].sum(axis=0)).ravel()
        usual = np.flatnonzero(inside >= COVER * len(rows))
        own = usual[inside[usual] >= OWN * self.everywhere[usual]]
        if not len(own):
            return []
        some = rows[:: max(1, len(rows) // LOOKED_AT)]
        special = self._runs(some, {self.grams[column] for column in own})
        common = self._runs(some, {self.grams[column] for column in usual})
        found: list[str] = []
        for word in [*special, *common]:
            if not any(word in known or known in word for known in found):
                found.append(word)
        return found[:WORDS]

    def _runs(self, rows: Sequence[int], wanted: set[str]) -> list[str]:
        """The runs of characters that wanted grams make up, those in most of the messages first."""
        seen: dict[str, int] = {}
        for row in rows:
            text = self.texts[row]
            marked = [False] * len(text)
            for at in range(len(text) - 2):
                for size in (3, 4):
                    if text[at : at + size] in wanted and at + size <= len(text):
                        marked[at : at + size] = [True] * size
            for run in {one for one in _marked(text, marked) if len(one) <= LONGEST}:
                seen[run] = seen.get(run, 0) + 1
        return sorted(seen, key=lambda run: (-seen[run], -len(run), run))


def _marked(text: str, marked: Sequence[bool]) -> list[str]:
    return "".join(char if is_in else " " for char, is_in in zip(text, marked, strict=True)).split()


def _grams(text: str) -> list[str]:
    """Three and four neighbouring characters of one part, unless more than two of them are digits."""
    found = (text[at : at + size] for size in (3, 4) for at in range(len(text) - size + 1))
    return [gram for gram in found if " " not in gram and sum(char.isdigit() for char in gram) <= 2]
