"""Taking a file in: each row one case, once, however often the file is sent and wherever it stopped."""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from yemai.base.people.models import Person
from yemai.base.sheets import Table
from yemai.base.transactions import writing
from yemai.kernel import sealing
from yemai.kernel.coordinates import Crs
from yemai.kernel.refusals import Refused
from yemai.modules.cases.actions import Report, report
from yemai.modules.cases.actions.given import plain
from yemai.modules.cases.actors import Actor, System
from yemai.modules.cases.models import Case, Category
from yemai.modules.cases.queries.catalogue import categories
from yemai.modules.cases.terms import Source

from .models import ColumnMapping, ImportRun, RefusedRow
from .reading import file_hash, guess_mapping, headings_hash, open_messages, own_headings
from .terms import BACK, FIELDS, NEEDED

NAMESPACE = uuid.UUID("6f1c0f0e-7d56-4c39-9d0b-0c8f0a8f2b61")
FORMATS = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d",
    "%Y-%m-%d",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
)
BATCH = 50
Progress = Callable[[ImportRun], None]


def kept_mapping(headings: list[str]) -> dict[str, str]:
    """The mapping kept for these headings, else the guess."""
    kept = ColumnMapping.objects.filter(headings_hash=headings_hash(headings)).first()
    return dict(kept.mapping) if kept else guess_mapping(headings)


def start_import(
    path: Path, *, actor: Person | None, now: datetime, mapping: Mapping[str, str] | None = None, crs: str = Crs.WGS84,
    file_name: str = "",
) -> ImportRun:  # fmt: skip
    """Open (or find again) the run of a file and keep its mapping for next time; a field mapped to "" is left out.

    Raises Refused `unreadable`, `no-such-column`, `missing-column` with the headings that there are.
    """
    table = open_messages(path)
    wanted = {**kept_mapping(table.headings), **(mapping or {})}
    chosen = {field: heading for field, heading in wanted.items() if heading}
    _check_mapping(chosen, table)
    with writing():
        ColumnMapping.objects.update_or_create(
            headings_hash=headings_hash(table.headings),
            defaults={"headings": table.headings, "mapping": chosen, "updated_at": now},
        )
        run, made = ImportRun.objects.get_or_create(
            file_sha256=file_hash(path),
            defaults={
                "file_name": (file_name or path.name)[:200], "headings": table.headings, "mapping": chosen, "crs": crs, "started_by": actor, "started_at": now,
            },
        )  # fmt: skip
        if not made and (run.mapping != chosen or run.crs != crs):
            run.refusals.all().delete()  # another mapping: every row is judged anew, cases already there stay one
            run.mapping, run.crs, run.rows_done, run.created, run.repeated, run.refused = chosen, crs, 0, 0, 0, 0
            run.save()
    return run


def _check_mapping(mapping: Mapping[str, str], table: Table) -> None:
    there = "、".join(heading for heading in table.headings if heading)
    for field, heading in mapping.items():
        if field not in FIELDS:
            raise Refused(
                "no-such-field",
                _("没有“%(field)s”这个项目，可用：%(all)s。") % {"field": field, "all": "、".join(FIELDS)},
                status=422,
            )
        if heading not in table.headings:
            raise Refused(
                "no-such-column",
                _("文件里没有“%(heading)s”这一列，有：%(there)s。") % {"heading": heading, "there": there},
                status=422,
            )
    for field in NEEDED:
        if field not in mapping:
            raise Refused(
                "missing-column",
                _("请指明哪一列是“%(field)s”。文件里有：%(there)s。") % {"field": FIELDS[field], "there": there},
                status=422,
            )


def go_on(run: ImportRun, path: Path, *, progress: Progress | None = None) -> ImportRun:
    """Take in the rows not yet done; a run that was cut off goes on after its last whole batch."""
    table = open_messages(path)
    columns = {field: table.headings.index(heading) for field, heading in run.mapping.items()}
    classes = {**{c.name: c for c in categories()}, **{c.code: c for c in categories()}}
    run.state, run.error = ImportRun.State.RUNNING, ""
    run.rows_total = sum(1 for _row in table.rows())
    run.save(update_fields=["state", "error", "rows_total"])
    actor: Actor = System("import")
    batch: list[tuple[int, list[str]]] = []
    for place, row in enumerate(table.rows()):
        if place < run.rows_done:
            continue
        batch.append(row)
        if len(batch) == BATCH:
            _take_batch(run, batch, columns, classes, actor)
            batch = []
            if progress:
                progress(run)
    if batch:
        _take_batch(run, batch, columns, classes, actor)
    run.state, run.finished_at = ImportRun.State.DONE, timezone.now()
    run.save(update_fields=["state", "finished_at"])
    if progress:
        progress(run)
    return run


