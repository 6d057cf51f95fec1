"""A list of cases as a spreadsheet, as shown: the same filter, the same scope, nothing personal."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.sheets import write_table
from yemai.modules.cases.models import Case


def heads() -> list[str]:
    """The columns of the register."""
    return [
        _("案卷号"), _("查询码"), _("阶段"), _("层级"), _("类别"), _("属地"), _("位置"), _("内容"), _("来源"), _("上报时间"),
        _("处置到期"), _("处置完成"), _("是否超期"), _("结果"), _("评分"), _("处置人"), _("退单次数"), _("返工次数"),
    ]  # fmt: skip


def lines(cases: QuerySet[Case]) -> Iterator[list[str | int | None]]:
    """A line for each case, streamed."""
    wanted = cases.select_related("node", "category", "handler", "lead_department")
    for case in wanted.iterator(chunk_size=500):
        cells = [
            case.number or "", case.tracking_code, case.get_stage_display(), case.get_rung_display(), case.category_name,
            case.node.label, case.place_text, case.text, case.get_source_display(), _when(case.reported_at),
            _when(case.due_at), _when(case.disposed_at), _("是") if case.was_overdue else _("否"),
            case.get_outcome_display() if case.outcome else "", case.score, case.holder_name, case.returns, case.reworks,
        ]  # fmt: skip
        yield cells


def _when(moment: object) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""  # type: ignore[arg-type] # a datetime or None


def write_xlsx(cases: QuerySet[Case], target: Path | IO[bytes]) -> int:
    """Write the register; returns the number of cases."""
    return write_table(target, _("事件台账"), heads(), lines(cases))
