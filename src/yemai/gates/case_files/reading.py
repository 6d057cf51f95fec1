"""The tables of messages: their columns guessed, kept under a hash, their files told apart."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.utils.translation import override

from yemai.base.sheets import Table, open_table

from .terms import BACK, HEADINGS

KNOWN = frozenset(word for words in HEADINGS.values() for word in words)


def open_messages(path: Path) -> Table:
    """A table of messages. Raises Refused `unreadable`."""
    return open_table(path, KNOWN)


def guess_mapping(headings: list[str]) -> dict[str, str]:
    """Field -> heading, as far as the headings say."""
    lower = {heading.lower(): heading for heading in headings if heading}
    return {field: lower[word] for field, words in HEADINGS.items() for word in words if word in lower}


def own_headings(headings: list[str]) -> list[str]:
    """The file's own columns, without those set behind them when its rows came back, in whichever language that was."""
    for language, _name in settings.LANGUAGES:
        with override(language):
            if headings[-len(BACK) :] == [str(word) for word in BACK]:
                return headings[: -len(BACK)]
    return headings


def headings_hash(headings: list[str]) -> str:
    """By what a kept mapping is found again; rows that came back and were mended are the same file's."""
    return hashlib.sha256("\x1f".join(own_headings(headings)).encode()).hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of the file: the same file is one run, however often it is sent."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def import_folder() -> Path:
    """Where uploaded files wait for the worker."""
    folder = Path(settings.DATA_DIR) / "imports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
