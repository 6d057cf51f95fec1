"""What the page does with a file of buildings: have it looked at, and what is sound written."""

import json
from datetime import datetime
from typing import Any

import shapely
from django.utils.translation import gettext as _

from yemai.base.sheets import csv_text
from yemai.kernel.refusals import Refused

from ..actions import SHOWN, folder, keep
from ..models import BoundaryRun
from .importing import Looked, WantedBuildings, look, write
from .judging import Say
from .terms import ADVICE, Finding


def wanted_of(run: BoundaryRun) -> WantedBuildings:
    """What was asked when the run began."""
    return WantedBuildings(run.wanted.get("crs", ""), run.wanted.get("layer", ""), run.wanted.get("columns", {}))


def look_run(run: BoundaryRun, say: Say) -> None:
    """Read and judge; nothing is written but what the page shows. A file that can't be read is said on the page."""
    try:
        looked = look(folder() / run.stored_name, wanted_of(run), say=say)
    except Refused as refused:
        keep(run, state=BoundaryRun.State.FAILED, error=str(refused.text))
        return
    (folder() / f"{run.pk}.json").write_text(preview(looked), "utf-8")
    keep_findings(run, looked.judged.findings)
    sound, new = len(looked.judged.sound), looked.new
    keep(
        run, state=BoundaryRun.State.SURVEYED, rows=len(looked.source.lines), crs=looked.crs, counts=dict(looked.counts),
        findings=shown(looked.judged.findings),
        result={
            "sound": sound, "new": new, "sheet": looked.source.sheet, "unread": list(looked.source.unread),
            "drawn": any(row.shape is not None or row.point for row in looked.judged.rows),
        },
    )  # fmt: skip


def house_run(run: BoundaryRun, now: datetime, say: Say) -> None:
    """Judge again with what was ticked, write what is sound, keep what was left out. Safe to run twice."""
    looked = look(folder() / run.stored_name, wanted_of(run), run.chosen, say=say)
    housed = write(looked, actor=run.started_by, now=now, source=run.file_name)
    judged = looked.judged
    left = [finding for finding in judged.findings if finding not in judged.accepted]
    result = {
        **run.result, "created": housed.created, "changed": housed.changed, "same": housed.same, "estates": housed.estates,
        "entrances": housed.entrances, "mended": len(judged.accepted), "left": len(judged.rows) - len(judged.sound),
    }  # fmt: skip
    keep_findings(run, left)
    counts: dict[str, int] = {}
    for finding in left:
        counts[finding.doubt.value] = counts.get(finding.doubt.value, 0) + 1
    keep(run, state=BoundaryRun.State.DONE, result=result, counts=counts, findings=shown(left), finished_at=now)
    (folder() / run.stored_name).unlink(missing_ok=True)


def keep_findings(run: BoundaryRun, findings: list[Finding]) -> None:
    """Every finding as a sheet to mend the file by; the page lists the first of each doubt alone."""
    heading = [_("行号"), _("疑点"), _("楼栋"), _("说明"), _("怎么办"), _("经度"), _("纬度")]
    rows = [
        [str(one.row), str(one.doubt.label), one.who, one.text, str(ADVICE[one.doubt]), *_degrees(one.lon, one.lat)]
        for one in sorted(findings, key=lambda one: one.row)
    ]
    (folder() / f"{run.pk}.csv").write_text(csv_text([heading, *rows]), "utf-8", newline="")


def _degrees(*axes: float | None) -> list[str]:
    return ["" if degree is None else f"{degree:.7f}" for degree in axes]


def shown(findings: list[Finding]) -> list[dict[str, Any]]:
    """The first of each doubt as the page lists them; the counts tell of the rest."""
    seen: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for finding in findings:
        seen[finding.doubt.value] = seen.get(finding.doubt.value, 0) + 1
        if seen[finding.doubt.value] <= SHOWN:
            rows.append({
                "key": finding.key, "doubt": finding.doubt.value, "row": finding.row, "who": finding.who,
                "text": finding.text, "lon": finding.lon, "lat": finding.lat,
            })  # fmt: skip
    return rows


def preview(looked: Looked) -> str:
    """Footprints and points as GeoJSON, and the box around all of them."""
    pairs = [(row, row.shape or (shapely.Point(row.point) if row.point else None)) for row in looked.judged.rows]
    drawn = [(row, shape) for row, shape in pairs if shape is not None]
    features = [
        {
            "type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)),
            "properties": {"name": row.shown, "code": row.grid.name if row.grid else "", "barred": row.barred},
        }
        for row, shape in drawn
    ]  # fmt: skip
    box = [float(edge) for edge in shapely.total_bounds([shape for _row, shape in drawn])] if drawn else None
    return json.dumps({"type": "FeatureCollection", "bbox": box, "features": features}, ensure_ascii=False)
