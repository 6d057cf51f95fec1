"""The indicators of a period by community and for the whole, without small cells."""

import numpy as np
import pyarrow as pa

from yemai.base.sheets import defused
from yemai.base.territory.models import Node
from yemai.modules.assessment.engines import Measured
from yemai.modules.assessment.indicators.registry import ALL, Indicator

from .anonymity import hidden

SCHEMA = pa.schema(
    [
        ("community_code", pa.string()),
        ("community", pa.string()),
        ("indicator", pa.string()),
        ("label", pa.string()),
        ("numerator", pa.int64()),
        ("denominator", pa.int64()),
        ("rate", pa.float64()),
        ("is_hidden", pa.bool_()),
    ]
)


def table_of(found: Measured, k: int) -> pa.Table:
    """A row per community and indicator, then the whole with an empty community, as `SCHEMA`.

    A count that several indicators share is told or hidden in all of them alike, or one would give away the other.
    """
    ids = found.rows["subject_id"].to_pylist()
    names = {one.pk: (defused(one.code), defused(str(one.label))) for one in Node.objects.filter(pk__in=ids)}
    places = [*(names[one] for one in ids), ("", "")]
    cells = {name: _cells(found, name, scale, k) for name, scale in _counts().items()}
    rows = [
        {
            "community_code": code,
            "community": name,
            "indicator": one.key,
            "label": str(one.label),
            **_told(one, cells, at),
        }
        for at, (code, name) in enumerate(places)
        for one in ALL
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def _counts() -> dict[str, int]:
    """A column of what was counted for each condition, with the scale it is counted in."""
    return {column: one.scale for one in ALL for column in _columns(one)}


def _columns(indicator: Indicator) -> list[str]:
    parts = ["num"] if indicator.denominator is None else ["num", "den"]
    return [f"{indicator.key}_{part}" for part in parts]


def _cells(found: Measured, name: str, scale: int, k: int) -> list[int | None]:
    """The counts of each community and the whole; None for what is hidden. What lies in no community is a cell, too."""
    told = found.rows[name].to_numpy().astype(np.int64)
    whole = found.whole[name]
    is_hidden, is_whole_hidden = hidden(np.append(told, whole - told.sum()), k * scale)
    cells = [None if away else int(cell) for cell, away in zip(told, is_hidden[:-1], strict=True)]
    return [*cells, None if is_whole_hidden else whole]


def _told(indicator: Indicator, cells: dict[str, list[int | None]], at: int) -> dict[str, float | int | bool | None]:
    counted = [cells[column][at] for column in _columns(indicator)]
    if None in counted:
        return {"numerator": None, "denominator": None, "rate": None, "is_hidden": True}
    numerator = counted[0]
    denominator = counted[1] if indicator.is_rate else None
    rate = round(numerator / denominator, 4) if numerator is not None and denominator else None
    return {"numerator": numerator, "denominator": denominator, "rate": rate, "is_hidden": False}
