"""How text becomes terms of the index: overlapping pairs of characters, so that a word is found across any token border."""

import re
import unicodedata
from itertools import islice, pairwise, product

_RUN = re.compile(r"[^\W_]+")
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
"""Mainland mobile numbers: a resident's number in a report is no word to be searched by."""
READINGS_MOST = 16
"""Ways to read the initials of one name: 重庆 is cq and zq, a long name of many such characters would have thousands."""


def fold(text: str) -> str:
    """Text as it is compared: one width, one case, without mobile numbers."""
    return _MOBILE.sub(" ", unicodedata.normalize("NFKC", text).casefold())


def runs(text: str) -> list[str]:
    """Runs of letters and digits of a text, folded; what is between them parts words."""
    return _RUN.findall(fold(text))


def terms(text: str) -> set[str]:
    """Everything that `wanted` may ask of a text: characters, pairs, and triples with a digit or Latin letter in them."""
    found: set[str] = set()
    for run in runs(text):
        found.update(run)
        found.update(map("".join, pairwise(run)))
        found.update(_threes(run))
    return found


def wanted(run: str) -> set[str]:
    """The terms that every text with this run in it has.

    Every other text has some 12, some 栋2 and some 单元: of such pairs 12栋2单元 would meet far too many.
    """
    if len(run) == 1:
        return {run}
    triples = set(_threes(run))
    inside = {pair for three in triples for pair in (three[:2], three[1:])}
    return triples | ({first + second for first, second in pairwise(run)} - inside)


def _threes(run: str) -> list[str]:
    threes = (run[at : at + 3] for at in range(len(run) - 2))
    return [three for three in threes if any(map(str.isascii, three))]


def initials(text: str) -> list[str]:
    """The initials of a name in pinyin, every reading of characters that have several: 丽发新城 -> lfxc."""
    from pypinyin import Style, pinyin  # its tables take 30 ms to load

    found: list[str] = []
    for run in runs(text):
        letters = pinyin(run, style=Style.FIRST_LETTER, heteronym=True, errors=list)  # type: ignore[arg-type]  # its types know of words alone
        found += map("".join, islice(product(*(dict.fromkeys(filter(None, one)) for one in letters)), READINGS_MOST))
    return [one for one in dict.fromkeys(found) if one.isascii()]
