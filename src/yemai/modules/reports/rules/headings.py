"""What a heading asks for: its words laid bare, and the known column that fits them best."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from yemai.base.columns.registry import Column

NOISE = re.compile(r"[\s*＊:：、,，.。]+")
BRACKETS = re.compile(r"[（(\[【][^）)\]】]*[）)\]】]")


def plain(heading: str) -> str:
    """A heading without spaces, breaks, stars and width: what makes two senders' headings the same."""
    return NOISE.sub("", unicodedata.normalize("NFKC", heading)).lower()


def bare(heading: str) -> str:
    """As `plain`, without what stands in brackets: 户数（户） asks for 户数."""
    return plain(BRACKETS.sub("", unicodedata.normalize("NFKC", heading)))


def path_of(words: Sequence[str]) -> str:
    """A column's name through all rows of its header; by it a mapping is found again in a changed layout."""
    return "/".join(plain(word) for word in words)


def question_key(text: str) -> str:
    """By what the same question of two forms is known to be the same."""
    return bare(text)[:80] or plain(text)[:80]


def is_number_heading(words: Sequence[str]) -> bool:
    """Does the column number the rows?"""
    return bool(words) and plain(words[-1]) in {"序号", "序", "no"}


def proposed(words: Sequence[str], columns: Iterable[Column]) -> Column | None:
    """The column a heading asks for: its last part before all parts together, exact words before longer ones."""
    if not words:
        return None
    tries = [plain(words[-1]), bare(words[-1]), plain("".join(words)), bare("".join(words))]
    listed = list(columns)
    for heading in tries:
        for column in listed:
            if heading and heading in {plain(word) for word in column.words}:
                return column
    return None


def carried(new: Sequence[Sequence[str]], old: Mapping[str, dict[str, object]]) -> dict[int, dict[str, object]]:
    """Mappings of an earlier layout for the columns of a new one, by the whole heading, else by its last part."""
    by_last: dict[str, list[dict[str, object]]] = {}
    for path, mapping in old.items():
        by_last.setdefault(path.rpartition("/")[2], []).append(mapping)
    found: dict[int, dict[str, object]] = {}
    for at, words in enumerate(new):
        same = old.get(path_of(words))
        last = by_last.get(plain(words[-1]), []) if words else []
        if same is not None:
            found[at] = same
        elif len(last) == 1:
            found[at] = last[0]
    return found
