"""A period written out for everybody: two tables, each as Parquet and CSV, and what every column of them says."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from yemai.base.territory.queries import town
from yemai.kernel.refusals import Refused
from yemai.modules.assessment.assessing import KEYS, asked_period, filled
from yemai.modules.assessment.engines import opened
from yemai.modules.assessment.keeping import keep, kept_facts, measured_from_kept
from yemai.modules.assessment.periods import Period

from . import cases, indicators
from .dictionary import TITLES, fields_of

K = 5
"""No fewer than so many cases stand behind whatever is told."""
BOM = "\ufeff".encode()
"""So that spreadsheets read a CSV as UTF-8."""


def publish(period: str, out: Path, *, k: int = K, say: Callable[[str], None] = lambda _words: None) -> dict[str, int]:
    """Write the open data of a period into `out`, which must be empty or not there; rows by table. All or nothing.

    `cases` and `indicators`, each as `.parquet` and `.csv`; `dictionary.csv` for people and `datapackage.json` (Data
    Package 2.0) for programs. Raises Refused: 422 `bad-period`, `bad-k` (below `K`), `not-over` (days that are still to come), 409 `out-there`.
    """
    span = asked_period(period)
    if k < K:
        raise Refused("bad-k", _("至少要 %(k)d 件才不会落到个人头上。") % {"k": K}, status=422)
    if span.last >= timezone.localdate():
        text = _("%(period)s 到 %(last)s 才结束，结束后再公布。") % {"period": span.name, "last": span.last}
        raise Refused("not-over", text, status=422)
    with filled(out) as place, translation.override(settings.LANGUAGE_CODE):  # in the town's tongue, whoever asks
        keep(say=lambda done, total: say(f"facts {done}/{total}"))
        with opened("duckdb", kept_facts()) as (connection, facts):
            tables = {
                "cases": cases.rows_of(connection, facts, span, k, timezone.get_default_timezone()),
                "indicators": indicators.table_of(measured_from_kept(connection, facts, KEYS, span, "node_2"), k),
            }
        for name, table in tables.items():
            pq.write_table(table, place / f"{name}.parquet", compression="zstd")
            with (place / f"{name}.csv").open("wb") as file:
                file.write(BOM)
                pacsv.write_csv(table, file, pacsv.WriteOptions(quoting_style="needed"))
        _describe(place, span, k, tables)
    return {name: table.num_rows for name, table in tables.items()}


def _describe(place: Path, span: Period, k: int, tables: dict[str, pa.Table]) -> None:
    told = {name: fields_of(name, table.schema) for name, table in tables.items()}
    with (place / "dictionary.csv").open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([_("表"), _("列"), _("类型"), _("名称"), _("说明"), _("取值")])
        for name, fields in told.items():
            for one in fields:
                values = "；".join(f"{value['value']}={value['label']}" for value in one.get("categories", []))
                lines.writerow([name, one["name"], one["type"], one["title"], one["description"], values])
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"yemai-{span.first}-{span.last}",
        "title": f"{town().label} {span.first} – {span.last}",
        "description": _(
            "不含个人信息。每一种时间、社区、类别、来源的组合至少有 %(k)d 件，少的就不写细；小于 %(k)d 的数不公布，能推算出来的也不公布。"
            "涉及个人与家庭的类别只计数，不写类别。空着就是不公布或没有。同一时间段只用这一种分法公布，否则相减可能推出小数。"
        )
        % {"k": k},
        "version": span.name,
        "resources": [
            {
                "name": f"{name}-{kind}",
                "title": str(TITLES[name]),
                "path": f"{name}.{kind}",
                "format": kind,
                "mediatype": media,
                "schema": {"fields": fields, **({"missingValues": [""]} if kind == "csv" else {})},
            }
            for name, fields in told.items()
            for kind, media in (("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet"))
        ],
    }
    (place / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False, indent=1), "utf-8")


__all__ = ["K", "publish"]
