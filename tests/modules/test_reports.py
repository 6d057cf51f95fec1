"""One entry, many reports: the sender's own workbook is mapped once, filled, asked, remembered, sent; and nothing of it breaks."""

import io
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import Workbook, load_workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Border, Font, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tests.modules.case_desk import said
from tests.world import World, build
from yemai.base.audit.models import Look
from yemai.base.jobs.actions import run_due
from yemai.base.messages.models import Message
from yemai.base.people.actions import appoint
from yemai.base.people.models import Appointment, Person
from yemai.base.territory.models import Node
from yemai.base.territory.rules import child_path
from yemai.kernel.sealing import seal
from yemai.modules.cases.terms import Outcome, Verb
from yemai.modules.reports.models import Answer, Asked, FilledRow, Filling, Form, Layout

pytestmark = pytest.mark.django_db
THIN = Side(style="thin")


@pytest.fixture
def world(now: datetime, clock: Any) -> World:
    found = build(now)
    for number, grid in enumerate(found.grids):
        Node.objects.filter(pk=grid.pk).update(households=40 + number)
    return found


def monthly(rows: int = 1) -> Workbook:
    """月报表: a title, who reports, two header rows with merges, some empty rows, a sum line with formulas, a foot line."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "月报"
    sheet["A1"] = "试验镇微网格治理月报表"
    sheet.merge_cells("A1:H1")
    sheet["A1"].font = Font(bold=True, size=18)
    sheet["A2"] = "填报单位（盖章）："
    sheet.merge_cells("A2:D2")
    sheet["E2"] = "填报日期：    年   月"
    sheet.merge_cells("E2:H2")
    for place, text in (("A", "序号"), ("B", "微网格名称"), ("C", "户数"), ("H", "备注")):
        sheet[f"{place}3"] = text
        sheet.merge_cells(f"{place}3:{place}4")
    sheet["D3"] = "事件办理情况"
    sheet.merge_cells("D3:F3")
    for place, text in (("D", "案件数"), ("E", "办结数"), ("F", "按期办结率（%）")):
        sheet[f"{place}4"] = text
    sheet["G3"] = "基本情况"
    sheet["G4"] = "独居老人数"
    for row in range(3, 5 + rows):
        for column in range(1, 9):
            sheet.cell(row, column).border = Border(THIN, THIN, THIN, THIN)
    last = 4 + rows
    for row in range(5, last + 1):
        sheet.row_dimensions[row].height = 24
    total = last + 1
    sheet.cell(total, 1, "合计")
    sheet.merge_cells(start_row=total, end_row=total, start_column=1, end_column=2)
    for letter in "CDE":
        sheet[f"{letter}{total}"] = f"=SUM({letter}5:{letter}{last})"
    sheet[f"F{total}"] = f"=E{total}/D{total}"
    sheet.cell(total + 1, 1, "填表人：            审核人：")
    sheet.merge_cells(start_row=total + 1, end_row=total + 1, start_column=1, end_column=8)
    sheet.row_dimensions[total + 1].height = 40
    sheet.print_area = f"A1:H{total + 1}"
    sheet.print_title_rows = "3:4"
    sheet.page_setup.orientation = "landscape"
    allowed = DataValidation(type="list", formula1='"是,否"')
    allowed.add(f"H5:H{last}")
    sheet.add_data_validation(allowed)
    other = book.create_sheet("封面")
    other["A1"] = f"=月报!C{total}"
    return book


def packed(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def upload(content: bytes, name: str = "微网格月报.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def taken(world: World, content: bytes | None = None, who: str = "secretary", **more: Any) -> Form:
    fields = {"node": world.village.pk, "sender": "县委社会工作部", **more}
    answer = world.client(who).post("/reports/", {"file": upload(content or packed(monthly())), **fields})
    assert answer.status_code == 302, said(answer)
    return Form.objects.latest("pk")


def layout(form: Form) -> Layout:
    return form.layouts.order_by("-number")[0]


def design(world: World, form: Form, who: str = "secretary", **changes: str) -> Any:
    """Send the designer's form with what stands in it but for the changes."""
    found = layout(form)
    fields: dict[str, Any] = {"version": Form.objects.get(pk=form.pk).version}
    for at in range(1, len(found.headings) + 1):
        one = found.of(at)
        fields[f"how-{at}"] = f"known:{one['key']}" if one["how"] == "known" else one["how"]
        fields |= {f"{name}-{at}": one[name] for name in ("text", "wanted", "days") if name in one}
    return world.client(who).post(f"/reports/{form.pk}/", fields | changes)


