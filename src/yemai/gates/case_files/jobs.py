"""Imports that run behind the page."""

from datetime import datetime
from typing import Any

from yemai.base.jobs.actions import progress
from yemai.base.jobs.models import Job
from yemai.base.jobs.registry import job
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
