"""Pure rules of the ground: path algebra, code composition, household ranges, dates of validity."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from yemai.kernel.codes import node_code

from .terms import CodeSegment, NodeKind

STEP = 7
"""Digits of one id in a path; ten million nodes in a deployment are enough for any city."""
MAX_DEPTH = 17
"""Paths are kept in 120 characters beside every case."""
CODE_MAX = 40
_AFTER = "z"
"""Sorts behind every digit, so `path >= p and path < p + "z"` is exactly the subtree of p, in any collation."""

KIND_DIGIT = {NodeKind.GENERAL: 1, NodeKind.DEDICATED: 2, NodeKind.COURTYARD: 3, NodeKind.OTHER: 9}


# --- paths ---------------------------------------------------------------------------------------------------------


def child_path(parent: str, node_id: int) -> str:
    """The path of a node under `parent` ("" for a root). Raises ValueError when the id or the depth has no room."""
    if not 0 < node_id < 10**STEP:
        raise ValueError(f"node id {node_id} does not fit {STEP} digits")
    if len(parent) >= MAX_DEPTH * STEP:
        raise ValueError(f"deeper than {MAX_DEPTH} tiers")
    return f"{parent}{node_id:0{STEP}d}"


def ids_of(path: str) -> list[int]:
    """Ids from the root down to the node itself."""
    return [int(path[at : at + STEP]) for at in range(0, len(path), STEP)]


def lineage(path: str) -> list[str]:
    """Paths from the root down to the node itself."""
    return [path[:end] for end in range(STEP, len(path) + 1, STEP)]


def is_within(path: str, top: str) -> bool:
    """Whether `path` is `top` or lies below it; "" holds everything."""
    return path.startswith(top)


def subtree(path: str) -> tuple[str, str]:
    """Lower (inclusive) and upper (exclusive) end of the range that is the subtree of `path`."""
    return path, path + _AFTER


def minimal(paths: Iterable[str]) -> list[str]:
    """The fewest paths covering the same ground, sorted."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not is_within(path, kept[-1]):
            kept.append(path)
    return kept


def common(paths: Iterable[str]) -> str:
    """The lowest path that holds all of `paths`; "" when they share none (or none is given)."""
    found: str | None = None
    for path in paths:
        if found is None:
            found = path
            continue
        end = 0
        while end < min(len(found), len(path)) and found[end : end + STEP] == path[end : end + STEP]:
            end += STEP
        found = found[:end]
    return found or ""


# --- codes ---------------------------------------------------------------------------------------------------------


def next_code(segment: CodeSegment, parent_code: str, kind: NodeKind, taken: Collection[str]) -> str:
    """The next free code below `parent_code`; `taken` holds every code ever given, so none returns.

    12 digits for a county, town or community (GB/T 2260, GB/T 10114 segments); 18 digits below: region 12, kind 1,
    grid 2, micro-grid 3 (our own, not national). A micro-grid keeps its grid's first 15 digits, so a prefix finds the
    grid; one straight under a community stands in grid 00. Raises ValueError when the parent has no room for the
    segment or its numbers are used up.
    """
    prefix, digits, tail = _number_space(segment, parent_code, kind)
    end = len(prefix) + digits
    last = max((int(code[len(prefix) : end]) for code in taken if _in_space(code, prefix, digits, tail)), default=0)
    if last + 1 >= 10**digits:
        raise ValueError(f"no number left below {prefix}")
    return f"{prefix}{last + 1:0{digits}d}{tail}"


def code_prefix(segment: CodeSegment, parent_code: str, kind: NodeKind) -> str:
    """What every code of the same number space begins with. Raises ValueError as `next_code`."""
    return _number_space(segment, parent_code, kind)[0]


