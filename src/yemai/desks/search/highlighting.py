"""Found words, marked in a text that is shown; everything else of it is escaped."""

from collections.abc import Sequence
from html import unescape

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from yemai.base.search.words import fold

AROUND = 90
BEFORE = 20
"""Characters shown of a long text, and how many of them stand before the first word found."""


def marked(text: str, runs: Sequence[str], most: int = 0) -> SafeString:
    """The text with every run in <mark>; of a text longer than `most` (0: any) the part around the first of them."""
    spans = _spans(text, runs)
    start, end = 0, len(text)
    if most and end > most:
        start = max(0, min(spans[0][0] - BEFORE, end - most)) if spans else 0
        end = start + most
    pieces: list[tuple[str, str, str]] = []
    at = start
    for left, right in spans:
        if at <= left and right <= end:
            pieces.append((text[at:left], text[left:right], ""))
            at = right
    body = format_html_join("", "{}<mark>{}</mark>{}", pieces)
    return format_html("{}{}{}{}", "…" if start else "", body, text[at:end], "…" if end < len(text) else "")


def plain_text(shown: SafeString) -> str:
    """What is shown, without marks and unescaped: for readers other than a browser."""
    return unescape(shown.replace("<mark>", "").replace("</mark>", ""))


def _spans(text: str, runs: Sequence[str]) -> list[tuple[int, int]]:
    """Where runs stand in the text, as it is written: folding may make one character two, or none."""
    folded, origin = "", []
    for at, character in enumerate(text):
        same = fold(character)
        folded += same
        origin += [at] * len(same)
    found: list[tuple[int, int]] = []
    for run in runs:
        at = folded.find(run)
        while at >= 0:
            found.append((origin[at], origin[at + len(run) - 1] + 1))
            at = folded.find(run, at + len(run))
    merged: list[tuple[int, int]] = []
    for left, right in sorted(found):
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged
