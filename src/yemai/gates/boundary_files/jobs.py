"""Surveys and writing behind the page, and the files that nobody went on with."""

from datetime import UTC, datetime, timedelta

from yemai.base.jobs.actions import progress
from yemai.base.jobs.models import Job
from yemai.base.jobs.registry import every, job
from yemai.kernel.refusals import Refused

from .actions import fail_run, folder, lay_run, survey_run
from .buildings.actions import house_run, look_run
from .models import BoundaryRun

KEPT_DAYS = 7


@job("boundary_files.survey")
def survey(work: Job, now: datetime) -> dict[str, int]:
    """Read and survey a file."""
    run = BoundaryRun.objects.get(pk=work.payload["run"])
    if run.state == BoundaryRun.State.WAITING and run.subject == BoundaryRun.Subject.BUILDINGS:
        look_run(run, lambda done, total: progress(work, done, total))
    elif run.state == BoundaryRun.State.WAITING:
        survey_run(run)
    return {"rows": run.rows}


@job("boundary_files.write")
def write(work: Job, now: datetime) -> dict[str, int]:
    """Write what is sound."""
    run = BoundaryRun.objects.select_related("started_by").get(pk=work.payload["run"])
    if run.state != BoundaryRun.State.WRITING:
        return {}
    try:
        if run.subject == BoundaryRun.Subject.BUILDINGS:
            house_run(run, now, lambda done, total: progress(work, done, total))
        else:
            lay_run(run, now)
    except Refused as refused:
        fail_run(run, str(refused.text))
    return {"created": run.result.get("created", 0)}


@every("boundary_files.sweep", minutes=60)
def sweep(now: datetime) -> int:
    """Files and previews go after a week."""
    long_ago = now - timedelta(days=KEPT_DAYS)
    old = [path for path in folder().iterdir() if datetime.fromtimestamp(path.stat().st_mtime, UTC) < long_ago]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
