"""The table of allowances for the accountant: one line a person or grid, with its reasons."""

from typing import IO

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font

from yemai.base.parameters.queries import parameter
from yemai.base.sheets import defused

from .models import Run

FEN = 100


def write_allowances(run: Run, target: IO[bytes]) -> int:
    """Write the stars of a published run as an .xlsx with the allowance of each; how many lines there are."""
    by_stars = parameter("star_allowances", run.last)
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has one
    sheet.title = _("补贴表")
    sheet.append([_("%(name)s %(period)s 补贴表") % {"name": run.version.name, "period": run.period}])
    sheet["A1"].font = Font(bold=True, size=14)
    heads = [
        _("序号"),
        _("对象"),
        _("得分"),
        _("等级"),
        _("星级"),
        _("补贴（元）"),
        _("理由"),
        _("确认人"),
        _("确认时间"),
    ]
    sheet.append(heads)
    for cell in sheet[2]:
        cell.font = Font(bold=True)
    rows = run.results.select_related("confirmed_by").order_by("name", "subject_id")
    number = 0
    for number, row in enumerate(rows, 1):
        is_told = row.score is not None
        reason = row.note or (
            _("得分 %(score).1f，%(stars)s 星") % {"score": row.score, "stars": row.stars}
            if is_told
            else _("无数据，不评星")
        )
        yuan = by_stars.get(str(row.stars), 0) / FEN if row.stars is not None else 0
        by = row.confirmed_by.name if row.confirmed_by else ""
        at = f"{timezone.localtime(row.confirmed_at):%Y-%m-%d %H:%M}" if row.confirmed_at else ""
        score = round(row.score, 1) if row.score is not None else None
        sheet.append([number, defused(row.name), score, row.grade, row.stars, yuan, defused(reason), defused(by), at])
    if number:
        sheet.append([_("合计"), None, None, None, None, f"=SUM(F3:F{number + 2})"])
    for column, width in zip("ABCDEFGHI", (8, 24, 8, 8, 8, 12, 48, 14, 18), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A3"
    book.save(target)
    return number
