"""What a page does with a file of boundaries: have it surveyed, choose what to mend, have it written."""

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.utils.translation import gettext as _

from yemai.base.jobs.actions import enqueue
from yemai.base.jobs.models import Job
from yemai.base.people.models import Person
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .importing import Prepared, Wanted, lay, prepare
from .models import BoundaryRun
from .repairing import mend, mend_all
from .surveying import as_row, key_of, survey
from .terms import Doubt, Finding

SHOWN = 300
"""Findings kept of each doubt for the page: the largest; the counts tell of the rest."""
PREVIEW_STEPS = 3_000
"""A preview is drawn to this fraction of its extent: finer than any screen."""


def folder() -> Path:
    """Where files and previews wait."""
    found = Path(settings.DATA_DIR) / "boundaries"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def start_run(
    stored_name: str, *, file_name: str, wanted: dict[str, Any], actor: Person, now: datetime,
    subject: str = BoundaryRun.Subject.BOUNDARIES,
) -> BoundaryRun:  # fmt: skip
    """Have a stored file surveyed by the worker."""
    with writing():
        run = BoundaryRun.objects.create(
            file_name=file_name[:200], stored_name=stored_name, wanted=wanted, started_by=actor, started_at=now,
            subject=subject,
        )  # fmt: skip
        enqueue("boundary_files.survey", {"run": run.pk}, key=f"boundary-survey-{run.pk}")
    return run


def survey_run(run: BoundaryRun) -> None:
    """Read and survey; nothing is written but what the page shows. A file that can't be read is said on the page."""
    try:
        prepared = prepare(folder() / run.stored_name, Wanted(**run.wanted))
    except Refused as refused:
        keep(run, state=BoundaryRun.State.FAILED, error=str(refused.text))
        return
    findings = survey(prepared.ground)
    counts: dict[str, int] = {}
    shown: list[dict[str, Any]] = []
    for finding in findings:
        counts[finding.doubt] = counts.get(finding.doubt, 0) + 1
        if counts[finding.doubt] <= SHOWN:
            shown.append(as_row(finding, prepared.names))
    (folder() / f"{run.pk}.json").write_text(preview(prepared), "utf-8")
    keep(
        run, state=BoundaryRun.State.SURVEYED, rows=len(prepared.names), crs=prepared.crs, counts=counts, findings=shown
    )


def preview(prepared: Prepared) -> str:
    """The shapes as GeoJSON, coarse enough for a screen, with their names, codes and the box around all."""
    shapes = prepared.ground.shapes
    drawn = [at for at, shape in enumerate(shapes) if shape is not None and not shape.is_empty]
    west, south, east, north = shapely.total_bounds(shapes[drawn]) if drawn else (0.0, 0.0, 0.0, 0.0)
    step = max(east - west, north - south) / PREVIEW_STEPS
    coarse = shapely.simplify(shapes[drawn], step) if drawn else np.array([], dtype=object)
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(shape)),
            "properties": {"name": prepared.names[at], "code": prepared.ground.codes[at]},
        }
        for at, shape in zip(drawn, coarse, strict=True)
    ]
    box = [float(edge) for edge in (west, south, east, north)]
    return json.dumps({"type": "FeatureCollection", "bbox": box, "features": features}, ensure_ascii=False)


def write_run(run: BoundaryRun, chosen: Collection[str], *, actor: Person) -> None:
    """Have what is sound written, with the chosen repairs. Raises Refused where it is no longer waiting for that."""
    with writing():
        asked = BoundaryRun.objects.filter(pk=run.pk, state=BoundaryRun.State.SURVEYED)
        if not asked.update(state=BoundaryRun.State.WRITING, chosen=sorted(chosen), started_by=actor):
            raise Refused("not-waiting", _("这个文件正在写入或已经写入，无需再点。"))
        enqueue("boundary_files.write", {"run": run.pk}, key=f"boundary-write-{run.pk}")


def lay_run(run: BoundaryRun, now: datetime) -> None:
    """Mend what was chosen, write what is sound, keep what was left out with its reason. Safe to run twice."""
    prepared = prepare(folder() / run.stored_name, Wanted(**run.wanted))
    kinds = {Doubt(word) for word in run.chosen if word in Doubt.values}
    singles = set(run.chosen) - set(Doubt.values)
    mended: list[Finding] = []
    ground = prepared.ground
    for finding in survey(ground):
        if key_of(finding) in singles and finding.doubt not in kinds:
            ground = mend(ground, finding)
            mended.append(finding)
    ground, more, left = mend_all(ground, kinds)
    prepared = replace(prepared, ground=ground)
    outcome = lay(
        prepared, prepared.outcome([], [*mended, *more], left), actor=run.started_by, now=now, source=run.file_name
    )
    assert outcome.laid is not None  # noqa: S101 - lay gives it
    result = {
        "created": outcome.laid.created,
        "drawn": outcome.laid.drawn,
        "same": outcome.laid.same,
        "mended": len(outcome.mended),
        "left_out": [[outcome.names[row], str(finding.doubt)] for row, finding in outcome.left_out][:SHOWN],
        "refused": [[draft.name, why] for draft, why in outcome.laid.refused][:SHOWN],
    }
    keep(run, state=BoundaryRun.State.DONE, result=result, finished_at=now)
    (folder() / run.stored_name).unlink(missing_ok=True)


def work_of(run: BoundaryRun) -> Job | None:
    """The job that is at work on a run, which says how far it is."""
    step = "survey" if run.state == BoundaryRun.State.WAITING else "write"
    return Job.objects.filter(key=f"boundary-{step}-{run.pk}").first()


def fail_run(run: BoundaryRun, why: str) -> None:
    """Say on the page that it did not work."""
    keep(run, state=BoundaryRun.State.FAILED, error=why)


def keep(run: BoundaryRun, **change: Any) -> None:
    """Change columns of a run, here and in the database."""
    with writing():
        BoundaryRun.objects.filter(pk=run.pk).update(**change)
    for name, value in change.items():
        setattr(run, name, value)
