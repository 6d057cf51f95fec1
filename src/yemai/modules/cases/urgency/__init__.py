"""Can it wait? Danger to life, water, power, gas or heat out, weather doing harm: read from a resident's own words, proposed only."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..terms import UrgencyLevel
from . import pairs, takebacks, words

SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*")
CLAUSE = re.compile(r"[^，,、；;：:。！？!?\s…~～]+")
ALONE = (
    (UrgencyLevel.DANGER_TO_LIFE, words.DANGER),
    (UrgencyLevel.UTILITIES_OUT, words.UTILITIES),
    (UrgencyLevel.EXTREME_WEATHER, words.WEATHER),
)
"""In the order in which they can't wait."""
SAID_MOST = 4
LONG, OPENING = 150, 60
"""Characters: who is in need says so at once; a single word deep in a letter longer than this is part of a tale."""
SLIPS = str.maketrans("汽伙", "气火")
"""Slips of the pen that no other word needs here (煤汽, 着伙)."""


@dataclass(frozen=True)
class Urgency:
    """The highest level a text speaks for, with its words as they stand there."""

    level: UrgencyLevel = UrgencyLevel.NONE
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it can't wait."""
        return self.level != UrgencyLevel.NONE


def urgency_of(text: str) -> Urgency:
    """Read a report clause by clause; what is denied, supposed, long past or over does not count."""
    text = text.translate(SLIPS)
    is_still = bool(takebacks.STILL.search(text))
    if not is_still and takebacks.OVER.search(text):
        return Urgency()
    said = [cue for sentence in SENTENCE.finditer(text) for cue in _cues(sentence, is_still=is_still)]
    if len(text) > LONG and len({word for _l, _at, word in said}) < 2 and not any(at < OPENING for _l, at, _w in said):
        return Urgency()
    for level, _pattern in ALONE:
        own = [word for one, _at, word in said if one == level]
        if own:
            return Urgency(level, _told(own))
    return Urgency()


def _told(said: list[str]) -> tuple[str, ...]:
    """Each once, those that lie within another left out."""
    once = list(dict.fromkeys(said))
    return tuple(word for word in once if not any(word != other and word in other for other in once))[:SAID_MOST]


def _cues(sentence: re.Match[str], *, is_still: bool) -> Iterator[tuple[UrgencyLevel, int, str]]:
    live, is_advice = [], False
    for clause in CLAUSE.finditer(sentence.group()):
        is_advice = is_advice or bool(takebacks.ADVICE.search(clause.group()))
        if is_advice or _is_asked(clause.group()) or (not is_still and takebacks.PAST.search(clause.group())):
            continue
        if clause.group().endswith("的话"):
            continue
        clean = takebacks.LOOK_ALIKES.sub(lambda one: "＿" * len(one.group()), clause.group())
        at = sentence.start() + clause.start()
        live.append((at, clean))
        yield from _found(clean, at, (*ALONE, *pairs.IN_CLAUSE))
    if len(live) > 1:
        yield from _found("，".join(clean for _at, clean in live), live[0][0], pairs.IN_SENTENCE)


def _found(
    clean: str, at: int, patterns: tuple[tuple[UrgencyLevel, re.Pattern[str]], ...]
) -> Iterator[tuple[UrgencyLevel, int, str]]:
    supposed = takebacks.SUPPOSED.search(clean)
    for level, pattern in patterns:
        for cue in pattern.finditer(clean):
            if supposed and supposed.start() < cue.end():
                break
            if not takebacks.DENIED.search(clean[: cue.start()]):
                yield level, at + cue.start(), cue.group()


def _is_asked(clause: str) -> bool:
    """A question about papers, not a cry: 停水停电在哪里看通知."""
    return bool((takebacks.ASKED.search(clause) and takebacks.ABOUT.search(clause)) or takebacks.HEARSAY.search(clause))


__all__ = ["Urgency", "urgency_of"]
