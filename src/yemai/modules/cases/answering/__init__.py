"""Does an answer answer? What was done, by whom, when, to what was asked, in words people read. It advises, never blocks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import phrases, weights
from .advice import ADVICE, Fault

HAN = re.compile(r"[一-龥]+")
SPOKEN = re.compile(r"[一-龥\d]")
SENTENCE = re.compile(r"[^。！？!?；;\n]+")
LATIN = re.compile(r"[A-Za-z]")
PLANNED = re.compile(r"(?:将|拟|计划|准备|打算|争取|下一步|下步|近期|后续|尽快|会|正在|待)[^，。；,;！!\n]{0,10}$")
COMMON = frozenset(
    "的了在是我有和就不人都一个上下也很到说要去你会着没看好自这那们为与及把被吗呢吧请您已经将对来过给让从又还大小中里外"
    "问题反映情况处理解决办部门单位居民能可以天日月年时间后前完毕修查"
)
"""Characters that stand in any two texts."""


@dataclass(frozen=True)
class Finding:
    """One piece of advice with the words of the text it is about."""

    code: Fault
    words: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """In two or three words."""
        return str(self.code.label)

    @property
    def advice(self) -> str:
        """What the writer may do about it."""
        return str(ADVICE[self.code])


@dataclass(frozen=True)
class Answer:
    """What the check says of a text: `score` 0 (says nothing) to 1; None for a text it can't read (none, or not Chinese)."""

    score: float | None
    findings: tuple[Finding, ...] = ()

    @property
    def percent(self) -> int | None:
        """The score as people read it."""
        return None if self.score is None else round(self.score * 100)

    @property
    def is_good(self) -> bool:
        """May it stand as an example?"""
        return self.score is not None and self.score >= weights.GOOD

    def kept(self) -> dict[str, Any]:
        """What goes into the story: the score in percent, the codes, the version of the table."""
        return {
            "percent": self.percent,
            "faults": [finding.code.value for finding in self.findings],
            "version": weights.VERSION,
        }


def check_answer(
    text: str, *, asked: str = "", earlier: Iterable[str] = (), known: Iterable[str] = (), is_refusal: bool = False
) -> Answer:
    """Read an answer to `asked` beside `earlier` answers of the same hand; `known` are names of who may have done it.

    A refusal owes a reason and where to turn instead of a deed, its doer and its day.
    """
    if not is_readable(text):
        return Answer(None)
    said = _read(text, asked)
    if any(name and name in text for name in known):
        said.parts["named"] = 1.0
    if is_refusal:
        said.parts |= {"named": 1.0, "when": 1.0}
    found = [*_substance(said, is_refusal), *_manner(said, earlier)]
    score = sum(weights.WEIGHTS[name] * said.parts[name] for name in weights.WEIGHTS)
    score -= sum(weights.TAKEN_OFF.get(one.code.value, 0.0) for one in found)
    return Answer(round(min(1.0, max(0.0, score)), 3), tuple(found))


def is_readable(text: str) -> bool:
    """Chinese enough to be judged: the rules know no other language."""
    han = sum(len(run) for run in HAN.findall(text))
    return han > 0 and han >= len(LATIN.findall(text)) / 2


@dataclass
class _Said:
    text: str
    asked: str
    rest: str
    """Without courtesy, promises and hand-over."""
    parts: dict[str, float]
    deeds: list[re.Match[str]]
    reasons: int
    empty_share: float


def _read(text: str, asked: str) -> _Said:
    body = phrases.SIGNED.sub("", text)
    rest = phrases.HANDED_ON.sub("，", phrases.EMPTY.sub("，", phrases.BLANK.sub("", body)))
    left, whole = len(SPOKEN.findall(rest)), max(1, len(SPOKEN.findall(body)))
    deeds = list(phrases.DEED.finditer(rest))
    reasons = len(set(phrases.REASON.findall(body)))
    named = phrases.VAGUE.sub("，", rest)
    measured = {
        "substance": left,
        "explained": 2 * len({one.group() for one in deeds}) + reasons,
        "asked": len(grams(rest) & grams(asked)) if asked else weights.FULL["asked"],
        "named": len(phrases.NAMED.findall(named)) + len(phrases.BY_NAME.findall(named)),
        "when": len(phrases.WHEN.findall(body)),
        "way": len(phrases.WAY.findall(body)),
        "figure": len(phrases.FIGURE.findall(body)),
    }
    parts = {name: min(1.0, measured[name] / weights.FULL[name]) for name in weights.WEIGHTS}
    return _Said(text, asked, rest, parts, deeds, reasons, 1 - left / whole)


