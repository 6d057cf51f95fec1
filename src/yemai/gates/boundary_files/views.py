"""Pages of boundaries and buildings in (choose a file, say which column is which, look at the survey, write) and out."""

import shutil
import tempfile
import uuid
from itertools import islice
from pathlib import Path

from django.core.signing import BadSignature, Signer
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from yemai.base.access.doors import needs
from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record
from yemai.base.people.models import Person
from yemai.base.territory.models import Tier
from yemai.base.territory.queries import town
from yemai.kernel.refusals import Absent, Refused

from .actions import folder, start_run, work_of, write_run
from .buildings.reading import Source, read_buildings
from .buildings.terms import ADVICE, FIELDS, REMEDIES
from .buildings.terms import Doubt as BuildingDoubt
from .exporting import FORMATS, write_ground
from .importing import crs_named
from .models import BoundaryRun
from .reading import Rows, read_rows
from .terms import REPAIRS, Doubt

SIGNER = Signer(salt="boundary-files")
UPLOAD_MAX = 200 * 1024 * 1024
CRS_NAMES = (
    "WGS84", "GCJ02", "BD09", "CGCS2000",
    *(f"CGCS2000 / 3-degree zone {zone}" for zone in range(25, 46)), *(f"CGCS2000 / zone {zone}" for zone in range(13, 24)),
)  # fmt: skip
GUESSES = {
    "name_field": ("name", "名称", "网格名称", "社区", "小区", "mc"),
    "code_field": ("code", "代码", "编码", "网格编码", "网格编号", "bm", "adcode"),
    "parent_field": ("parent", "上级", "上级编码", "parent_code", "pcode"),
}


def _actor(request: HttpRequest) -> Person:
    """Who draws: the whole town must be theirs, since a file may draw anywhere. Raises Absent."""
    assert isinstance(request.user, Person)  # noqa: S101 - needs a permission
    if not reach(request.user, Permission.TERRITORY_EDIT).covers(town().path):
        raise Absent(_("导入边界要有全镇的网格编辑权限。"))
    return request.user


@needs(Permission.TERRITORY_EDIT)
def boundaries(request: HttpRequest) -> HttpResponse:
    """What was imported, the form for the next file, and the ground to take along."""
    _actor(request)
    if request.method != "POST":
        return render(request, "boundary_files/boundaries.html", {"runs": BoundaryRun.objects.all()[:30]})
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > UPLOAD_MAX:
        raise Refused("no-file", _("请选择一个边界或楼栋文件（不超过 200 MB）。"), status=422)
    suffixes = "".join(Path(file.name or "").suffixes[-2:]).lower()[:14]
    stored = f"{uuid.uuid4().hex}{suffixes}"
    path = folder() / stored
    with path.open("wb") as target:
        shutil.copyfileobj(file, target)
    shown = (file.name or stored)[:200]
    try:
        if request.POST.get("subject") == BoundaryRun.Subject.BUILDINGS:
            context = _building_columns(read_buildings(path, need_name=False), stored, shown)
            return render(request, "boundary_files/building_columns.html", context)
        rows = read_rows(path)
    except Refused:
        path.unlink(missing_ok=True)
        raise
    return render(request, "boundary_files/columns.html", _columns(rows, stored, shown))


def _columns(rows: Rows, stored: str, shown: str) -> dict[str, object]:
    lower = {field.lower(): field for field in rows.fields}
    guessed = {key: next((lower[word] for word in words if word in lower), "") for key, words in GUESSES.items()}
    labels = {"name_field": _("名称"), "code_field": _("代码"), "parent_field": _("上级代码")}
    first = [list(cells) for cells in islice(zip(*rows.fields.values(), strict=True), 5)]
    return {
        "token": SIGNER.sign(stored), "shown": shown, "rows": len(rows), "headings": list(rows.fields), "first": first,
        "fields": [(key, labels[key], guessed[key]) for key in GUESSES], "tiers": Tier.objects.order_by("depth"),
        "crs_names": CRS_NAMES, "crs": crs_named(rows.crs),
    }  # fmt: skip


def _building_columns(source: Source, stored: str, shown: str) -> dict[str, object]:
    first = [[line.cells.get(title, "") for title in source.titles] for line in source.lines[:5]]
    return {
        "token": SIGNER.sign(stored), "shown": shown, "rows": len(source.lines), "headings": source.titles, "first": first,
        "fields": [(name, label, source.meant.get(name, "")) for name, label in FIELDS.items()], "crs_names": CRS_NAMES,
        "crs": crs_named(source.crs), "sheet": source.sheet, "unread": source.unread,
    }  # fmt: skip


