"""A survey's table of components: which column is what, and what of each row can't be taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.utils.translation import gettext as _

from yemai.base.sheets import Table, open_table
from yemai.kernel.coordinates import to_wgs84
from yemai.kernel.refusals import Refused

from .terms import CODE_DIGITS, MAJORS, Condition

WORDS = {
    "code": ("标识码", "部件标识码", "部件编码", "编码", "代码", "code", "objcode", "objid"),
    "name": ("名称", "部件名称", "小类名称", "name", "objname"),
    "lon": ("经度", "x", "lon", "longitude", "x坐标", "横坐标"),
    "lat": ("纬度", "y", "lat", "latitude", "y坐标", "纵坐标"),
    "department": ("主管部门", "主管部门名称", "deptname", "department"),
    "owner": ("权属单位", "权属单位名称", "养护单位", "ownername", "owner"),
    "condition": ("状态", "objstate", "condition"),
    "surveyed_on": ("普查日期", "初始时间", "ordate", "surveyed"),
}
"""Headings by field, lower case; GB/T 30428.2's own words first."""
NEEDED = ("code", "name", "lon", "lat")
CONDITIONS = {
    "": Condition.SOUND,
    **{str(one.label): one for one in Condition},
    **{one.value: one for one in Condition},
}
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y年%m月%d日")
TEXT_MOST = 80


@dataclass(frozen=True)
class Row:
    """A row that can be taken; WGS-84 degrees."""

    number: int
    code: str
    name: str
    lon: float
    lat: float
    department: str
    owner: str
    condition: Condition
    surveyed_on: date | None


@dataclass(frozen=True)
class Doubt:
    """A row that can't, and why."""

    number: int
    words: str
    why: str


def read(path: Path, crs: str) -> Iterator[Row | Doubt]:
    """Every row of a .csv or .xlsx, in the order of the file; `crs` as the coordinates' module takes it.

    Raises Refused for a file that can't be read or lacks a column, and for a reference system nobody knows.
    """
    table = open_table(path, [word for words in WORDS.values() for word in words])
    columns = _columns(table)
    seen: set[str] = set()
    for number, cells in table.rows():
        said = {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}
        if not any(said.values()):
            continue
        found = _row(number, said, crs)
        if isinstance(found, Row) and found.code in seen:
            found = Doubt(number, found.code, _("这个标识码在文件里出现了两次"))
        if isinstance(found, Row):
            seen.add(found.code)
        yield found


def _columns(table: Table) -> dict[str, int]:
    lower = [heading.strip().lower() for heading in table.headings]
    found = {name: next((lower.index(word) for word in words if word in lower), -1) for name, words in WORDS.items()}
    missing = [WORDS[name][0] for name in NEEDED if found[name] < 0]
    if missing:
        what = {"missing": "、".join(missing), "there": "、".join(table.headings)[:200]}
        raise Refused("no-column", _("文件里没有这些列：%(missing)s。有的是：%(there)s。") % what, status=422)
    return {name: at for name, at in found.items() if at >= 0}


def _row(number: int, said: dict[str, str], crs: str) -> Row | Doubt:
    code, name = said["code"], said["name"]
    if not (code.isascii() and code.isdecimal() and len(code) == CODE_DIGITS):
        return Doubt(number, code or name, _("标识码应为 16 位数字；在 Excel 里要设为文本，否则末几位会变成 0"))
    if code[6:8] not in MAJORS:
        return Doubt(number, code, _("没有 %(major)s 这个大类") % {"major": code[6:8]})
    if not name or len(name) > TEXT_MOST:
        return Doubt(number, code, _("名称空着，或超过 80 个字"))
    try:
        x, y = float(said["lon"]), float(said["lat"])
    except ValueError:
        return Doubt(number, code, _("坐标不是数字"))
    try:
        lon, lat = to_wgs84(x, y, crs)
    except ValueError as unknown:
        text = _("不认识这个坐标系。请使用 WGS84、GCJ02、BD09、CGCS2000 或 EPSG 编号。")
        raise Refused("bad-crs", text, status=422, fields={"crs": text}) from unknown
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return Doubt(number, code, _("坐标不在地球上，请检查坐标系和经纬度的先后"))
    condition = CONDITIONS.get(said.get("condition", ""))
    if condition is None:
        return Doubt(number, code, _("不认识的状态：%(words)s") % {"words": said["condition"][:20]})
    surveyed = said.get("surveyed_on", "")
    day = _date(surveyed)
    if surveyed and day is None:
        return Doubt(number, code, _("日期请写成 2026-01-31 这样。"))
    return Row(
        number, code, name, lon, lat, said.get("department", "")[:TEXT_MOST], said.get("owner", "")[:TEXT_MOST],
        condition, day,
    )  # fmt: skip


def _date(text: str) -> date | None:
    for form in DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
    return None
