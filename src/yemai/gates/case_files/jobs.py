"""Imports that run behind the page, and the files that nobody began with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from yemai.base.jobs.actions import progress
from yemai.base.jobs.models import Job
from yemai.base.jobs.registry import every, job
from yemai.kernel.refusals import Refused

from .actions import go_on
from .models import ImportRun
from .reading import import_folder


@job("case_files.import")
def run_import(work: Job, now: datetime) -> dict[str, Any]:
    """Take the file of a run in; run again it goes on after the last whole batch."""
    run = ImportRun.objects.get(pk=work.payload["run"])
    path = import_folder() / work.payload["file"]
    try:
        go_on(run, path, progress=lambda at: progress(work, at.rows_done, at.rows_total))
    except Refused as refused:
        ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.FAILED, error=str(refused.text))
    path.unlink(missing_ok=True)
    return {"created": run.created, "repeated": run.repeated, "refused": run.refused}


@every("case_files.sweep", minutes=60)
def sweep(now: datetime) -> int:
    """Files chosen and never begun hold what residents wrote: they go after a day."""
    unfinished = Job.objects.filter(kind="case_files.import", state__in=(Job.State.WAITING, Job.State.RUNNING))
    wanted = {payload["file"] for payload in unfinished.values_list("payload", flat=True)}
    left = [path for path in import_folder().iterdir() if path.name not in wanted]
    old = [path for path in left if datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - timedelta(days=1)]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
