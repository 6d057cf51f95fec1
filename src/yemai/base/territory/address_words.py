"""How Chinese addresses are written: numerals in any form, building numbers, units, roads with door numbers. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_SAME = ["零〇○", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"]
_DIGITS = {digit: value for value, digits in enumerate(_SAME) for digit in digits}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000}
_CN = "".join(_DIGITS) + "".join(_UNITS)
_STEMS = "甲乙丙丁戊己庚辛"

_ONE_TO_ONE: dict[int, int | str] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_ONE_TO_ONE |= {ord(dash): "-" for dash in "‐‑‒–—―−－~～"}
_ONE_TO_ONE |= {ord("№"): "#", ord("樓"): "楼", ord("棟"): "栋", ord("號"): "号", ord("單"): "单", ord("層"): "层"}
_ONE_TO_ONE |= {circled: str(number) for number, circled in enumerate(range(0x2460, 0x2469), start=1)}

NUMBER = rf"(?:\d{{1,4}}|[{_CN}]{{1,7}})"
LABEL = rf"(?:{NUMBER}(?:-\d{{1,3}})?[a-z{_STEMS}]?|[a-z]\d{{0,3}}|[{_STEMS}])"
"""What numbers a building: 3, 三, 12-1, 3a, A, A2, 甲."""

_NOT_A_BUILDING = "线码院文机时令台外门电地公"
"""Behind a bare 号: metro lines, numbers, courtyards, gates, lifts, plots."""

_BUILDING = re.compile(
    rf"(?P<nth>第)?(?:(?<![\da-z.\-月])(?P<label>{LABEL})(?P<suffix>号楼|号栋|#楼|#栋|栋楼?|幢楼?|#|号(?![{_NOT_A_BUILDING}]))"
    rf"|(?<![\da-z.\-])(?P<seat>[a-z]\d{{0,3}}|\d{{1,3}})座"
    rf"|#(?P<hash>\d{{1,4}})(?:楼|栋|幢))"
)
_DASHED = re.compile(r"(?P<label>\d{1,3}|[a-z])-(?:(?P<unit>\d{1,2})-)?(?P<room>\d{3,4})(?![\d.])")
_PART = re.compile(rf"(?P<label>{NUMBER}|[a-z]|[东南西北中])(?P<suffix>期|区|组团|苑)")
_NUMERALS = re.compile(rf"\d+|[{_CN}]+")
_UNIT = re.compile(
    rf"(?P<label>{NUMBER}|[a-z]|[东西南北中])(?:单元|号门|门洞|梯)|(?<=[楼栋幢座#])(?P<door>{NUMBER})门(?!口)"
)
_MORE = re.compile(rf"(?P<label>{LABEL})[、,和与及]")
_ROAD = re.compile(
    rf"(?P<road>[^\d#]*?(?:大道|大街|胡同|公路|路|街|巷|道|弄|里|村|坊|桥|庄|屯|组))"
    rf"(?P<label>{NUMBER}(?:-\d{{1,3}})?[{_STEMS}]?)(?P<suffix>号院|号|弄)(?!楼|栋)"
)
ROAD_NUMBER = re.compile(rf"(?P<label>{NUMBER}(?:-\d{{1,3}})?[{_STEMS}]?)(?P<suffix>号院|号|弄)(?!楼|栋|线)")
_FILLER = re.compile(
    r"(?:小区|社区|新村|院内|大院|院|内|里面|里|的|业主|住户|居民|[,，、:：;()（）\[\]【】\-/.\"'“”])*"
)
_SENTENCE_END = re.compile(r"[。!?！？;；\n]")
_NEARBY = re.compile(
    r"(?:小区|社区)?的?[东西南北]?[侧面边]?(?:正?对面|对过|旁边?|附近|隔壁|周边|周围|外面|以[东西南北])"
)
_BEFORE_A_NAME = frozenset(
    "省市区县镇乡村街道路巷弄号的是在于从到至往向对由经过和与及跟或有为将把被给让请问诉映报告我们你您他她"
    "了着这那该各全住买租购入进来去说称离靠近临面边处侧上下现今昨晚天日而但又也还就则如即响决障已修"
)
"""Words a place name commonly follows. Behind any other character it may be the tail of a longer, unknown name:
国际城 in 辉煌国际城. Chosen from what stands before estate names in residents' letters."""
_AREA_SUFFIX = re.compile(r"(?<=..)(?:总网格|街道|社区|镇|乡|村|区|县|市)$")
_STRIPPED_SUFFIX = re.compile(r"(?<=...)(?:小区|社区)$")


