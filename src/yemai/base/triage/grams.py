"""A message as pieces to weigh: overlapping runs of one to three Chinese characters, and its words in other scripts."""

import re
from collections import Counter
from collections.abc import Iterable

HAN = re.compile(r"[\u3400-\u9fff]+")
LATIN = re.compile(r"[a-z]{2,}")
LONGEST = 3
TITLE = 30
"""A message without a title is headed by its first characters."""
LEAST_WORTH = 0.3
"""What weighs less of the heaviest word is not worth a line."""


def pieces(text: str) -> list[str]:
    """Every run of 1 to 3 neighbouring Chinese characters, none across a stop, and every latin word. No numbers.

    Characters need no dictionary, so a town's own words count like any other (numbers name one message, not a kind).
    """
    found = [
        run[at : at + size]
        for run in HAN.findall(text)
        for size in range(1, LONGEST + 1)
        for at in range(len(run) - size + 1)
    ]
    return found + LATIN.findall(text.lower())


def pairs(text: str) -> list[str]:
    """Every pair of neighbouring Chinese characters: most words of Chinese are two characters long."""
    return [run[at : at + 2] for run in HAN.findall(text) for at in range(len(run) - 1)]


def heading(title: str, text: str) -> str:
    """The title, or what stands for it."""
    return title.strip() or text.strip()[:TITLE]


def counted(grams: Iterable[str], vocabulary: dict[str, int]) -> Counter[int]:
    """How often each known piece occurs, by its column."""
    return Counter(column for gram in grams if (column := vocabulary.get(gram)) is not None)


def heaviest(weighed: dict[str, float], text: str, most: int) -> list[str]:
    """The pieces of two or three characters that weigh most where they stand in `text`, none over another.

    A piece weighs what all pieces within it weigh; three characters are shown for two where that says half as much
    again, so that "社保卡" is not cut to "社保".
    """
    spans = []
    for size in (2, 3):
        for at in range(len(text) - size + 1):
            word = text[at : at + size]
            if word in weighed and weighed[word] > 0:
                worth = sum(
                    weighed.get(word[left:right], 0.0) for left in range(size) for right in range(left + 1, size + 1)
                )
                spans.append((worth if size == 2 else worth / 1.5, at, word))
    spans.sort(key=lambda span: (-span[0], span[1]))
    shown: list[str] = []
    taken: set[int] = set()
    for worth, at, word in spans:
        if len(shown) == most or worth < spans[0][0] * LEAST_WORTH:
            break
        if not any(word in one or one in word for one in shown) and not taken & set(range(at, at + len(word))):
            shown.append(word)
            taken |= set(range(at, at + len(word)))
    return shown
