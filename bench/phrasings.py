"""Ways of writing one address: a seeded generator of ten kinds of noise over known buildings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from pypinyin import lazy_pinyin

CHINESE = "零一二三四五六七八九"
SUFFIXES = ("小区", "社区", "新村", "花园", "家园", "公寓", "大院", "家属院", "苑", "园")
BEFORE = ("您好，我住在", "我是", "请问", "向您反映：", "领导好，", "我家在", "投诉", "昨天晚上在")
AFTER = (
    "楼下垃圾没人收",
    "的路灯一个月不亮了",
    "楼道堆满杂物，请处理",
    "有人乱停车",
    "停水两天了什么时候来水",
    "业主反映电梯坏了",
)
BESIDE = ("旁边", "门口", "楼下", "后面", "东侧", "前面空地", "北边", "对面")
AREAS = ("苏州市", "姑苏区", "苏州市姑苏区", "江苏省苏州市姑苏区", "平江路街道", "姑苏区观前街道")


@dataclass(frozen=True)
class Address:
    """A building as the book knows it: an estate's name and its other names, a number, what the truth is."""

    estate: str
    aliases: tuple[str, ...]
    number: int
    building_id: int
    node_id: int


@dataclass(frozen=True)
class Phrasing:
    """A text, the building it means, and which kind of noise it bears."""

    text: str
    kind: str
    building_id: int
    node_id: int


def in_chinese(number: int) -> str:
    """1-99 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else CHINESE[tens] + "十") + (
        CHINESE[ones] if ones or not tens else ""
    )


def full_width(text: str) -> str:
    """Digits as a phone's keyboard may give them."""
    return text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})


def plain(one: Address, dice: Random) -> str:
    """A number as most people write it."""
    return f"{one.number}{dice.choice(('栋', '号楼', '幢', '#'))}"


def _numerals(one: Address, dice: Random) -> str:
    return one.estate + dice.choice(
        (
            f"{in_chinese(one.number)}号楼",
            f"第{in_chinese(one.number)}栋",
            full_width(f"{one.number}栋"),
            f"{one.number:02d}栋",
            f"{one.number}#楼",
            f"{one.number}棟",
            f"{in_chinese(one.number)}栋",
        )
    )


def _room(one: Address, dice: Random) -> str:
    unit, room = dice.randint(1, 4), dice.randint(1, 18) * 100 + dice.randint(1, 4)
    return one.estate + dice.choice(
        (
            f"{one.number}-{unit}-{room}",
            f"{one.number}栋{unit}单元{room}",
            f"{one.number}号楼{in_chinese(unit)}单元{room}室",
            f"{one.number}幢{room}",
            f"{one.number}-{room}室",
        )
    )


def _sentence(one: Address, dice: Random) -> str:
    return f"{dice.choice(BEFORE)}{one.estate}{plain(one, dice)}{dice.choice(('', '的业主'))}，{dice.choice(AFTER)}"


def _beside(one: Address, dice: Random) -> str:
    return f"{one.estate}{plain(one, dice)}{dice.choice(BESIDE)}"


@cache
def _sounding(names: tuple[str, ...]) -> dict[str, list[str]]:
    """Characters by how they sound, of those that names are made of."""
    found: dict[str, list[str]] = {}
    for char in sorted({char for name in names for char in name if "\u4e00" <= char <= "\u9fff"}):
        found.setdefault(lazy_pinyin(char)[0], []).append(char)
    return found


def _homophone(one: Address, dice: Random, names: tuple[str, ...]) -> str:
    """One character of the name as an input method may have chosen it wrongly."""
    sounding = _sounding(names)
    places = [
        (at, other)
        for at, char in enumerate(one.estate)
        for other in sounding.get(lazy_pinyin(char)[0], [])
        if other != char
    ]
    if not places:
        return one.estate + plain(one, dice)
    at, other = dice.choice(places)
    return one.estate[:at] + other + one.estate[at + 1 :] + plain(one, dice)


def _slip(one: Address, dice: Random) -> str:
    """One character dropped, doubled or swapped with the next; names of three and less are left whole."""
    name = one.estate
    if len(name) >= 4:
        at = dice.randrange(len(name) - 1)
        name = dice.choice(
            (
                name[:at] + name[at + 1 :],
                name[:at] + name[at] + name[at:],
                name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            )
        )
    return name + plain(one, dice)


def _short(one: Address, dice: Random) -> str:
    """Without the word for what it is, where enough of the name stays."""
    name = one.estate
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            name = name.removesuffix(suffix)
            break
    return name + plain(one, dice)


def _alias(one: Address, dice: Random) -> str:
    return dice.choice(one.aliases or (one.estate,)) + plain(one, dice)


def _prefixed(one: Address, dice: Random) -> str:
    return dice.choice(AREAS) + one.estate + plain(one, dice)


def _torn(one: Address, dice: Random) -> str:
    """In another order, with blanks, with words between name and number."""
    number = plain(one, dice)
    return dice.choice(
        (
            f"{number}，{one.estate}",
            f"{one.estate}  {number}",
            f"{one.estate}小区内的{number}",
            f"{one.estate}（{number}）",
            f"{one.estate}里面 {number} 2单元门口",
            f"{one.estate}南门进去右手边那栋，{number}",
        )
    )


KINDS: dict[str, Callable[[Address, Random], str]] = {
    "numerals": _numerals,
    "room": _room,
    "sentence": _sentence,
    "beside": _beside,
    "homophone": lambda one, dice: "",
    "slip": _slip,
    "short": _short,
    "alias": _alias,
    "prefixed": _prefixed,
    "torn": _torn,
}


def phrasings(addresses: Sequence[Address], count: int, seed: int, names: Sequence[str]) -> Iterator[Phrasing]:
    """`count` texts, each kind of noise in turn; `names`: whose characters a slip of the ear may put in."""
    dice, known = Random(seed), tuple(names)  # noqa: S311 - a seeded benchmark, nothing secret
    kinds = list(KINDS)
    for at in range(count):
        one, kind = dice.choice(addresses), kinds[at % len(kinds)]
        text = _homophone(one, dice, known) if kind == "homophone" else KINDS[kind](one, dice)
        yield Phrasing(text, kind, one.building_id, one.node_id)
