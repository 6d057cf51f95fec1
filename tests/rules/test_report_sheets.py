"""Formulas after rows came in, and where a sheet's header ends: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from yemai.modules.reports.rules.layouts import Box, Sheet, Span, headings, proposed_span
from yemai.modules.reports.rules.shifting import Growth, moved_formula

pytestmark = pytest.mark.no_database
FIVE = Growth(first=5, last=7, by=10)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("=SUM(C5:C7)", "=SUM(C5:C17)"),
        ("=SUM($C$5:$C$7)", "=SUM($C$5:$C$17)"),
        ("=SUM(C4:C7)", "=SUM(C4:C17)"),
        ("=SUM(C5:C6)", "=SUM(C5:C6)"),
        ("=E8/D8", "=E18/D18"),
        ("=C5+C7", "=C5+C7"),
        ('=IF(C8="C8",SUM(月报!C5:C7),0)', '=IF(C18="C8",SUM(月报!C5:C17),0)'),
        ("=SUM('别 表'!C5:C7)", "=SUM('别 表'!C5:C7)"),
        ("=SUM(5:7)", "=SUM(5:17)"),
        ("=COUNTIF(B5:B7,\"是\")&\"个\"", "=COUNTIF(B5:B17,\"是\")&\"个\""),
        ("=LOG10(C8)", "=LOG10(C18)"),
        ("=SUM(C:C)", "=SUM(C:C)"),
        ("=合计!C8", "=合计!C8"),
        ("=SUM((", "=SUM(("),
    ],
)  # fmt: skip
def test_references_follow(before: str, after: str) -> None:
    assert moved_formula(before, FIVE, sheet="月报", is_own=True) == after


def test_formulas_of_other_sheets_follow_where_they_name_this_one() -> None:
    assert moved_formula("=C8+'月 报'!C8", FIVE, sheet="月 报", is_own=False) == "=C8+'月 报'!C18"


@given(some.integers(1, 40), some.integers(0, 20), some.integers(0, 500), some.integers(1, 60), some.integers(0, 60))
def test_a_span_never_loses_a_row_it_held(first: int, size: int, by: int, top: int, height: int) -> None:
    growth = Growth(first, first + size - 1, by)
    begins, ends = growth.span(top, top + height)
    held = {growth.row(row) for row in range(top, top + height + 1)}
    assert held <= set(range(begins, ends + 1))
    assert ends - begins <= height + by


def sheet(*lines: str, boxes: tuple[Box, ...] = ()) -> Sheet:
    """Lines with | between the cells."""
    cells = {
        (row, column): text
        for row, line in enumerate(lines, start=1)
        for column, text in enumerate(line.split("|"), start=1)
        if text
    }
    return Sheet(cells, boxes, len(lines), max(column for _row, column in cells))


def test_a_counting_line_and_a_total_on_top_belong_to_the_header() -> None:
    found = sheet("表", "序号|村居|户数|人口", "甲|乙|1|2", "合计|||", "|||", "|||", "注：按月报送")
    span = proposed_span(found)
    assert span == Span(2, 4, 6)
    assert headings(found, span) == [["序号"], ["村居"], ["户数"], ["人口"]]


def test_three_header_rows_hold_together() -> None:
    boxes = (Box(1, 1, 3, 1), Box(1, 2, 1, 5), Box(2, 2, 2, 3), Box(2, 4, 2, 5))
    found = sheet(
        "单位|办理情况|||", "|居民上报||网格员上报|", "|受理数|办结数|受理数|办结数", "||||", "合计||||", boxes=boxes
    )
    span = proposed_span(found)
    assert span == Span(1, 3, 4)
    assert headings(found, span)[3] == ["办理情况", "网格员上报", "受理数"]
