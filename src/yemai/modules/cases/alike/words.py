"""The words of a report: its normal form and mark, the words two reports share, how alike they are. Cheap: no numpy."""

import hashlib
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

HEAD, BODY = 30, 300
"""Characters that stand for a title where there is none; characters of the text that are compared."""
NOT_WORDS = re.compile(r"\W+")
NUMBERS = re.compile(r"[\d_栋幢楼单元号]+")
"""Numbers and the words of an address: two reports from one building share these whatever they are about."""
SHARED_LONGEST = 12


def normal(text: str) -> str:
    """The text without stops, spaces and the difference between wide and narrow, large and small letters."""
    return NOT_WORDS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def fingerprint(text: str) -> str:
    """32 hex digits, the same for texts of the same normal form; "" for a text that says nothing."""
    said = normal(text)
    return hashlib.sha256(said.encode()).hexdigest()[:32] if said else ""


def head_of(title: str, text: str) -> str:
    """The normal form of the title; the first words stand for one that is missing."""
    return normal(title) or normal(text)[:HEAD]


def grams(said: str) -> list[str]:
    """Every two and three neighbouring characters, each as often as it stands there."""
    return [said[at : at + size] for size in (2, 3) for at in range(len(said) - size + 1)]


def likeness(text: str, others: Sequence[str]) -> list[float]:
    """How alike each of `others` is to `text`, 0 to 1: the cosine of grams, each worth less the more of them have it.

    Numbers and words of an address say nothing here. The same words are 1, whatever the rest.
    """
    own, rest = _said(text), [_said(other) for other in others]
    have: Counter[str] = Counter()
    for one in (own, *rest):
        have.update(one.keys())
    worth = {gram: math.log((2 + len(rest)) / (1 + count)) + 1 for gram, count in have.items()}
    length = _length(own, worth)
    found = []
    for one in rest:
        shared = sum(own[gram] * count * worth[gram] ** 2 for gram, count in one.items() if gram in own)
        found.append(min(1.0, shared / (length * _length(one, worth))) if shared else 0.0)
    return found


def _said(text: str) -> dict[str, float]:
    words = NUMBERS.sub("", normal(text))[:BODY]
    return {gram: 1 + math.log(count) for gram, count in Counter(grams(words)).items()}


def _length(one: dict[str, float], worth: dict[str, float]) -> float:
    return math.sqrt(sum((count * worth[gram]) ** 2 for gram, count in one.items()))


def shared_words(one: str, other: str, most: int = 3) -> list[str]:
    """The longest runs of characters that both say, longest first, none within another; numbers and addresses left out."""
    left = NUMBERS.sub(" ", NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", one)).casefold())[: 2 * BODY]
    right = NUMBERS.sub(" ", NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", other)).casefold())[: 2 * BODY]
    found: list[str] = []
    at = 0
    while at < len(left):
        size = 0
        while size < SHARED_LONGEST and at + size < len(left) and left[at + size] != " ":
            if left[at : at + size + 1] not in right:
                break
            size += 1
        if size >= 2:
            found.append(left[at : at + size])
        at += max(1, size)
    return sorted(dict.fromkeys(found), key=lambda word: (-len(word), found.index(word)))[:most]
