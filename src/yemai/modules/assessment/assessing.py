"""A period assessed at one go, every kind of subject, with the engine that fits the size: files for whoever asks."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.parameters.queries import parameter
from yemai.base.sheets import written
from yemai.kernel.refusals import Refused

from .engines import Measured, measured, opened
from .indicators.registry import ALL
from .keeping import keep, kept_facts, measured_from_kept
from .models import SchemeVersion
from .periods import Period, period_of
from .queries.subjects import names_of, tiers_assessed
from .rules.bulk import score_table
from .rules.scoring import STARS
from .subjects import PEOPLE, Subject

Say = Callable[[str], None]
KEYS = [one.key for one in ALL]
SCORES = {"score": _("得分"), "low": _("下限"), "high": _("上限"), "cases": _("件数"), "rank": _("名次"), "grade": _("等级"), "stars": _("星级")}  # fmt: skip


def assess(period: str, engine: str, out: Path, *, say: Say = lambda _words: None) -> list[Path]:
    """Count every indicator of a period for every kind of subject and score those that have a scheme; the files written.

    `out` gets of each kind `<kind>.parquet` (whole numbers and scores) and `<kind>.csv` (to be read), and `whole.json`: the
    period, the sums over everything, and the versions of the schemes. All or nothing: `out` must not be there or empty.
    People stand as their numbers; their names are on the pages, where every look is logged.
    Raises Refused in words: a period or engine that is not understood, an engine that does not answer, a full `out`.
    """
    span = asked_period(period)
    with filled(out) as place:
        if engine != "postgres":
            keep(say=lambda done, total: say(f"facts {done}/{total}"))
        with opened(engine, kept_facts()) as (connection, facts):
            _assess(connection, facts, span, engine, place, say)
    return sorted(out.iterdir())


def asked_period(text: str) -> Period:
    """A period as it is written on the command line. Raises Refused 422 `bad-period`."""
    try:
        return period_of(text, timezone.get_default_timezone())
    except ValueError as error:
        raise Refused("bad-period", str(error), status=422) from None


@contextmanager
def filled(out: Path) -> Iterator[Path]:
    """A directory to write into that becomes `out` at the end, or leaves nothing. Raises Refused 409 `out-there` where
    something lies in `out`."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused("out-there", _("%(out)s 已有内容，没有写入。请另指定一个空目录。") % {"out": out}, status=409)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as growing:
        place = Path(growing) / "done"
        place.mkdir()
        yield place
        if out.exists():
            out.rmdir()
        place.replace(out)


def _assess(connection: Any, facts: ir.Table, span: Period, engine: str, place: Path, say: Say) -> None:
    """Everything counted, scored and written."""
    whole: dict[str, Any] = {"period": span.name, "first": str(span.first), "last": str(span.last), "schemes": {}}
    count = measured if engine == "postgres" else measured_from_kept
    for subject in subjects():
        found = count(connection, facts, KEYS, span, subject.column)
        whole.setdefault("sums", found.whole)
        scores = _scores(subject, found, span.last)
        if scores is not None:
            whole["schemes"][subject.value] = str(scores[0])
        write(place, subject, found, scores[1] if scores else None)
        say(f"{subject.value}: {found.rows.num_rows}")
    (place / "whole.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1), "utf-8")


def subjects() -> list[Subject]:
    """The kinds that are assessed here: people, units, and the tiers of the ground that there are."""
    return [*sorted(PEOPLE), Subject.DEPARTMENT, *tiers_assessed()]


def _scores(subject: Subject, found: Measured, day: date) -> tuple[SchemeVersion, pa.Table] | None:
    """The version in force on a day and what it gives; None for a kind without a scheme."""
    versions = SchemeVersion.objects.filter(subject=subject, effective_from__lte=day)
    version = versions.order_by("-effective_from", "-number").first()
    return None if version is None else (version, scores_of(version, found, day))


def scores_of(version: SchemeVersion, found: Measured, day: date) -> pa.Table:
    """What a version of a scheme gives the subjects that were counted; see `rules.bulk.score_table`."""
    town = {}
    for item in version.lines():
        den = found.whole.get(f"{item.indicator}_den")
        if den:
            town[item.indicator] = found.whole[f"{item.indicator}_num"] / den
    bands = [(float(start), int(stars)) for start, stars in parameter("star_bands", day)] or list(STARS)
    return score_table(
        found.rows, version.lines(), town, prior=float(version.prior), minimum=version.minimum, bands=bands
    )


def write(place: Path, subject: Subject, found: Measured, scores: pa.Table | None) -> None:
    """One kind of subject as Parquet and as CSV."""
    table = found.rows
    if scores is not None:
        for name in scores.column_names[1:]:
            table = table.append_column(name, scores[name])
    pq.write_table(table, place / f"{subject.value}.parquet")
    with (place / f"{subject.value}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(_lines(subject, table))


def _lines(subject: Subject, table: pa.Table) -> Iterator[list[Any]]:
    """A heading, and a line per subject: rates in percent, empty where there is nothing to divide by (无数据)."""
    told = {name: str(label) for name, label in SCORES.items() if name in table.column_names}
    is_named = not subject.is_person
    yield [str(subject.label), *([_("名称")] if is_named else []), *told.values(), *(_head(one) for one in ALL)]
    for part in table.to_batches(max_chunksize=500):
        rows = part.to_pylist()
        names = names_of(subject, [row["subject_id"] for row in rows]) if is_named else {}
        for row in rows:
            name = [written(names.get(row["subject_id"], ""))] if is_named else []
            yield [row["subject_id"], *name, *(row[one] for one in told), *(_percent(row, one) for one in ALL)]


def _head(indicator: Any) -> str:
    return f"{indicator.label}（%）" if indicator.is_rate else str(indicator.label)


def _percent(row: dict[str, Any], indicator: Any) -> Any:
    if not indicator.is_rate:
        return row[f"{indicator.key}_num"]
    den = row[f"{indicator.key}_den"]
    return round(100 * row[f"{indicator.key}_num"] / den, 2) if den else None