@dataclass(frozen=True)
class Folded:
    """A text brought to one form, with the way back to what was written."""

    text: str
    origin: str
    positions: list[int] | None
    """Index in `origin` of every character of `text`; None when they are the same."""

    def written(self, start: int, end: int) -> str:
        """The words as they were written."""
        if self.positions is None or start >= end:
            return self.origin[start:end]
        return self.origin[self.positions[start] : self.positions[end - 1] + 1]

    def following(self, start: int, end: int) -> str:
        """What was written behind the character before `start`, blanks included, up to `end`."""
        if self.positions is None or start == 0 or start >= end:
            return self.written(start, end)
        return self.origin[self.positions[start - 1] + 1 : self.positions[end - 1] + 1]


def fold(text: str) -> Folded:
    """Half-width, lower case, one kind of dash, no blanks; every character keeps its place in the original."""
    flat = text.translate(_ONE_TO_ONE)
    lowered = flat.lower()
    if len(lowered) == len(flat):  # a few capitals (İ) lower to two characters and would shift every position
        flat = lowered
    if not any(map(str.isspace, flat)):
        return Folded(flat, text, None)
    positions = [at for at, char in enumerate(flat) if char == "\n" or not char.isspace()]
    return Folded("".join(flat[at] for at in positions), text, positions)


def folded_name(name: str) -> str:
    """A name of the address book in the form texts are compared in."""
    return fold(name).text.replace("\n", "")


def short_name(name: str) -> str | None:
    """A folded estate name without 小区/社区, when at least three characters remain (东湖 alone is also a lake)."""
    short = _STRIPPED_SUFFIX.sub("", name)
    return short if short != name else None