def rows_are(world: World, form: Form, kind: str, who: str = "secretary", **more: Any) -> Any:
    found = layout(form)
    fields = {
        "rows": kind, "sheet": found.sheet, "purpose": form.purpose, "header_first": found.header_first,
        "header_last": found.header_last, "body_last": found.body_last, "version": Form.objects.get(pk=form.pk).version,
    }  # fmt: skip
    return world.client(who).post(f"/reports/{form.pk}/rows/", fields | more)


def filled(world: World, form: Form, who: str = "secretary", **more: Any) -> Filling:
    fields = {"node": world.village.pk, "first": "2026-03-01", "last": "2026-03-31", **more}
    answer = world.client(who).post(f"/reports/{form.pk}/fill/", fields)
    assert answer.status_code == 302, said(answer)
    run_due(timezone.now(), 200)
    return Filling.objects.latest("pk")


def workbook(world: World, filling: Filling, who: str = "secretary") -> Workbook:
    answer = world.client(who).get(f"/reports/fillings/{filling.pk}/report.xlsx")
    assert answer.status_code == 200, said(answer)
    return load_workbook(io.BytesIO(answer.content))


def some_work(world: World) -> None:
    """Two cases in the first micro-grid, one of them closed in time."""
    case = world.step(world.handled(), Verb.SUBMIT_FEEDBACK, "worker", text="清运完毕", outcome=Outcome.SOLVED)
    case = world.step(case, Verb.CHECK_PASS, "checker")
    from tests.world import PHONE

    world.step(case, Verb.SCORE, PHONE, score=5)
    world.reported("路灯不亮")


def test_the_head_is_shown_as_it_is_and_columns_are_proposed_by_their_words(world: World) -> None:
    form = taken(world)
    found = layout(form)
    assert (found.header_first, found.header_last, found.body_last) == (3, 4, 5)
    assert found.headings[3] == ["事件办理情况", "案件数"]
    hows = [found.of(at) for at in range(1, 9)]
    assert [one["how"] for one in hows] == ["numbered", "known", "known", "known", "known", "known", "gap", "empty"]
    assert [one["key"] for one in hows[1:6]] == [
        "node.name", "node.households", "node.cases.reported", "node.cases.closed", "node.cases.in_time_rate",
    ]  # fmt: skip
    page = world.client("secretary").get(f"/reports/{form.pk}/")
    text = page.content.decode()
    assert 'colspan="3" rowspan="1">事件办理情况' in text and 'colspan="1" rowspan="2">序号' in text
    assert "试验镇微网格治理月报表" in text and "填表人：" in said(page)


def test_one_run_fills_the_sender_s_own_layout_and_its_sums_keep_working(world: World) -> None:
    some_work(world)
    filling = filled(world, taken(world))
    book = workbook(world, filling)
    sheet = book["月报"]
    names = [sheet.cell(row, 2).value for row in (5, 6, 7)]
    assert names == [grid.name for grid in world.grids]
    assert [sheet.cell(row, 1).value for row in (5, 6, 7)] == [1, 2, 3]
    assert [sheet.cell(row, 3).value for row in (5, 6, 7)] == [40, 41, 42]
    assert [sheet.cell(5, column).value for column in (4, 5, 6)] == [2, 1, 100.0]
    assert [sheet.cell(6, column).value for column in (4, 5, 6)] == [0, 0, "无数据"]
    assert sheet["A8"].value == "合计" and sheet["C8"].value == "=SUM(C5:C7)" and sheet["F8"].value == "=E8/D8"
    assert book["封面"]["A1"].value == "=月报!C8"
    merges = {one.coord for one in sheet.merged_cells.ranges}
    assert {"A1:H1", "D3:F3", "A3:A4", "A8:B8", "A9:H9"} <= merges and "A6:B6" not in merges
    assert sheet.row_dimensions[7].height == 24 and sheet.row_dimensions[9].height == 40
    assert sheet["C7"].border.left.style == "thin" and sheet["A1"].font.size == 18
    assert str(sheet.print_area).replace("$", "").endswith("A1:H9") and sheet.print_title_rows == "$3:$4"
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.data_validations.dataValidation[0].sqref) == "H5:H7"