def _substance(said: _Said, is_refusal: bool) -> list[Finding]:
    found = []
    blanks = tuple(dict.fromkeys(one.group() for one in phrases.BLANK.finditer(said.text)))
    if blanks:
        found.append(Finding(Fault.BLANKS, blanks))
    handed = _whole(phrases.HANDED_ON, said.text)
    is_handed_on = bool(handed) and not said.deeds and said.parts["substance"] < 0.6
    if is_refusal:
        if not said.reasons and not said.parts["way"]:
            found.append(Finding(Fault.NO_REASON))
    elif is_handed_on:
        found.append(Finding(Fault.HANDED_ON, handed))
    elif not said.deeds and said.reasons < weights.FULL["explained"]:
        found.append(Finding(Fault.NO_DEED))
    elif said.deeds and (planned := _only_planned(said)):
        found.append(Finding(Fault.PLANNED, planned))
    if not said.parts["named"]:
        found.append(Finding(Fault.NOBODY, _whole(phrases.VAGUE, said.text)))
    if not said.parts["when"]:
        found.append(Finding(Fault.NO_DATE))
    if said.asked and not said.parts["asked"] and not _touches(said):
        found.append(Finding(Fault.OFF_QUESTION))
    return found


def _only_planned(said: _Said) -> tuple[str, ...]:
    planned = []
    for deed in said.deeds:
        if not PLANNED.search(said.rest[max(0, deed.start() - 14) : deed.start()]):
            return ()
        planned.append(deed.group())
    return tuple(dict.fromkeys(planned))[:4]


def _touches(said: _Said) -> bool:
    """One character of weight in common is a hint of the same matter: the answer says 灯泡 for 路灯."""
    asked = set("".join(HAN.findall(said.asked))) - COMMON
    return bool(asked & set("".join(HAN.findall(said.rest))))


def _manner(said: _Said, earlier: Iterable[str]) -> list[Finding]:
    found = []
    if said.empty_share > weights.EMPTY_SHARE and (empty := _whole(phrases.EMPTY, said.text)):
        found.append(Finding(Fault.EMPTY, empty[:4]))
    if is_form_letter(said.text, earlier):
        found.append(Finding(Fault.FORM_LETTER))
    if said.asked and _repeats(said):
        found.append(Finding(Fault.REPEATS))
    long = [one.strip() for one in SENTENCE.findall(said.text) if len(SPOKEN.findall(one)) > weights.LONG_SENTENCE]
    if long:
        found.append(Finding(Fault.LONG_SENTENCE, tuple(one[:16] + "…" for one in long[:2])))
    stiff = _whole(phrases.STIFF, said.text)
    if len(stiff) >= weights.STIFF_WORDS:
        found.append(Finding(Fault.STIFF, stiff[:6]))
    return found


def _repeats(said: _Said) -> bool:
    own = grams(said.text, 4)
    return len(own) >= 8 and len(own & grams(said.asked, 4)) / len(own) > weights.REPEATED_SHARE


def is_form_letter(text: str, earlier: Iterable[str]) -> bool:
    """Equal or nearly equal to one of `earlier`, figures and dates aside."""
    own = grams(text, 3)
    if len(own) < 4:
        return False
    for other in earlier:
        theirs = grams(other, 3)
        if len(own & theirs) >= weights.ALIKE * len(own | theirs):
            return True
    return False


def grams(text: str, size: int = 2) -> set[str]:
    """Every run of `size` Chinese characters in a text."""
    return {run[at : at + size] for run in HAN.findall(text) for at in range(len(run) - size + 1)}


def _whole(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.group() for one in pattern.finditer(text) if len(one.group()) > 1))


__all__ = ["Answer", "Fault", "Finding", "check_answer", "grams", "is_form_letter", "is_readable"]