def _take_batch(
    run: ImportRun,
    rows: list[tuple[int, list[str]]],
    columns: dict[str, int],
    classes: dict[str, Category],
    actor: Actor,
) -> None:
    """One batch, one transaction: the cases, the refusals and the place reached stand or fall together."""
    with writing():
        for number, cells in rows:
            said = {field: cells[at].strip() if at < len(cells) else "" for field, at in columns.items()}
            try:
                made = take_row(said, number, run, actor, classes)
            except Refused as refused:
                RefusedRow.objects.update_or_create(
                    run=run,
                    row=number,
                    defaults={
                        "cells_sealed": sealing.seal(json.dumps(cells, ensure_ascii=False), settings.SEALING_KEYS),
                        "why": str(refused.text)[:300],
                    },
                )
                run.refused += 1
            else:
                run.created += made
                run.repeated += not made
        run.rows_done += len(rows)
        run.save(update_fields=["rows_done", "created", "repeated", "refused"])


def take_row(
    said: Mapping[str, str], number: int, run: ImportRun, actor: Actor, classes: Mapping[str, Category]
) -> bool:
    """One row; False when its case is already there. Raises Refused saying what is wrong with the row.

    A message is known by its own number, else by its place in its file: two rows may well say the same.
    """
    ref, text = said.get("external_ref", ""), said.get("text", "") or said.get("title", "")
    by_place = uuid.uuid5(NAMESPACE, f"{run.file_sha256}:{number}")
    key = uuid.uuid5(NAMESPACE, f"ref:{ref}") if ref else by_place
    if Case.objects.filter(client_key=by_place).exists():
        return False
    if ref and (known := Case.objects.filter(client_key=key).first()):
        _check_same(known, text, ref)
        return False
    happened = _moment(said.get("reported_at", ""))
    named = said.get("category", "")
    if named and named not in classes:
        raise Refused("no-such-category", _("没有“%(name)s”这个类别。") % {"name": named[:40]}, status=422)
    report(
        Report(
            text=text,
            title=said.get("title", ""),
            source=Source.IMPORT,
            client_key=key,
            external_ref=ref,
            place_text=said.get("place_text", ""),
            lon=_degree(said.get("lon", ""), "lon"),
            lat=_degree(said.get("lat", ""), "lat"),
            crs=Crs(run.crs),
            category=classes[named].pk if named else None,
            name=said.get("name", ""),
            phone=said.get("phone", ""),
            happened_at=happened,
            consent_version="import" if said.get("name") or said.get("phone") else "",
        ),
        actor=actor,
        now=timezone.now(),
    )
    return True


def _check_same(known: Case, text: str, ref: str) -> None:
    """Refuse another matter under a number already used: sheets that count from 1 each month would lose all but the first."""
    if known.text != plain(text):
        raise Refused(
            "number-taken",
            _("编号“%(ref)s”已用于内容不同的另一件事（%(code)s）。如果是新的事，请改用不重复的编号。")
            % {"ref": ref[:40], "code": known.tracking_code},
            status=422,
        )


def _moment(text: str) -> datetime | None:
    """A time as spreadsheets write it, in the deployment's zone. Raises Refused `bad-time`."""
    if not text:
        return None
    found: datetime | None = None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    for pattern in FORMATS:
        if found is not None:
            break
        try:
            found = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is put on below
        except ValueError:
            continue
    if found is None:
        raise Refused(
            "bad-time", _("时间“%(text)s”认不出来，应如 2026-03-04 10:00。") % {"text": text[:30]}, status=422
        )
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))


def _degree(text: str, name: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Refused(
            "bad-point", _("“%(text)s”不是%(name)s。") % {"text": text[:20], "name": FIELDS[name]}, status=422
        ) from None


def refused_rows(run: ImportRun, headings: list[str]) -> list[list[str]]:
    """The refused rows as they came, with the reason behind: mend them and send the file again."""
    headings = own_headings(headings)
    rows = [[*headings, *map(str, BACK)]]
    for refused in run.refusals.order_by("row").iterator():
        cells = json.loads(sealing.unseal(refused.cells_sealed, settings.SEALING_KEYS))
        rows.append([*cells[: len(headings)], *[""] * (len(headings) - len(cells)), refused.why, str(refused.row)])
    return rows