def test_each_cell_says_where_it_comes_from(world: World) -> None:
    filling = filled(world, taken(world))
    origins = {line[0]: line for line in workbook(world, filling)["数据来源"].iter_rows(min_row=2, values_only=True)}
    assert origins["C6"][1:5] == (world.grids[1].name, "户数", "41", "系统：户数")
    assert origins["G5"][4] == "待回答"
    words = said(world.client("secretary").get(f"/reports/fillings/{filling.pk}/2/3/"))
    assert "系统：户数" in words and "41" in words


def test_a_gap_is_asked_once_of_the_one_who_knows_and_remembered_for_every_report(world: World) -> None:
    filling = filled(world, taken(world))
    desk = world.client("secretary")
    assert "3 个问题" in said(desk.post(f"/reports/fillings/{filling.pk}/ask/", follow=True))
    assert "都已经问过" in said(desk.post(f"/reports/fillings/{filling.pk}/ask/", follow=True))
    assert Message.objects.filter(person=world["leader"], event="report.asked", channel="in_app").count() == 1
    phone = world.client("leader")
    asked = Asked.objects.get(person=world["leader"])
    assert world.grids[0].name in said(phone.get("/reports/questions/"))
    assert world.grids[1].name not in said(phone.get("/reports/questions/"))
    wrong = phone.post("/reports/questions/", {f"a-{asked.pk}": "十来个"})
    assert wrong.status_code == 422 and "要填数字" in said(wrong) and "十来个" in wrong.content.decode()
    assert "已记下 1 项" in said(phone.post("/reports/questions/", {f"a-{asked.pk}": "12"}, follow=True))
    assert workbook(world, filling)["月报"]["G5"].value == 12
    assert "记得：党组长 2026-03-04" in said(desk.get(f"/reports/fillings/{filling.pk}/"))
    again = monthly()
    again["月报"]["G4"] = "独居老人数（人）"
    other = filled(world, taken(world, packed(again), name="另一张表"))
    book = workbook(world, other)
    assert book["月报"]["G5"].value == 12
    origin = next(line for line in book["数据来源"].iter_rows(min_row=2, values_only=True) if line[0] == "G5")
    assert origin[5] == "党组长" and "2026-03-04" in str(origin[6])
    assert "2 个问题" not in said(desk.post(f"/reports/fillings/{other.pk}/ask/", follow=True))
    assert Asked.objects.filter(answered_at__isnull=True).count() == 2


def test_an_answer_grows_old_is_asked_again_and_may_be_corrected(world: World, clock: Any) -> None:
    form = taken(world)
    assert design(world, form, **{"days-7": "30"}).status_code == 302
    filling = filled(world, form)
    desk, phone = world.client("secretary"), world.client("leader")
    desk.post(f"/reports/fillings/{filling.pk}/ask/")
    phone.post("/reports/questions/", {f"a-{Asked.objects.get(person=world['leader']).pk}": "12"})
    first = Answer.objects.get()
    phone.post("/reports/questions/", {f"c-{first.pk}": "13"})
    assert workbook(world, filling)["月报"]["G5"].value == 13
    assert Answer.objects.count() == 2 and Answer.objects.get(is_latest=True).value == "13"
    world.now = clock.advance(days=31)
    desk, phone = world.client("secretary"), world.client("leader")
    later = filled(world, form)
    assert workbook(world, later)["月报"]["G5"].value is None
    desk.post(f"/reports/fillings/{later.pk}/ask/")
    assert "上次：13（党组长，已过期）" in said(phone.get("/reports/questions/"))


def test_an_answerer_sees_and_answers_only_what_was_put_to_them(world: World) -> None:
    filling = filled(world, taken(world))
    world.client("secretary").post(f"/reports/fillings/{filling.pk}/ask/")
    asked = Asked.objects.get(person=world["leader2"])
    world.client("leader").post("/reports/questions/", {f"a-{asked.pk}": "99"})
    assert not Answer.objects.exists()
    assert world.client("leader").get(f"/reports/fillings/{filling.pk}/").status_code == 403
    assert "没有要您回答的问题" in said(world.client("worker").get("/reports/questions/"))


def test_where_nobody_knows_the_designer_answers_on_the_report(world: World) -> None:
    filling = filled(world, taken(world))
    desk = world.client("secretary")
    address = f"/reports/fillings/{filling.pk}/3/7/"
    assert desk.post(address, {"value": ""}).status_code == 422
    assert desk.post(address, {"value": "4"}).status_code == 302
    assert workbook(world, filling)["月报"]["G7"].value == 4
    assert desk.post(f"/reports/fillings/{filling.pk}/3/3/", {"value": "4"}).status_code == 422


