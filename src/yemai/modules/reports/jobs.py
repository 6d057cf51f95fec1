"""Reports are filled, and long ones written as workbooks, behind the pages; each may be run twice."""

from datetime import datetime

from yemai.base.audit.actions import record_looks
from yemai.base.jobs.actions import progress
from yemai.base.jobs.models import Job
from yemai.base.jobs.registry import job
from yemai.base.people.models import Person
from yemai.kernel.refusals import Refused

from .actions import fail, keep_built, save_rows
from .filling import asking_of, found_rows, read_columns
from .models import FilledRow, Filling
from .terms import State

PURPOSE = "report.fill"


@job("reports.fill")
def fill(work: Job, now: datetime) -> dict[str, int]:
    """Read what the system knows of every row, as the filling's maker may see it."""
    filling = _filling(work)
    if filling is None or filling.state != State.WAITING:
        return {}
    asking = asking_of(filling, now)
    try:
        rows = found_rows(filling.layout, filling.path, asking)
        cells, looked = read_columns(filling.layout, rows, asking, lambda done, total: progress(work, done, total))
    except Refused as refused:
        fail(filling, str(refused), now)
        return {}
    made = [
        FilledRow(filling=filling, number=at, subject=row.key, label=row.label[:200], node_id=row.node_id, cells=line)
        for at, (row, line) in enumerate(zip(rows, cells, strict=True), start=1)
    ]
    people = Person.objects.filter(pk__in={one for ones in looked.values() for one in ones})
    record_looks(actor=filling.made_by, subjects=people, purpose=PURPOSE, now=now, path=filling.path)
    save_rows(filling, made, now)
    return {"rows": len(made)}


@job("reports.build")
def write(work: Job, now: datetime) -> dict[str, int]:
    """Write a long report's workbook."""
    filling = _filling(work)
    if filling is None or filling.state != State.READY:
        return {}
    keep_built(filling, now)
    return {"rows": filling.row_count}


def _filling(work: Job) -> Filling | None:
    found = Filling.objects.select_related("layout__form", "made_by").defer("built")
    return found.filter(pk=work.payload["filling"]).first()
