"""Pages of imports (upload, map the columns, watch, fetch what was refused) and the export of a list."""

import shutil
import tempfile
import uuid
from itertools import islice
from pathlib import Path

from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.jobs.actions import enqueue
from yemai.base.people.models import Person
from yemai.base.sheets import csv_text
from yemai.kernel.refusals import Refused
from yemai.modules.cases.queries import listing
from yemai.modules.cases.views.filtering import filter_from
from yemai.modules.cases.views.paging import ordered

from .actions import kept_mapping, refused_rows, start_import
from .exporting import write_xlsx
from .models import ImportRun
from .queries import runs_for
from .reading import import_folder, open_messages
from .terms import CRS_NAMES, FIELDS

SIGNER = Signer(salt="case-files")
UPLOAD_MAX = 200 * 1024 * 1024
ROWS_MAX = 100_000


@needs(Permission.IMPORT_RUN)
def imports(request: HttpRequest) -> HttpResponse:
    """What was taken in, and the form for the next file."""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None or (file.size or 0) > UPLOAD_MAX:
            raise Refused("no-file", _("请选择一个 .csv 或 .xlsx 文件（不超过 200 MB）。"), status=422)
        name = f"{uuid.uuid4().hex}{Path(file.name or '').suffix.lower()[:6]}"
        with (import_folder() / name).open("wb") as target:
            shutil.copyfileobj(file, target)
        return _columns(request, name, (file.name or name)[:200])
    return render(request, "case_files/imports.html", {"runs": runs_for(_actor(request))[:30]})


def _actor(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 - needs a permission
    return request.user


def _columns(request: HttpRequest, name: str, shown: str) -> HttpResponse:
    path = import_folder() / name
    try:
        table = open_messages(path)
    except Refused:
        path.unlink(missing_ok=True)
        raise
    first = [[cell[:60] for cell in cells] for _number, cells in islice(table.rows(), 5)]
    return render(
        request,
        "case_files/columns.html",
        {
            "token": SIGNER.sign(name), "shown": shown, "headings": table.headings, "first": first,
            "fields": [(field, label, kept_mapping(table.headings).get(field, "")) for field, label in FIELDS.items()],
            "crs_names": CRS_NAMES,
        },
    )  # fmt: skip


@needs(Permission.IMPORT_RUN)
def begin(request: HttpRequest) -> HttpResponse:
    """Start the run with the columns chosen; the worker does it, the page may be left."""
    if request.method != "POST":
        return redirect("case_files:imports")
    try:
        name = SIGNER.unsign(request.POST.get("token", ""))
    except BadSignature:
        raise Refused("no-file", _("上传的文件已不在，请重新上传。"), status=422) from None
    path = import_folder() / name
    if not path.is_file():
        raise Refused("no-file", _("上传的文件已不在，请重新上传。"), status=422)
    actor = _actor(request)
    crs = request.POST.get("crs", "")
    run = start_import(
        path,
        actor=actor,
        now=timezone.now(),
        mapping={field: request.POST.get(field, "") for field in FIELDS},
        crs=crs if crs in CRS_NAMES else "WGS84",
        file_name=request.POST.get("shown", "")[:200],
    )
    enqueue("case_files.import", {"run": run.pk, "file": name}, key=f"import-{run.pk}-{name}")
    if not runs_for(actor).filter(pk=run.pk).exists():
        messages.info(request, _("这个文件别人已导入过：已有的不会重复，没有做完的会接着做。"))
        return redirect("case_files:imports")
    return redirect("case_files:run", run_id=run.pk)


@needs(Permission.IMPORT_RUN)
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far a run is; asked again by itself while it goes on."""
    run = get_object_or_404(runs_for(_actor(request)), pk=run_id)
    template = "case_files/partials/progress.html" if getattr(request, "htmx", False) else "case_files/run.html"
    return render(
        request, template, {"run": run, "going": run.state in (ImportRun.State.WAITING, ImportRun.State.RUNNING)}
    )


@needs(Permission.IMPORT_RUN)
def refused(request: HttpRequest, run_id: int) -> HttpResponse:
    """The refused rows, each with its reason, as a file to mend and send again."""
    run = get_object_or_404(runs_for(_actor(request)), pk=run_id)
    response = HttpResponse(csv_text(refused_rows(run, run.headings)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{run.pk}.csv"'
    return response


@needs(Permission.EXPORT_RUN)
def export(request: HttpRequest) -> HttpResponseBase:
    """The register or a queue as shown, as .xlsx."""
    name = request.GET.get("queue", "")
    name = name if name in listing.QUEUES else ""
    every = listing.QUEUES.get(name, listing.cases_for)(_actor(request))
    shown = ordered(
        listing.narrowed(every, filter_from(request), timezone.now()), listing.order_of(name) if name else ("-id",)
    )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by FileResponse
    write_xlsx(shown[:ROWS_MAX], file)
    file.seek(0)
    title = f"cases-{timezone.localdate():%Y%m%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=title)