def test_what_is_sent_is_frozen_with_date_and_person(world: World) -> None:
    form = taken(world)
    filling = filled(world, form)
    desk = world.client("secretary")
    refused = desk.post(f"/reports/fillings/{filling.pk}/send/", {"sent_to": "县里"})
    assert refused.status_code == 422 and "还有 3 格没有填" in said(refused)
    for number in (1, 2, 3):
        desk.post(f"/reports/fillings/{filling.pk}/{number}/7/", {"value": str(number)})
    desk.post(f"/reports/fillings/{filling.pk}/send/", {"sent_to": "县委社会工作部"})
    before = desk.get(f"/reports/fillings/{filling.pk}/report.xlsx").content
    Node.objects.filter(pk=world.grids[0].pk).update(households=999)
    assert desk.post(f"/reports/fillings/{filling.pk}/1/7/", {"value": "77"}).status_code != 302
    from yemai.modules.reports.actions import correct

    correct(Answer.objects.get(value="2"), "55", actor=world["secretary"], now=world.now + timedelta(hours=1))
    assert desk.get(f"/reports/fillings/{filling.pk}/report.xlsx").content == before
    words = said(desk.get(f"/reports/fillings/{filling.pk}/"))
    assert "已报送" in words and "村书记" in words and "2026-03-04" in words and "55" not in words
    assert desk.post(f"/reports/fillings/{filling.pk}/send/", {"with_gaps": "1"}).status_code == 409
    assert workbook(world, filled(world, form))["月报"]["G6"].value == 55


