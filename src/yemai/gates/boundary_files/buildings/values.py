"""What stands in the cells of a building's row: numbers, units, names. Pure; what can't be read is None, never a guess."""

import re
from collections.abc import Iterable

from yemai.base.territory.address_words import LABEL, building_name, fold, folded_name

NO_ESTATE = frozenset({"无", "-", "—", "/", "none"})
"""Words for a building that belongs to no estate."""
MOST_UNITS = 60
_COUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?(?:户|层|家)?")
_UNITS = re.compile(r"(\d{1,3})(?:\.0+)?个?")
_SPAN = re.compile(r"(\d{1,2})(?:单元)?(?:-|至|到)(\d{1,2})(?:单元)?")
_APART = re.compile(r"[、,;/\s]+|(?<=元)和")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}( .*)?")
_SEXAGESIMAL = re.compile(
    r"[东北en]?经?纬?(\d{1,3})[°度]([0-5]?\d)['′’分](?:([0-5]?\d(?:\.\d+)?)(?:[\"″”秒]|'')?)?[en]?"
)
_SUFFIXES = (("号楼", "号楼"), ("楼号", "号楼"), ("幢", "幢"), ("座", "座"))


def count_in(text: str, most: int) -> int | None:
    """48, 48户, 1,200 and 48.0; None for what is no whole number or more than `most`."""
    found = _COUNT.fullmatch(fold(text).text)
    number = int(found[1].replace(",", "")) if found else -1
    return number if 0 <= number <= most else None


def degrees_in(text: str) -> float | None:
    """A coordinate, 120.6187 or 120°37′07.3″; None for what is neither."""
    folded = fold(text).text
    if found := _SEXAGESIMAL.fullmatch(folded):
        return int(found[1]) + int(found[2]) / 60 + float(found[3] or 0) / 3600
    try:
        return float(folded.rstrip("°"))
    except ValueError:
        return None


def units_in(text: str, *, is_number: bool = False) -> list[str] | None:
    """Names of the units: 3 or 3个 are 1单元 to 3单元 (with `is_number` the third alone); 1-3单元, 1单元、2单元, 东单元 as said.

    None for what can't be read.
    """
    folded = fold(text).text.replace("\n", "、")
    if found := _UNITS.fullmatch(folded):
        number = int(found[1])
        if not 0 < number <= MOST_UNITS:
            return None if number else []
        return [f"{number}单元"] if is_number else _counted(1, number)
    if (found := _SPAN.fullmatch(folded)) and 0 < int(found[1]) <= int(found[2]) <= MOST_UNITS:
        return _counted(int(found[1]), int(found[2]))
    if found := re.fullmatch(r"(\d{1,2})个单元", folded):
        return _counted(1, int(found[1])) if 0 < int(found[1]) <= MOST_UNITS else None
    parts = [part for part in _APART.split(text.strip()) if part]
    names = [f"{int(part)}单元" if part.isdecimal() else part for part in parts]
    return list(dict.fromkeys(names)) if all(0 < len(name) <= 40 for name in names) else None


def _counted(first: int, last: int) -> list[str]:
    return [f"{number}单元" for number in range(first, last + 1)]


def is_a_date(text: str) -> bool:
    """Whether a spreadsheet has made a date of a name: 3-2 becomes the second of March."""
    return bool(_DATE.fullmatch(text))


def name_in(text: str, title: str, estate: str) -> str:
    """A building's name: a bare 3 under 幢号 is 3幢; the estate's own name in front of it goes."""
    name = " ".join(text.split())
    if estate and name.startswith(estate) and len(name) > len(estate):
        name = name[len(estate) :].lstrip(" -·")
    folded = folded_name(name)
    if not re.fullmatch(LABEL, folded):
        return name
    bare = str(int(folded)) if folded.isdecimal() else name
    return bare + next((suffix for word, suffix in _SUFFIXES if word in title), "栋")


def name_key(name: str, estate: str = "") -> str:
    """By which a building is the same within its estate however it is written: 3栋, 三号楼, 03幢 and 丽发新城3#."""
    folded = folded_name(name).removeprefix(folded_name(estate))
    parts = building_name(folded)
    return folded if parts is None else f"{parts.prefix}|{parts.part}|{parts.key}"


def is_bare(name: str) -> bool:
    """Whether a name is a number alone (3栋): every compound has one."""
    parts = building_name(folded_name(name))
    return parts is not None and not parts.prefix and not parts.part


def are_units(texts: Iterable[str]) -> bool:
    """Whether the rows of one building each name another of its units."""
    told = list(texts)
    return all(told) and len(set(told)) == len(told)
