"""Codes of the trade: regions, nodes, case numbers, and tracking codes that survive being read aloud."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
_READ = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_LEVEL_STARTS = {12: 9, 9: 6, 6: 4, 4: 2}
_CASE_NUMBER = re.compile(r"[CES][0-9]{4}[0-9]{8}[0-9]{4,}")


@dataclass(frozen=True)
class RegionCode:
    """A 12-digit statistical region code, its five levels cut apart (GB/T 2260, GB/T 10114)."""

    code: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{12}", self.code):
            raise ValueError(f"{self.code!r} is not 12 digits")

    @property
    def levels(self) -> tuple[str, str, str, str, str]:
        """Province, prefecture, county, town, village: each the prefix up to it."""
        c = self.code
        return c[:2], c[:4], c[:6], c[:9], c

    @property
    def prefix(self) -> str:
        """The code up to its last level that is not all zeros: 320508000000 is the county 320508."""
        for length in (12, 9, 6, 4):
            if self.code[_LEVEL_STARTS[length] : length].strip("0"):
                return self.code[:length]
        return self.code[:2]

    def holds(self, other: "RegionCode") -> bool:
        """Whether `other` lies within this region, or is it."""
        return other.code.startswith(self.prefix)

    @property
    def town_kind(self) -> str:
        """What the three digits of the town say: street 街道, town 镇, township 乡, unit (政企合一), or none."""
        return _kind(int(self.code[6:9]), (0, "none"), (99, "street"), (199, "town"), (399, "township"), (599, "unit"))

    @property
    def village_kind(self) -> str:
        """What the last three digits say: community 居委会, village 村委会, similar (400 and above), or none."""
        return _kind(int(self.code[9:]), (0, "none"), (199, "community"), (399, "village"), (999, "similar"))


def _kind(number: int, *ladder: tuple[int, str]) -> str:
    return next((name for most, name in ladder if number <= most), "unknown")


def node_code(region: str, kind: int, grid: int = 0, microgrid: int = 0) -> str:
    """Yemai's own 18-digit code of a node: 区划12 + type1 + grid2 + micro-grid3 (not a national code).

    type: 1 comprehensive, 2 dedicated, 3 courtyard or area, 9 other; micro-grid 000 is the grid itself.
    """
    RegionCode(region)
    if kind not in (1, 2, 3, 9) or not 0 <= grid <= 99 or not 0 <= microgrid <= 999:
        raise ValueError("kind is 1, 2, 3 or 9, grid 0-99, micro-grid 0-999")
    return f"{region}{kind}{grid:02d}{microgrid:03d}"


def case_number(kind: str, major: str, minor: str, day: date, seq: int) -> str:
    """案卷号: letter + 大类2 + 小类2 + yyyyMMdd + sequence of at least four digits."""
    number = f"{kind}{major}{minor}{day:%Y%m%d}{seq:04d}"
    if not _CASE_NUMBER.fullmatch(number):
        raise ValueError(f"{number!r} is not a case number")
    return number


def _double(value: int) -> int:
    """`value` times the generator of the field of 32 elements (x^5 + x^2 + 1)."""
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def _check(body: str) -> str:
    """The check character: finds any one wrong character and any two swapped ones.

    Each place has a weight of its own in the field of 32 elements, where differences never multiply to nothing; sums
    modulo 32 would let swaps of characters 16 apart through.
    """
    total = 0
    for character in body:
        total = _double(total ^ ALPHABET.index(character))
    return ALPHABET[total]


def tracking_code() -> str:
    """A fresh code: ten random characters (50 bits) and a check character, in upper case without separators."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return body + _check(body)


def grouped(code: str) -> str:
    """A tracking code as people read it aloud: "K7QM-4T9X-2PB"."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def parse_tracking_code(text: str) -> str | None:
    """The code someone typed: look-alikes and wide forms mended, separators dropped; None when it can't be ours."""
    narrow = unicodedata.normalize("NFKC", text[:100]).upper()
    clean = re.sub(r"[\s\-·.,_–—‐−]", "", narrow).translate(_READ)
    if len(clean) != 11 or any(character not in ALPHABET for character in clean):
        return None
    return clean if _check(clean[:10]) == clean[10] else None