def roster() -> Workbook:
    """花名册: one header row, names and numbers of people."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet["A1"] = "网格员花名册"
    sheet.merge_cells("A1:F1")
    for at, text in enumerate(("序号", "姓名", "岗位", "所在网格", "联系电话", "备注"), start=1):
        sheet.cell(2, at, text)
    return book


def test_numbers_of_people_need_a_purpose_and_person_view_and_are_on_record(world: World, settings: Any) -> None:
    Person.objects.filter(username="worker").update(phone_sealed=seal("13800001111", settings.SEALING_KEYS))
    form = taken(world, packed(roster()), name="花名册")
    rows_are(world, form, "posts:micro-worker")
    assert layout(form).of(5)["how"] == "gap"
    assert rows_are(world, form, "posts:micro-worker", purpose="镇里建通讯录").status_code == 302
    assert [layout(form).of(at).get("key") for at in (2, 3, 4, 5)] == [
        "post.name",
        "post.kind",
        "post.place",
        "post.phone",
    ]
    filling = filled(world, form)
    sheet = workbook(world, filling).worksheets[0]
    listed = {sheet.cell(row, 2).value: sheet.cell(row, 5).value for row in (3, 4, 5)}
    assert listed == {"王网格": "13800001111", "李网格": None, "邻网格": None}
    looks = Look.objects.filter(purpose="report.fill", actor=world["secretary"])
    assert {int(one.subject_id) for one in looks} == {
        world.people[name].pk for name in ("worker", "worker2", "stranger")
    }
    clerk = clerk_of(world)
    assert clerk.get(f"/reports/fillings/{filling.pk}/").status_code == 404
    assert "13800001111" not in said(clerk.get(f"/reports/{form.pk}/"))
    own = filled_by(clerk, world, form)
    assert own.row_count == 0


def clerk_of(world: World) -> Client:
    """Somebody who designs reports for the whole town and may not look up people."""
    from yemai.base.people.models import PostKind

    kind = PostKind.objects.create(
        key="report-clerk", name="报表员", permissions=["case.view", "report.edit", "export.run"]
    )
    appoint(
        actor=None, person=world["nobody"], post_kind=kind, node=world.town, now=world.now, valid_from=world.now.date()
    )
    return world.client("nobody")


def filled_by(browser: Client, world: World, form: Form) -> Filling:
    browser.post(f"/reports/{form.pk}/fill/", {"node": world.village.pk, "first": "2026-03-01", "last": "2026-03-31"})
    run_due(world.now, 50)
    return Filling.objects.latest("pk")


def test_a_column_that_one_may_not_read_can_t_be_chosen(world: World) -> None:
    clerk_of(world)
    form = taken(world, who="nobody", purpose="通讯录")
    answer = design(world, form, "nobody", **{"how-8": "known:node.head_phone"})
    assert answer.status_code == 422 and "无权读取" in said(answer)
    assert design(world, form, "nobody", **{"how-8": "known:node.head"}).status_code == 302


def test_a_changed_layout_keeps_what_was_mapped_by_its_headings(world: World) -> None:
    form = taken(world)
    design(world, form, **{"how-8": "constant", "text-8": "无"})
    filling = filled(world, form)
    changed = monthly()
    changed["月报"].insert_cols(3)
    sheet = changed["月报"]
    for box in list(sheet.merged_cells.ranges):
        if box.min_col > 2:
            box.shift(col_shift=1)
    sheet["C3"] = "网格长"
    sheet.merge_cells("C3:C4")
    answer = world.client("secretary").post(f"/reports/{form.pk}/layout/", {"file": upload(packed(changed))})
    assert answer.status_code == 302, said(answer)
    found = layout(form)
    assert found.number == 2 and found.of(3) == {"how": "known", "key": "node.head"}
    assert found.of(9) == {"how": "constant", "text": "无"} and found.of(4)["key"] == "node.households"
    same = world.client("secretary").post(f"/reports/{form.pk}/layout/", {"file": upload(packed(changed))})
    assert same.status_code in (302, 409)
    assert workbook(world, filling)["月报"]["C5"].value == 40


def test_of_two_who_design_at_once_the_second_is_told(world: World) -> None:
    form = taken(world)
    assert design(world, form).status_code == 302
    stale = world.client("secretary").post(f"/reports/{form.pk}/", {"version": form.version})
    assert stale.status_code == 409 and "刚刚被别人修改过" in said(stale)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed_file:
        packed_file.writestr("xl/workbook.xml", "<workbook/>")
        packed_file.writestr("xl/worksheets/sheet1.xml", " " * 60_000_000)
    return out.getvalue()


def entity() -> bytes:
    source = packed(monthly())
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as read, zipfile.ZipFile(out, "w") as written:
        for part in read.infolist():
            content = read.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + content
            written.writestr(part.filename, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a workbook", "只能上传 .xlsx"),
        (b"\xd0\xcf\x11\xe0" * 600, "只能上传 .xlsx"),
        (b"x" * (5 * 1024 * 1024 + 9), "超过 5 MB"),
        (bomb(), "展开后太大"),
        (entity(), "不允许的内容"),
        (packed(Workbook()), "是空的"),
    ],
    ids=["text", "old xls", "big", "bomb", "entity", "empty"],
)
def test_a_bad_file_is_refused_with_a_sentence(world: World, content: bytes, words: str) -> None:
    answer = world.client("secretary").post("/reports/", {"file": upload(content), "node": world.village.pk})
    assert answer.status_code == 422 and words in said(answer)
    assert not Form.objects.exists()


def test_a_broken_workbook_inside_a_whole_zip_is_refused(world: World) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as broken:
        broken.writestr("xl/workbook.xml", "<workbook")
        broken.writestr("[Content_Types].xml", "<x/>")
    answer = world.client("secretary").post("/reports/", {"file": upload(out.getvalue()), "node": world.village.pk})
    assert answer.status_code == 422 and "打不开" in said(answer)


def test_a_formula_in_somebody_s_words_stays_words(world: World) -> None:
    Node.objects.filter(pk=world.grids[0].pk).update(name='=HYPERLINK("http://x","y")')
    sheet = workbook(world, filled(world, taken(world)))["月报"]
    assert sheet["B5"].data_type == "s" and str(sheet["B5"].value).startswith("'=")


def test_a_row_formula_of_the_sender_is_repeated(world: World) -> None:
    book = monthly()
    book["月报"]["F5"] = '=IF(D5=0,"",E5/D5)'
    some_work(world)
    form = taken(world, packed(book))
    assert layout(form).of(6) == {"how": "formula"}
    sheet = workbook(world, filled(world, form))["月报"]
    assert [sheet.cell(row, 6).value for row in (5, 6, 7)] == [f'=IF(D{n}=0,"",E{n}/D{n})' for n in (5, 6, 7)]
    assert sheet["F8"].value == "=E8/D8"


def test_merges_over_rows_of_the_body_are_undone_and_those_beside_are_kept(world: World) -> None:
    book = monthly(rows=2)
    sheet = book["月报"]
    sheet.merge_cells("H5:H6")
    sheet["A8"].hyperlink = "https://example.org/"
    sheet.conditional_formatting.add("D5:D6", CellIsRule(operator="lessThan", formula=["$D$7"], font=Font(bold=True)))
    form = taken(world, packed(book))
    design(world, form, **{"how-8": "constant", "text-8": "无"})
    filled_sheet = workbook(world, filled(world, form))["月报"]
    assert [filled_sheet.cell(row, 8).value for row in (5, 6, 7)] == ["无", "无", "无"]
    assert filled_sheet["A9"].hyperlink.ref == "A9"
    rule = next(iter(filled_sheet.conditional_formatting))
    assert str(rule.sqref) == "D5:D7" and rule.rules[0].formula == ["$D$8"]


def test_rows_the_sender_left_free_are_used_and_the_rest_stays_empty(world: World) -> None:
    book = monthly(rows=6)
    book["月报"]["B5"] = "例：某某微网格"
    book["月报"]["B9"] = "（可加行）"
    sheet = workbook(world, filled(world, taken(world, packed(book))))["月报"]
    assert sheet["B5"].value == world.grids[0].name and sheet["B9"].value is None
    assert sheet["A11"].value == "合计" and sheet["C11"].value == "=SUM(C5:C10)"


def test_every_case_and_every_building_may_be_a_row(world: World) -> None:
    some_work(world)
    form = taken(world, packed(roster()), name="排查表")
    for kind, count in (
        ("cases:open", 1),
        ("cases:reported", 2),
        ("cases:closed", 1),
        ("buildings:", 1),
        ("departments:", 0),
    ):
        assert rows_are(world, form, kind).status_code == 302, kind
        assert filled(world, form).row_count == count, kind
    assert filled(world, form, first="2026-01-01", last="2026-01-31").row_count == 0


def test_what_filling_asks_the_database_does_not_grow_with_the_rows(world: World) -> None:
    form = taken(world)
    filled(world, form)

    def cost() -> int:
        world.client("secretary").post(
            f"/reports/{form.pk}/fill/", {"node": world.village.pk, "first": "2026-03-01", "last": "2026-03-31"}
        )
        with CaptureQueriesContext(connection) as asked:
            run_due(world.now, 50)
        latest = Filling.objects.latest("pk")
        with CaptureQueriesContext(connection) as shown:
            workbook(world, latest)
            world.client("secretary").get(f"/reports/fillings/{latest.pk}/")
            world.client("secretary").post(f"/reports/fillings/{latest.pk}/ask/")
        return len(asked) + len(shown)

    few = cost()
    model = world.grids[0]
    for number in range(120):
        node = Node.objects.create(
            code=f"X{number:05d}",
            tier=model.tier,
            parent=world.village,
            name=f"加{number}",
            valid_from=model.valid_from,
            path=f"~{number}",
        )
        Node.objects.filter(pk=node.pk).update(path=child_path(world.village.path, node.pk))
    many = cost()
    assert Filling.objects.latest("pk").row_count == 123 and FilledRow.objects.count() > 123
    assert many <= few + 8, (few, many)


def test_a_long_report_is_written_behind_the_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from yemai.modules.reports.views import fillings

    monkeypatch.setattr(fillings, "AT_ONCE", 2)
    filling = filled(world, taken(world))
    desk = world.client("secretary")
    address = f"/reports/fillings/{filling.pk}/report.xlsx"
    assert "正在写成表格" in said(desk.get(address))
    run_due(world.now, 10)
    assert "下载" in said(desk.get(address, headers={"hx-request": "true"}))
    assert load_workbook(io.BytesIO(desk.get(address).content))["月报"]["C5"].value == 40


def test_forms_and_fillings_of_others_ground_are_not_there(world: World) -> None:
    form = taken(world)
    filling = filled(world, form)
    other = Appointment.objects.filter(person=world.people["secretary"])
    other.update(valid_to=world.now.date())
    clerk = clerk_of(world)
    assert clerk.get(f"/reports/{form.pk}/").status_code == 200
    Form.objects.filter(pk=form.pk).update(node=world.town)
    assert world.client("secretary").get(f"/reports/{form.pk}/").status_code == 403
    assert world.client("worker").get(f"/reports/fillings/{filling.pk}/").status_code == 403
