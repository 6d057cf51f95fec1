"""Can it wait? Danger to life, water, power, gas or heat out, weather doing harm: read from a resident's own words, proposed only."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ..terms import UrgencyLevel
from . import learnt, pairs, takebacks, words

SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*")
CLAUSE = re.compile(r"[^，,、；;：:。！？!?\s…~～]+")
ALONE = (
    (UrgencyLevel.DANGER_TO_LIFE, words.DANGER),
    (UrgencyLevel.DANGER_TO_LIFE, words.MORE_DANGER),
    (UrgencyLevel.UTILITIES_OUT, words.UTILITIES),
    (UrgencyLevel.EXTREME_WEATHER, words.WEATHER),
)
"""In the order in which they can't wait."""
Cue = tuple[UrgencyLevel, int, str]
"""A level, where in the text, and the words."""
SAID_MOST = 4
LONG, OPENING = 150, 60
"""Characters: who is in need says so at once; a single word deep in a letter longer than this is part of a tale."""
READ = 600
"""Characters read of a report: what can't wait stands before them, and no text may keep an intake busy."""
SLIPS = str.maketrans("汽伙", "气火")
"""Slips of the pen that no other word needs here (煤汽, 着伙)."""


@dataclass(frozen=True)
class Urgency:
    """The highest level a text speaks for, with its words as they stand there."""

    level: UrgencyLevel = UrgencyLevel.NONE
    words: tuple[str, ...] = ()
    is_sure: bool = True
    """Listed words said so; where only the weights did, it is a hint, and no priority is proposed."""

    def __bool__(self) -> bool:
        """Whether it can't wait."""
        return self.level != UrgencyLevel.NONE


def urgency_of(text: str) -> Urgency:
    """Read a report clause by clause; what is denied, supposed, long past or over does not count.

    Listed words speak for themselves; a pair of words must not be against what the published set has taught; where both
    are silent, that alone may speak.
    """
    text = text[:READ].translate(SLIPS)
    live = _live(text)
    clauses = [left for at, clause in live if at < LONG and (left := _unsupposed(clause))]
    if not clauses:
        return Urgency()
    alone, paired = _cues(live, len(text))
    if alone:
        return _highest(alone + paired)
    taught = learnt.read(clauses)
    if paired and taught.probability >= learnt.BACKED:
        return _highest(paired)
    if len(text) <= learnt.LONGEST and taught.probability >= learnt.SURE:
        return Urgency(taught.level, tuple(filter(None, [taught.said.replace("＿", "")])), is_sure=False)
    return Urgency()


def live_clauses(text: str) -> list[str]:
    """What is left of a text to be learnt from: look-alikes and all that follows a supposition taken out."""
    live = _live(text.translate(SLIPS))
    return [left for at, clause in live if at < LONG and (left := _unsupposed(clause))]


def _unsupposed(clause: str) -> str:
    """Up to where it is only supposed; "" where it denies what would be urgent."""
    supposed = takebacks.SUPPOSED.search(clause)
    left = clause[: supposed.start()] if supposed else clause
    is_denied = any(takebacks.DENIED.search(left[: cue.start()]) for _l, one in ALONE for cue in one.finditer(left))
    return "" if is_denied else left


def _highest(cues: list[Cue]) -> Urgency:
    level = max(one for one, _at, _word in cues)
    return Urgency(level, _told([word for one, _at, word in cues if one == level]))


def _told(said: list[str]) -> tuple[str, ...]:
    """Each once, those that lie within another left out."""
    once = list(dict.fromkeys(said))
    return tuple(word for word in once if not any(word != other and word in other for other in once))[:SAID_MOST]


def _live(text: str) -> list[tuple[int, str]]:
    """The clauses that say how it is, each with its place in the text; none where all is over."""
    is_still = bool(takebacks.STILL.search(text))
    if not is_still and takebacks.OVER.search(text):
        return []
    live = []
    for sentence in SENTENCE.finditer(text):
        is_advice = False
        for clause in CLAUSE.finditer(sentence.group()):
            said = clause.group()
            is_advice = is_advice or bool(takebacks.ADVICE.search(said))
            is_past = not is_still and bool(takebacks.PAST.search(said))
            if not (is_advice or is_past or _is_asked(said) or said.endswith("的话")):
                clean = takebacks.LOOK_ALIKES.sub(lambda one: "＿" * len(one.group()), said)
                live.append((sentence.start() + clause.start(), clean))
    return live


def _cues(live: list[tuple[int, str]], length: int) -> tuple[list[Cue], list[Cue]]:
    """The words that speak alone and the pairs; neither where a single one lies deep in a long letter."""
    alone = [cue for at, clean in live for cue in _found(clean, at, ALONE)]
    paired = [cue for at, clean in live for cue in _found(clean, at, pairs.IN_CLAUSE)]
    for (at, one), (_at, other) in pairwise(live):
        paired += _found(f"{one}，{other}", at, pairs.IN_SENTENCE)
    every = alone + paired
    if length > LONG and len({word for _l, _at, word in every}) < 2 and not any(at < OPENING for _l, at, _w in every):
        return [], []
    return alone, paired


def _found(clean: str, at: int, patterns: tuple[tuple[UrgencyLevel, re.Pattern[str]], ...]) -> Iterator[Cue]:
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


__all__ = ["Urgency", "live_clauses", "urgency_of"]
