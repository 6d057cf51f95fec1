"""Is a value fit for its parameter? What is refused here could stop every clock of the town."""

from collections.abc import Callable
from datetime import time
from typing import Any

from yemai.kernel.worktime import Limit, WorkHours

from .terms import DECLARED


def is_fit(key: str, value: Any) -> bool:
    """Whether `value` has the shape of the default of `key` and means something; the key must be declared."""
    if not is_alike(value, DECLARED[key].default):
        return False
    try:
        return _MEANINGS.get(key, _is_positive)(value)
    except (ValueError, TypeError):
        return False


def is_alike(value: Any, default: Any) -> bool:
    """The same kind of value, through lists and objects: an object has exactly the default's names."""
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    if isinstance(default, dict):
        return (
            isinstance(value, dict)
            and value.keys() == default.keys()
            and all(is_alike(value[name], inner) for name, inner in default.items())
        )
    if isinstance(default, list):
        return isinstance(value, list) and bool(value) and all(is_alike(inner, default[0]) for inner in value)
    return isinstance(value, type(default))


def _is_positive(value: Any) -> bool:
    """Every number in it is above nought; words and switches are free."""
    if isinstance(value, dict):
        return all(_is_positive(inner) for inner in value.values())
    if isinstance(value, list):
        return all(_is_positive(inner) for inner in value)
    return not isinstance(value, int | float) or isinstance(value, bool) or 0 < value < 1e9


def _are_limits(value: list[str]) -> bool:
    return all(bool(Limit.parse(limit)) for limit in value)


def _are_quiet_hours(value: dict[str, str]) -> bool:
    return time.fromisoformat(value["from"]) != time.fromisoformat(value["to"])


def _are_bands(value: list[list[int]]) -> bool:
    """From the highest score down to nought, so that every score has its stars."""
    scores = [score for score, _stars in value]
    return scores == sorted(set(scores), reverse=True) and scores[-1] == 0 and all(0 <= n <= 5 for _score, n in value)


_MEANINGS: dict[str, Callable[[Any], bool]] = {
    "work_hours": lambda value: bool(WorkHours.parse(value)),
    "default_disposal": lambda value: bool(Limit.parse(value)),
    "hotline_classes": _are_limits,
    "lamp": lambda value: 0 < value < 1,
    "extension": lambda value: value["times"] in range(11),
    "suspension": lambda value: value["days"] in range(1, 366),  # a year at most: GB/T 30428 practice
    "hot_issues": lambda value: (
        _is_positive(value) and value["likeness"] < 1 and value["least"] > 1 and value["most"] <= 20_000
    ),
    "star_bands": _are_bands,
    "star_allowances": lambda value: all(0 <= cents < 10**9 for cents in value.values()),
    "quiet_hours": _are_quiet_hours,
    "contact_keep_days": lambda value: isinstance(value, int) and 30 <= value <= 1095,  # news may still be owed sooner
}
