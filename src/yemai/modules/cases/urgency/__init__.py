"""Can it wait? Danger to life, water, power, gas or heat out, weather doing harm: read from a resident's own words, proposed only."""

import re
from dataclasses import dataclass

from ..terms import UrgencyLevel
from . import words

SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*")
CLAUSE = re.compile(r"[^，,、；;：:。！？!?\s…~～]+")
LEVELS = (
    (UrgencyLevel.DANGER_TO_LIFE, words.DANGER),
    (UrgencyLevel.UTILITIES_OUT, words.UTILITIES),
    (UrgencyLevel.EXTREME_WEATHER, words.WEATHER),
)
"""In the order in which they can't wait."""
SAID_MOST = 4
LONG, OPENING = 150, 60
"""Characters: who is in need says so at once; a single word deep in a letter longer than this is part of a tale."""


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
    found: dict[UrgencyLevel, list[tuple[int, str]]] = {}
    is_still = bool(words.STILL.search(text))
    if not is_still and words.OVER.search(text):
        return Urgency()
    for sentence in SENTENCE.finditer(text):
        is_advice = False
        for clause in CLAUSE.finditer(sentence.group()):
            for level, said in _cues(clause.group(), is_still=is_still, is_advice=is_advice):
                found.setdefault(level, []).append((sentence.start() + clause.start(), said))
            is_advice = is_advice or bool(words.ADVICE.search(clause.group()))
    said = [one for cues in found.values() for one in cues]
    if len(text) > LONG and len({word for _at, word in said}) < 2 and not any(at < OPENING for at, _word in said):
        return Urgency()
    for level, _pattern in LEVELS:
        if level in found:
            return Urgency(level, tuple(dict.fromkeys(word for _at, word in found[level]))[:SAID_MOST])
    return Urgency()


def _cues(clause: str, *, is_still: bool, is_advice: bool) -> list[tuple[UrgencyLevel, str]]:
    if is_advice or _is_asked(clause) or (not is_still and words.PAST.search(clause)):
        return []
    clean = words.LOOK_ALIKES.sub(lambda one: "＿" * len(one.group()), clause)
    supposed = words.SUPPOSED.search(clause)
    found = []
    for level, pattern in LEVELS:
        for cue in pattern.finditer(clean):
            if words.DENIED.search(clean[: cue.start()]) or (supposed and supposed.start() < cue.start()):
                continue
            found.append((level, cue.group()))
    return found


def _is_asked(clause: str) -> bool:
    """A question about papers, not a cry: 停水停电在哪里看通知."""
    return bool(words.ASKED.search(clause) and words.ABOUT.search(clause))


__all__ = ["Urgency", "urgency_of"]
