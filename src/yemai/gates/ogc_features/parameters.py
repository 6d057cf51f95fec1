"""What stands behind the question mark: a page, a window, a span of time, a reference system, or a plain refusal."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import shapely
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.kernel.coordinates import arrays_to_wgs84
from yemai.kernel.refusals import Refused
from yemai.modules.cases.api.fields import read_day, read_moment

from .terms import CRS84, CRS_NAMES, LATITUDE_FIRST, LIMIT, LIMIT_MOST, METRES

Box = tuple[float, float, float, float]
"""West, south, east, north in WGS-84 degrees; west <= east."""
Read = Callable[[str], Any]
"""Reads one value; raises ValueError with a sentence for the asker."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
HALF_WORLD = 20037508.342789244
"""Metres from the middle of the EPSG:3857 square to its sides."""
FIRST_DAY, LAST_DAY = date(2, 1, 1), date(9998, 12, 31)
"""Every database and time zone can count to these."""


@dataclass(frozen=True)
class Window:
    """A bbox: one box, or two where it crosses the antimeridian."""

    boxes: tuple[Box, ...]

    def shows(self, shape: BaseGeometry | None) -> bool:
        """Does the shape itself, not only its box, meet the window?"""
        return shape is not None and any(shape.intersects(_area(box)) for box in self.boxes)


@dataclass(frozen=True)
class Span:
    """A stretch of time, both ends within it; None is open."""

    begins: datetime | None
    ends: datetime | None

    @property
    def first(self) -> date | None:
        """The day it begins on, in our time zone."""
        return None if self.begins is None else timezone.localdate(self.begins)

    @property
    def last(self) -> date | None:
        """The day it ends on."""
        return None if self.ends is None else timezone.localdate(self.ends)


@dataclass(frozen=True)
class Wanted:
    """A question to `items`."""

    limit: int
    after: int
    crs: str
    window: Window | None
    span: Span | None
    filters: Mapping[str, Any]


def read(query: QueryDict, readers: Mapping[str, Read]) -> dict[str, Any]:
    """Every parameter, read. Raises Refused 400 naming those that are not known or don't fit (Part 1, 7.15.8 and .9)."""
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, said in query.dict().items():
        try:
            found[name] = readers[name](str(said))
        except KeyError:
            wrong[name] = _("没有这个参数")
        except ValueError as why:
            wrong[name] = str(why)
    if wrong:
        raise _bad(wrong)
    return found


def read_items(query: QueryDict, queryables: Mapping[str, Read]) -> Wanted:
    """The parameters of `items`. Raises Refused 400."""
    own: dict[str, Read] = {
        "f": as_format,
        "limit": as_limit,
        "after": as_cursor,
        "bbox": as_numbers,
        "bbox-crs": as_crs,
        "crs": as_crs,
        "datetime": as_span,
    }
    found = read(query, {**queryables, **own})
    window = None
    if "bbox" in found:
        try:
            window = _window(found["bbox"], CRS_NAMES[found.get("bbox-crs", CRS84)])
        except ValueError as why:
            raise _bad({"bbox": str(why)}) from why
    return Wanted(
        limit=found.get("limit", LIMIT),
        after=found.get("after", 0),
        crs=found.get("crs", CRS84),
        window=window,
        span=found.get("datetime"),
        filters={name: found[name] for name in queryables if name in found},
    )


def _bad(fields: dict[str, str]) -> Refused:
    return Refused("bad-parameter", _("有些参数不对，请按提示修改。"), status=400, fields=fields)


def as_format(said: str) -> str:
    """There is JSON alone."""
    if said != "json":
        raise ValueError(_("应为其中之一：%(expected)s") % {"expected": "json"})
    return said


def as_limit(said: str) -> int:
    """A page's size; more than we give is as much as we give (the standard wants no error)."""
    if not _is_whole(said) or int(said) < 1:
        raise ValueError(_("不小于 %(ge)s") % {"ge": 1})
    return min(int(said), LIMIT_MOST)


def as_cursor(said: str) -> int:
    """Where the page before ended."""
    if not _is_whole(said):
        raise ValueError(_("请使用上一页给出的 next 链接"))
    return int(said)


def _is_whole(said: str) -> bool:
    return said.isascii() and said.isdecimal() and len(said) <= 18


def as_crs(said: str) -> str:
    """One of our reference systems, by its address."""
    if said not in CRS_NAMES:
        raise ValueError(_("应为其中之一：%(expected)s") % {"expected": " ".join(CRS_NAMES)})
    return said


def as_numbers(said: str) -> list[float]:
    """Four numbers; of six the heights are left out."""
    parts = [part.strip() for part in said.split(",")]
    numbers = [float(part) for part in parts if _NUMBER.fullmatch(part)]
    if len(numbers) != len(parts) or len(parts) not in (4, 6) or not all(math.isfinite(one) for one in numbers):
        raise ValueError(_("应为四个（或含高程的六个）用逗号分隔的数"))
    return numbers if len(numbers) == 4 else [*numbers[:2], *numbers[3:5]]


def _window(numbers: list[float], crs: str) -> Window:
    """The window in WGS-84 degrees; west of more than east crosses the antimeridian."""
    if crs in LATITUDE_FIRST:
        south, west, north, east = numbers
    else:
        west, south, east, north = numbers
    if south > north:
        raise ValueError(_("下边界在上边界之上，请检查坐标的顺序"))
    if crs == METRES:
        xs = np.clip([west, east], -HALF_WORLD, HALF_WORLD)
        ys = np.clip([south, north], -2 * HALF_WORLD, 2 * HALF_WORLD)  # the square's sides, and far beyond its poles
        (west, east), (south, north) = (axis.tolist() for axis in arrays_to_wgs84(xs, ys, METRES))
    if west <= east:
        return Window(((west, south, east, north),))
    return Window(((west, south, 180.0, north), (-180.0, south, east, north)))


def _area(box: Box) -> BaseGeometry:
    """The box as a shape; one without breadth or height is a line or a point."""
    west, south, east, north = box
    if west < east and south < north:
        return shapely.box(*box)
    return shapely.LineString([(west, south), (east, north)]) if box[:2] != box[2:] else shapely.Point(west, south)


def as_span(said: str) -> Span:
    """A moment or a day, or two with a slash between, of which one may be open (`..`). A day is all of it."""
    parts = said.split("/")
    if len(parts) > 2 or (len(parts) == 1 and parts[0] in ("", "..")):
        raise ValueError(_when())
    begins = None if parts[0] in ("", "..") else _moments(parts[0])[0]
    ends = None if parts[-1] in ("", "..") else _moments(parts[-1])[1]
    if begins is not None and ends is not None and begins > ends:
        raise ValueError(_("开始晚于结束"))
    return Span(begins, ends)


def _when() -> str:
    return _("应为时间或区间，如 2026-03-04、2026-03-04T10:00:00+08:00、2026-01-01/..")


def _moments(said: str) -> tuple[datetime, datetime]:
    """The first and the last instant of what is said."""
    try:
        if "T" in said.upper():
            moment = read_moment(said)
            return (_countable(moment), _countable(moment))
        day = min(max(read_day(said), FIRST_DAY), LAST_DAY)
    except ValueError as unread:
        raise ValueError(_when()) from unread
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    return midnight, midnight + timedelta(days=1, microseconds=-1)


def _countable(moment: datetime) -> datetime:
    first, last = (datetime.combine(day, time.min, UTC) for day in (FIRST_DAY, LAST_DAY))
    return min(max(moment, first), last)
