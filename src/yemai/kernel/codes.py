"""Codes of the trade: regions, nodes, case numbers, and tracking codes that survive being read aloud."""

import re
import secrets
from dataclasses import dataclass
from datetime import date

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
_READ = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_CASE_NUMBER = re.compile(r"^[CES]\d{2}\d{2}\d{8}\d{4,}$")


@dataclass(frozen=True)
class RegionCode:
    """A 12-digit statistical region code, its five levels cut apart (GB/T 2260, GB/T 10114)."""

    code: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d{12}", self.code):
            raise ValueError(f"{self.code!r} is not 12 digits")

    @property
    def levels(self) -> tuple[str, str, str, str, str]:
        """Province, prefecture, county, town, village: each the prefix up to it."""
        c = self.code
        return c[:2], c[:4], c[:6], c[:9], c

    @property
    def town_kind(self) -> str:
        """街道, 镇, 乡 or unit, by the three digits of the town."""
        n = int(self.code[6:9])
        return "street" if 1 <= n <= 99 else "town" if n <= 199 else "township" if n <= 399 else "unit"


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
    if not _CASE_NUMBER.match(number):
        raise ValueError(f"{number!r} is not a case number")
    return number


def _check(body: str) -> str:
    """A check character that finds any one wrong character and any swap of neighbours (weights odd and rising)."""
    return ALPHABET[sum((2 * place + 1) * ALPHABET.index(ch) for place, ch in enumerate(body)) % 32]


def tracking_code() -> str:
    """A fresh code: ten random characters (50 bits) and a check character, in upper case without separators."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return body + _check(body)


def parse_tracking_code(text: str) -> str | None:
    """The code someone typed, with look-alikes mended and separators dropped; None when it can't be one of ours."""
    clean = re.sub(r"[\s\-·]", "", text.upper()).translate(_READ)
    if len(clean) != 11 or any(ch not in ALPHABET for ch in clean):
        return None
    return clean if _check(clean[:10]) == clean[10] else None