def _number_space(segment: CodeSegment, parent_code: str, kind: NodeKind) -> tuple[str, int, str]:
    """Fixed beginning, digits to count in, fixed end."""
    region, inner = parent_code[:12], parent_code[12:]
    if segment == CodeSegment.TOWN and region[6:] == "000000" and not inner:
        return region[:6], 3, "000"
    if segment == CodeSegment.COMMUNITY and region[9:] == "000" and not inner:
        return region[:9], 3, ""
    if segment == CodeSegment.GRID and (not inner or inner[3:] == "000"):
        return node_code(region, KIND_DIGIT[kind])[:13], 2, "000"
    if segment == CodeSegment.MICRO and not inner:
        return node_code(region, KIND_DIGIT[kind])[:15], 3, ""
    if segment == CodeSegment.MICRO and inner[3:] == "000":
        return parent_code[:15], 3, ""
    raise ValueError(f"{segment} cannot be numbered below {parent_code or 'no parent'}")


def _in_space(code: str, prefix: str, digits: int, tail: str) -> bool:
    return code.startswith(prefix) and code[len(prefix) :].isascii() and code[len(prefix) :].isdigit() and (
        len(code) == len(prefix) + digits + len(tail) and code.endswith(tail)
    )  # fmt: skip


class CodeDoubt(StrEnum):
    """Why a code deserves a second look."""

    NOT_BELOW_PARENT = "not-below-parent"
    RARE_SEGMENT = "rare-segment"


def is_code(code: str) -> bool:
    """Whether `code` has one of our two forms: 12 or 18 digits, not starting with 0."""
    return code.isascii() and code.isdigit() and len(code) in (12, 18) and code[0] != "0"


def is_foreign_code(code: str) -> bool:
    """Whether a code of somebody else's register may stand for a node: letters, digits and `-_.`, 40 at the most."""
    return 0 < len(code) <= CODE_MAX and code.isprintable() and all(char.isalnum() or char in "-_." for char in code)


def code_doubts(code: str, parent_code: str) -> list[CodeDoubt]:
    """Warnings, never refusals: real registers break the prefix chain at reorganisations and use 4xx/5xx villages."""
    doubts = []
    if parent_code and not code.startswith(_significant(parent_code)):
        doubts.append(CodeDoubt.NOT_BELOW_PARENT)
    if "400" <= code[9:12] <= "999":
        doubts.append(CodeDoubt.RARE_SEGMENT)
    return doubts


def _significant(code: str) -> str:
    """The code without the zero groups of the levels below it."""
    if len(code) == 18:
        return code[:15] if code.endswith("000") else code
    for end in (6, 9):
        if not code[end:].strip("0"):
            return code[:end]
    return code


# --- size and dates ------------------------------------------------------------------------------------------------


class SizeDoubt(StrEnum):
    """A household count outside the customary range; only ever a warning."""

    TOO_FEW = "too-few"
    TOO_MANY = "too-many"


def household_doubt(households: int, at_least: int | None, at_most: int | None) -> SizeDoubt | None:
    """Whether a node is smaller or larger than its tier's customary range; an uncounted node (0) gives none."""
    if households and at_least is not None and households < at_least:
        return SizeDoubt.TOO_FEW
    if at_most is not None and households > at_most:
        return SizeDoubt.TOO_MANY
    return None


def is_valid_on(day: date, valid_from: date | None, valid_to: date | None) -> bool:
    """Whether `day` is in [valid_from, valid_to); None is open."""
    return (valid_from is None or valid_from <= day) and (valid_to is None or day < valid_to)


class DateDoubt(StrEnum):
    """Why a day cannot be the day of a change."""

    FUTURE = "future"
    BEFORE_START = "before-start"


def change_date_doubt(day: date, today: date, starts: Sequence[date]) -> DateDoubt | None:
    """Whether a change may take effect on `day`: not later than today, not before any of its nodes began."""
    if day > today:
        return DateDoubt.FUTURE
    if any(day < start for start in starts):
        return DateDoubt.BEFORE_START
    return None


@dataclass(frozen=True)
class NamedSpan:
    """A name a node bore from one day to another."""

    name: str
    valid_from: date | None
    valid_to: date | None


def name_on(day: date, current: str, former: Iterable[NamedSpan]) -> str:
    """The name on `day`: a former one whose span holds the day, else the current one."""
    for span in former:
        if span.valid_to is not None and is_valid_on(day, span.valid_from, span.valid_to):
            return span.name
    return current