def number_of(text: str) -> int | None:
    """The value of Arabic or Chinese numerals, positional (一百零二) or spelled out (一〇二); else None."""
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or any(char not in _CN for char in text):
        return None
    if not any(char in _UNITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit = 0, None
    for char in text:
        if char in _UNITS:
            total += (1 if digit is None else digit) * _UNITS[char]
            digit = None
        else:
            digit = _DIGITS[char]
    return total + (digit or 0)


_KIND_OF_PLACE = re.compile(r"(?<=..)(?:小区|社区|花园|家园|公寓|大院|家属院|家属楼|宿舍|新村|院|苑|园)$")
_DISTINCT = frozenset(f"0123456789abcdefghijklmnopqrstuvwxyz{_CN}{_STEMS}东西南北中上下前后左右新老大小期区")
"""What tells one place from the next of nearly the same name (东区 and 西区, 99号 and 9号): here a slip is another place."""


@cache
def _sound(char: str) -> str:
    from pypinyin import Style, lazy_pinyin  # half a second and 57 MB, for those who read misspelt words alone

    return lazy_pinyin(char, style=Style.NORMAL)[0] if "\u4e00" <= char <= "\u9fff" else char


def sound(text: str) -> str:
    """How a folded text is spoken, a blank after each syllable: what an input method may turn into other characters."""
    return "".join(f"{_sound(char)} " for char in text)


def shortened(name: str) -> str | None:
    """A folded name without the word for what kind of place it is (阳光 for 阳光花园); None where it has none."""
    short = _KIND_OF_PLACE.sub("", name)
    return short if short != name else None


def dropped(text: str) -> Iterator[str]:
    """The text with one character left out, each in turn."""
    for at in range(len(text)):
        yield text[:at] + text[at + 1 :]


def is_misheard(written: str, name: str) -> bool:
    """Whether `written` is `name` with characters that sound alike; a numeral for another is no slip of the ear."""
    return len(written) == len(name) and all(
        one == other or (_sound(one) == _sound(other) and not {one, other} <= _DISTINCT)
        for one, other in zip(written, name, strict=True)
    )


def is_slip(written: str, name: str) -> bool:
    """Whether one character was dropped, put in, or changed places with the next, none that tells places apart.

    Another character in the place of one (东方新村, 东风新村) is another name, unless it sounds the same.
    """
    start = 0
    while start < min(len(written), len(name)) and written[start] == name[start]:
        start += 1
    end = 0
    while end < min(len(written), len(name)) - start and written[-1 - end] == name[-1 - end]:
        end += 1
    ours, theirs = written[start : len(written) - end], name[start : len(name) - end]
    if len(ours) == 2:
        return ours == theirs[::-1]
    if len(ours) + len(theirs) != 1:
        return False
    is_doubled = bool(ours) and start > 0 and ours == written[start - 1] and not ours.isdigit()
    return is_doubled or (ours or theirs) not in _DISTINCT


def label_key(label: str) -> str:
    """One form for a building or unit label: 三 and 03 are "3", Ａ is "a", 十二-1 is "12-1"."""
    head, dash, tail = label.partition("-")
    stem = head[-1:] if head and (head[-1] in _STEMS or (head[-1].isalpha() and head[-1].isascii())) else ""
    number = number_of(head.removesuffix(stem))
    return f"{head if number is None else str(number) + stem}{dash}{tail}"


@dataclass(frozen=True)
class Mention:
    """A building number found in a text; `start` includes the part of the estate (二期, 东区) written before it."""

    key: str
    start: int
    end: int
    weight: float
    """1 for a plain building number; less where the words may be a count (三栋) or a day of the month (3号)."""
    part: str = ""
    unit: str | None = None


def building_mentions(text: str, start: int = 0, end: int | None = None) -> Iterator[Mention]:
    """Building numbers in a folded text between two positions, in order; lists (3、5栋) count each."""
    for found in _BUILDING.finditer(text, start, len(text) if end is None else end):
        label = found["label"] or found["seat"] or found["hash"]
        weight = _weight(text, found)
        yield from _listed_before(text, start, found.start(), weight)
        part, begin = _part_before(text, start, found.start())
        yield Mention(label_key(label), begin, found.end(), weight, part)


def _weight(text: str, found: re.Match[str]) -> float:
    """How surely a match numbers a building rather than counting buildings or naming a day."""
    label, suffix = found["label"], found["suffix"]
    if label is None or found["nth"]:
        return 1.0
    if suffix == "号":
        return 1.0 if text[found.end() : found.end() + 1] in _AFTER_BARE else 0.55
    if label == "两" and not suffix.startswith("号"):
        return 0.3
    return 0.8 if label[0] in _CN and suffix[0] in "栋幢" else 1.0


_AFTER_BARE = ("", "-", *"0123456789", ",", "，", ")", "）")
"""What may follow a bare 号 for it to be a building: the end, a room number, a comma."""


def _listed_before(text: str, start: int, at: int, weight: float) -> Iterator[Mention]:
    """Labels of a list in front of the one that bears the suffix: the 3 of 3、5栋."""
    found: list[Mention] = []
    while at > start:
        last = None
        for candidate in _MORE.finditer(text, max(start, at - 12), at):
            last = candidate
        if last is None or last.end() != at or (last.start() > 0 and text[last.start() - 1] in "0123456789-."):
            break
        found.insert(0, Mention(label_key(last["label"]), last.start(), last.end() - 1, weight))
        at = last.start()
    yield from found


def _part_before(text: str, start: int, at: int) -> tuple[str, int]:
    """The part of an estate written right before a building number, and where it begins."""
    for found in _PART.finditer(text, max(start, at - 6), at):
        if found.end() == at:
            return _part_key(found), found.start()
    return "", at


def part_at(text: str, at: int) -> str:
    """The part of an estate written right behind its name (阳光花园二期); "" for none."""
    found = _PART.match(text, at)
    return _part_key(found) if found else ""


def _part_key(found: re.Match[str]) -> str:
    return label_key(found["label"]) + found["suffix"]


def dashed_mention(text: str, at: int) -> Mention | None:
    """The building (and unit) of 3-2-501 or 3-501 written at `at`, right behind an estate's name."""
    found = _DASHED.match(text, at)
    if found is None:
        return None
    unit = label_key(found["unit"]) if found["unit"] else None
    return Mention(label_key(found["label"]), at, found.end(), 1.0, unit=unit)


def unit_mention(text: str, at: int, reach: int = 4) -> tuple[str, int] | None:
    """The unit (2单元, 东单元, 2门) written within `reach` characters behind `at`: its key and where it ends."""
    found = _UNIT.search(text, at, min(len(text), at + reach + 8))
    if found is None or found.start() > at + reach or _SENTENCE_END.search(text, at, found.start()):
        return None
    return label_key(found["label"] or found["door"]), found.end()


@dataclass(frozen=True)
class BuildingName:
    """A building's own name taken apart: 阳光花园东区3栋 is prefix 阳光花园, part 东区, key 3."""

    prefix: str
    part: str
    key: str


def building_name(name: str) -> BuildingName | None:
    """Take a folded building name apart (3栋, 三号楼, 阳光花园3#, plain 3); None for one without a number (物业楼)."""
    if re.fullmatch(LABEL, name):
        return BuildingName("", "", label_key(name))
    for mention in building_mentions(name):
        if mention.end == len(name):
            return BuildingName(name[: mention.start], mention.part, mention.key)
    return None


def spellings(name: str) -> set[str]:
    """A folded name with its numeral in both forms (阳光花园二期, 阳光花园2期); only where it has a single numeral."""
    found = list(_NUMERALS.finditer(name))
    value = number_of(found[0].group()) if len(found) == 1 else None
    if value is None or not 0 < value < 100:
        return {name}
    head, tail = name[: found[0].start()], name[found[0].end() :]
    return {name, f"{head}{value}{tail}", f"{head}{_in_chinese(value)}{tail}"}


def _in_chinese(value: int) -> str:
    tens, ones = divmod(value, 10)
    digit = "零一二三四五六七八九"
    return ("" if tens == 0 else "十" if tens == 1 else digit[tens] + "十") + (digit[ones] if ones else "")


def unit_key(name: str) -> str:
    """The label in an entrance's own name: 2单元, 二单元 and 2 are all "2"."""
    folded = folded_name(name)
    found = _UNIT.search(folded)
    if found:
        return label_key(found["label"] or found["door"])
    return label_key(folded) if re.fullmatch(LABEL, folded) else folded


@dataclass(frozen=True)
class RoadDoor:
    """A road with a door number (人民路12号, 曹杨路100弄) and what is written behind it."""

    road: str
    key: str
    rest: str


def road_door(name: str) -> RoadDoor | None:
    """Split a folded name that begins with road and number; None for other names."""
    found = _ROAD.match(name)
    if found is None or len(found["road"]) < 2:
        return None
    return RoadDoor(found["road"], road_key(found["label"], found["suffix"]), name[found.end() :])


def road_key(label: str, suffix: str) -> str:
    """号 and 号院 are the same door; 弄 is another thing."""
    return label_key(label) + ("弄" if suffix == "弄" else "")


def area_stem(name: str) -> str | None:
    """A folded area name as people shorten it (西塘 for 西塘镇); None when it has no such ending."""
    stem = _AREA_SUFFIX.sub("", name)
    return stem if stem != name else None


def is_opening(text: str, at: int) -> bool:
    """Whether a place name may begin at `at`: at the start, behind punctuation, or behind a word names follow."""
    before = text[at - 1] if at else ""
    return not "\u4e00" <= before <= "\u9fff" or before in _BEFORE_A_NAME


def gap_end(text: str, at: int) -> int:
    """Where the small words and punctuation behind a name end."""
    found = _FILLER.match(text, at)
    return found.end() if found else at


def is_one_sentence(text: str, start: int, end: int) -> bool:
    """Whether no sentence ends between the two positions."""
    return _SENTENCE_END.search(text, start, end) is None


def is_nearby(text: str, at: int) -> bool:
    """Whether the words behind a name say beside it, not in it (对面, 旁边, 附近)."""
    return _NEARBY.match(text, at) is not None