@needs(Permission.TERRITORY_EDIT)
def begin(request: HttpRequest) -> HttpResponse:
    """Have the file surveyed; the page may be left."""
    actor = _actor(request)
    if request.method != "POST":
        return redirect("boundary_files:boundaries")
    try:
        stored = SIGNER.unsign(request.POST.get("token", ""))
    except BadSignature:
        stored = ""
    if not stored or not (folder() / stored).is_file():
        raise Refused("no-file", _("上传的文件已不在，请重新上传。"), status=422)
    is_housing = request.POST.get("subject") == BoundaryRun.Subject.BUILDINGS
    asked = ("crs", "layer") if is_housing else ("tier", "crs", *GUESSES)
    wanted: dict[str, object] = {name: request.POST.get(name, "")[:200] for name in asked}
    if is_housing:
        wanted["columns"] = {name: request.POST.get(name, "")[:200] for name in FIELDS}
    run = start_run(
        stored, file_name=request.POST.get("shown", "")[:200], wanted=wanted, actor=actor, now=timezone.now(),
        subject=BoundaryRun.Subject.BUILDINGS if is_housing else BoundaryRun.Subject.BOUNDARIES,
    )  # fmt: skip
    return redirect("boundary_files:run", run_id=run.pk)


@needs(Permission.TERRITORY_EDIT)
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """What the survey found, on a map and as a list; or how far it is."""
    _actor(request)
    run = get_object_or_404(BoundaryRun, pk=run_id)
    going = run.state in (BoundaryRun.State.WAITING, BoundaryRun.State.WRITING)
    is_housing = run.subject == BoundaryRun.Subject.BUILDINGS
    kinds: list[dict[str, object]] = _building_kinds(run) if is_housing else [
        {"doubt": doubt, "count": run.counts[doubt], "repair": REPAIRS.get(doubt), "rows": [row for row in run.findings if row["doubt"] == doubt]}
        for doubt in Doubt if doubt in run.counts
    ]  # fmt: skip
    if request.method == "HEAD" or (getattr(request, "htmx", False) and going):
        return render(request, "boundary_files/partials/going.html", {"run": run, "work": work_of(run)})
    context = {"run": run, "going": going, "kinds": kinds, "work": work_of(run) if going else None}
    answer = render(request, f"boundary_files/{'building_run' if is_housing else 'run'}.html", context)
    if getattr(request, "htmx", False):
        answer["HX-Refresh"] = "true"  # it has come to its end: the page as a whole is another
    return answer


def _building_kinds(run: BoundaryRun) -> list[dict[str, object]]:
    return [
        {
            "doubt": doubt, "count": run.counts[doubt], "remedy": REMEDIES.get(doubt), "advice": ADVICE[doubt],
            "rows": [row for row in run.findings if row["doubt"] == doubt],
        }
        for doubt in BuildingDoubt if doubt in run.counts
    ]  # fmt: skip


@needs(Permission.TERRITORY_EDIT)
def write(request: HttpRequest, run_id: int) -> HttpResponse:
    """Write what is sound, with the repairs that were ticked."""
    actor = _actor(request)
    run = get_object_or_404(BoundaryRun, pk=run_id)
    if request.method == "POST":
        write_run(run, request.POST.getlist("mend"), actor=actor)
    return redirect("boundary_files:run", run_id=run.pk)


@needs(Permission.TERRITORY_EDIT)
def preview(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """The shapes for the map."""
    return FileResponse(_kept(request, run_id, ".json").open("rb"), content_type="application/geo+json")


@needs(Permission.TERRITORY_EDIT)
def findings(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Every finding about buildings, by row, with what to do about it: to mend the sheet by."""
    path = _kept(request, run_id, ".csv")
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"findings-{run_id}.csv", content_type="text/csv")


def _kept(request: HttpRequest, run_id: int, suffix: str) -> Path:
    _actor(request)
    path = folder() / f"{get_object_or_404(BoundaryRun, pk=run_id).pk}{suffix}"
    if not path.is_file():
        raise Absent(_("预览已清理，请重新上传文件。"))
    return path


@needs(Permission.TERRITORY_EDIT, Permission.EXPORT_RUN)
def export(request: HttpRequest) -> HttpResponseBase:
    """The ground in reach as a GeoPackage or as GeoJSON; `on`: as it was on a day."""
    actor, now = request.user, timezone.now()
    assert isinstance(actor, Person)  # noqa: S101 - needs a permission
    suffix = f".{request.GET.get('format', 'gpkg')}"
    if suffix not in FORMATS:
        raise Absent()
    try:
        on = parse_date(request.GET.get("on", "")) or None
    except ValueError as no_day:
        raise Refused("bad-date", _("日期请写成 2026-01-31 这样。"), status=422) from no_day
    layers = [layer for layer in request.GET.getlist("layer") if layer]
    paths = [path for one in (Permission.TERRITORY_EDIT, Permission.EXPORT_RUN) for path in reach(actor, one).paths]
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / f"ground{suffix}"
        counts = write_ground(path, paths, layers=layers, on=on)
        record(actor=actor, action="export_ground", subject=town(), now=now, after={**counts, "on": str(on or "")})
        file = path.open("rb")  # open, it outlives its name
    return FileResponse(file, as_attachment=True, filename=f"ground-{timezone.localdate():%Y%m%d}{suffix}")
