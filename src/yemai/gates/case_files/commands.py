"""`yemai import cases` and `yemai export cases`: the same as the pages, for the operator at the machine."""

from collections.abc import Mapping
from pathlib import Path

from django.utils import timezone

from yemai.base.sheets import csv_text
from yemai.modules.cases.models import Case

from .actions import go_on, refused_rows, start_import
from .exporting import write_xlsx
from .models import ImportRun
from .reading import file_hash, open_messages


def import_cases(
    path: Path, *, mapping: Mapping[str, str] | None = None, crs: str = "WGS84", say: object = print
) -> tuple[ImportRun, Path | None]:
    """Take a file in; returns the run and, where rows were refused, the file that holds them with their reasons."""

    def tell(run: ImportRun) -> None:
        if callable(say):
            say(
                f"{run.rows_done}/{run.rows_total} rows: {run.created} new, {run.repeated} already there, {run.refused} refused"
            )

    run = go_on(start_import(path, actor=None, now=timezone.now(), mapping=mapping, crs=crs), path, progress=tell)
    if not run.refused:
        return run, None
    out = path.with_name(f"{path.stem}.refused.csv")
    out.write_text(csv_text(refused_rows(run, open_messages(path).headings)), encoding="utf-8")
    return run, out


def run_of(path: Path) -> ImportRun | None:
    """The run in which this very file was sent before."""
    return ImportRun.objects.filter(file_sha256=file_hash(path)).first()


def export_cases(path: Path) -> int:
    """Write every case to an .xlsx file."""
    return write_xlsx(Case.objects.order_by("id"), path)
