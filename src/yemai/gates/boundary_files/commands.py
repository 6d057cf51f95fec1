"""`yemai territory import`, `yemai locate` and `yemai export ground`: files in and out without a page."""

import csv
import json
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.sheets import defused, open_table
from yemai.base.territory.actions.housing import Housed
from yemai.base.territory.queries import town
from yemai.kernel.coordinates import arrays_to_wgs84
from yemai.kernel.refusals import Refused

from .buildings.importing import Looked, WantedBuildings, look, write
from .buildings.terms import ADVICE
from .buildings.terms import Finding as BuildingFinding
from .exporting import write_ground
from .importing import Outcome, Say, Wanted, crs_named, import_boundaries, tier_named
from .locating import Locator, located_rows
from .surveying import said

__all__ = [
    "Looked",
    "Outcome",
    "Wanted",
    "WantedBuildings",
    "export_ground",
    "import_boundaries",
    "import_buildings",
    "locate_file",
    "said_of_building",
    "write_building_findings",
    "write_findings",
]
BATCH = 50_000


def write_findings(outcome: Outcome, path: Path) -> None:
    """Every finding as GeoJSON points (.geojson, .json) or as CSV."""
    rows = [
        {
            "doubt": finding.doubt.value,
            "says": said(finding, outcome.names),
            "rows": " ".join(str(at + 1) for at in (finding.neighbours or finding.rows)),
            "square_metres": round(finding.square_metres, 1),
            "repair": finding.repair.value,
            "mended": finding in outcome.mended,
            "lon": finding.lon,
            "lat": finding.lat,
        }
        for finding in outcome.findings
    ]
    _write_rows(rows, path)


def _write_rows(rows: list[dict[str, Any]], path: Path) -> None:
    if path.suffix.lower() in (".geojson", ".json"):
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
                if row["lon"] is not None
                else None,
                "properties": {name: value for name, value in row.items() if name not in ("lon", "lat")},
            }
            for row in rows
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(list(rows[0]) if rows else ["doubt"])
        writer.writerows([[defused(str("" if cell is None else cell)) for cell in row.values()] for row in rows])


def import_buildings(
    path: Path, wanted: WantedBuildings, accepted: Collection[str], *, only_check: bool, say: Say
) -> tuple[Looked, Housed | None]:
    """Read and judge a file of buildings, write what is sound unless only asked to look. Raises Refused."""

    def judging(done: int, total: int) -> None:
        if done and done % BATCH == 0:
            say(_("已检查 %(share)d%%") % {"share": 100 * done // total})

    looked = look(path, wanted, accepted, say=judging)
    what = {"n": len(looked.source.lines), "crs": looked.crs}
    say(_("读到 %(n)d 行，坐标系 %(crs)s。") % what)
    say(" ".join(f"{name}={title}" for name, title in looked.source.meant.items()))
    if looked.source.unread:
        other = {"sheet": looked.source.sheet, "other": "、".join(looked.source.unread)}
        say(_("只读工作表“%(sheet)s”；没有读的：%(other)s。") % other)
    if only_check:
        return looked, None
    say(_("正在写入……"))
    return looked, write(looked, actor=None, now=timezone.now(), source=path.name)


def said_of_building(finding: BuildingFinding) -> str:
    """A finding in one line."""
    words = [_("第 %(row)d 行") % {"row": finding.row}, finding.who, finding.text]
    return " · ".join(word for word in words if word)


def write_building_findings(looked: Looked, path: Path) -> None:
    """Every finding with its row and what to do about it, as GeoJSON points (.geojson, .json) or as CSV."""
    rows: list[dict[str, Any]] = [
        {
            "row": finding.row, "doubt": finding.doubt.value, "says": str(finding.doubt.label), "building": finding.who,
            "text": finding.text, "what_to_do": str(ADVICE[finding.doubt]),
            "accepted": finding in looked.judged.accepted, "lon": finding.lon, "lat": finding.lat,
        }
        for finding in looked.judged.findings
    ]  # fmt: skip
    _write_rows(rows, path)


def export_ground(
    path: Path, layers: Iterable[str] = (), *, tier: str = "", on: date | None = None, crs: str = ""
) -> dict[str, int]:
    """Write the whole town's nodes and buildings; how many of each. Raises Refused as `exporting.write_ground`."""
    key = tier_named(tier).key if tier else ""
    return write_ground(path, [town().path], layers=layers, tier=key, on=on, crs=crs)


def locate_file(
    path: Path, out: Path, *, lon: str, lat: str, crs: str = "", tier: str = "", say: Say
) -> dict[str, int]:
    """Copy a sheet with two columns more, `node_code` and `flag`; how many rows got which flag.

    Raises Refused for a column that is not there, for ground without boundaries, or where a column has our name already.
    """
    table = open_table(path, (lon.lower(), lat.lower()))
    at_lon, at_lat = _column(table.headings, lon), _column(table.headings, lat)
    locator = Locator.of(tier_named(tier) if tier else None)
    system = crs_named(crs)
    counts: dict[str, int] = {}
    done, rows = 0, (cells for _number, cells in table.rows())
    partial = out.with_name(f"{out.name}.part")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*table.headings, "node_code", "flag"])
        while batch := list(islice(rows, BATCH)):
            lons, lats = (_numbers(batch, column) for column in (at_lon, at_lat))
            lons, lats = arrays_to_wgs84(lons, lats, system)
            for cells, (code, flag) in zip(batch, located_rows(locator, lons, lats), strict=True):
                counts[flag] = counts.get(flag, 0) + 1
                width = len(table.headings)
                writer.writerow([*cells[:width], *[""] * (width - len(cells)), code, flag])
            done += len(batch)
            say(_("已定位 %(n)d 行") % {"n": done})
    partial.replace(out)
    return counts


def _column(headings: list[str], name: str) -> int:
    lower = [heading.lower() for heading in headings]
    if name.lower() not in lower:
        what = {"name": name, "there": "、".join(heading for heading in headings if heading)}
        raise Refused("no-such-column", _("文件里没有“%(name)s”这一列。有的是：%(there)s。") % what, status=422)
    return lower.index(name.lower())


def _numbers(batch: list[list[str]], column: int) -> npt.NDArray[np.float64]:
    """A column as numbers; what is none is not a number."""
    return np.array(list(_each_number(batch, column)), dtype=np.float64)


def _each_number(batch: list[list[str]], column: int) -> Iterator[float]:
    for cells in batch:
        try:
            yield float(cells[column])
        except (ValueError, IndexError):
            yield float("nan")
