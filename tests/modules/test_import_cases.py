"""Taking in residents' messages: any sheet they come in, each row once, what is refused to be mended and sent again."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from tests.conftest import Clock
from tests.modules.case_desk import said
from tests.world import World
from yemai.base.jobs.actions import run_due
from yemai.gates.case_files import actions
from yemai.gates.case_files.commands import import_cases
from yemai.gates.case_files.jobs import sweep
from yemai.gates.case_files.models import ImportRun
from yemai.gates.case_files.reading import import_folder
from yemai.kernel.refusals import Refused
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Source

pytestmark = pytest.mark.django_db
HEADINGS = ["留言编号", "留言主题", "留言详情", "留言时间", "地址", "姓名", "电话"]
ROWS = [
    ["M1", "路灯", "3栋门口路灯不亮", "2026-03-01 08:00", "3栋", "赵大妈", "13800138000"],
    ["M2", "垃圾", "垃圾两天没收", "2026/3/2 9:05", "", "", ""],
    ["M3", "", "水管漏水，流到路上了", "2026年03月03日", "", "", ""],
]


def text_of(rows: list[list[str]], delimiter: str = ",") -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([HEADINGS, *rows])
    return out.getvalue()


def sheet(path: Path, rows: list[list[str]] = ROWS, encoding: str = "utf-8-sig") -> Path:
    """A CSV file."""
    path.write_text(text_of(rows), encoding, newline="")
    return path


def silent(_words: str) -> None:
    """Nobody looks."""


def texts() -> list[str]:
    """What was taken in."""
    return list(Case.objects.filter(source=Source.IMPORT).order_by("id").values_list("text", flat=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding(world: World, tmp_path: Path, encoding: str) -> None:
    run, rest = import_cases(sheet(tmp_path / "a.csv", encoding=encoding), say=silent)
    assert (run.created, run.repeated, run.refused, rest) == (3, 0, 0, None)
    assert texts() == [row[2] for row in ROWS]
    first = Case.objects.get(external_ref="M1")
    assert (first.title, first.place_text, f"{first.happened_at:%Y-%m-%d %H:%M}") == ("路灯", "3栋", "2026-03-01 00:00")
    assert first.contacts.exists()


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_separators(world: World, tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "a.csv").write_text(text_of(ROWS, delimiter), "utf-8", newline="")
    assert import_cases(tmp_path / "a.csv", say=silent)[0].created == 3


def test_a_workbook_with_a_title_and_merged_cells_above_its_heading(world: World, tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page["A1"] = "云杉镇三月份群众留言汇总表"
    page.merge_cells("A1:G1")
    page["A2"], page["D2"] = "留言", "来源"
    page.merge_cells("A2:C2")
    page.merge_cells("D2:G2")
    page.append(HEADINGS)
    for row in ROWS:
        page.append(row)
    book.save(tmp_path / "a.xlsx")
    run, _rest = import_cases(tmp_path / "a.xlsx", say=silent)
    assert (run.created, run.refused) == (3, 0)
    assert texts() == [row[2] for row in ROWS]


def test_the_same_file_again_and_the_same_numbers_in_another_file_add_nothing(world: World, tmp_path: Path) -> None:
    import_cases(sheet(tmp_path / "a.csv"), say=silent)
    import_cases(sheet(tmp_path / "a.csv"), say=silent)
    later, _rest = import_cases(sheet(tmp_path / "b.csv", [*ROWS, ["M4", "", "井盖松了", "", "", "", ""]]), say=silent)
    assert (later.created, later.repeated) == (1, 3)
    assert len(texts()) == 4


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [[f"N{at}", "", f"第{at}件", "", "", "", ""] for at in range(120)]
    path = sheet(tmp_path / "a.csv", rows)
    calls = 0

    def cut(run: ImportRun) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt

    run = actions.start_import(path, actor=None, now=world.now)
    with pytest.raises(KeyboardInterrupt):
        actions.go_on(run, path, progress=cut)
    run.refresh_from_db()
    assert (run.rows_done, len(texts())) == (100, 100)
    finished, _rest = import_cases(path, say=silent)
    assert (finished.created, finished.repeated, finished.rows_done) == (120, 0, 120)
    assert texts() == [row[2] for row in rows]


def test_refused_rows_come_back_with_their_reasons_and_go_in_when_mended(world: World, tmp_path: Path) -> None:
    bad = [
        ["B1", "", "", "", "", "", ""], ["B2", "", "昨天的事", "上周三下午", "", "", ""],
        ["B3", "", "以后的事", "2031-01-01 08:00", "", "", ""], ["B4", "", "字" * 20_000, "", "", "", ""],
    ]  # fmt: skip
    run, rest = import_cases(sheet(tmp_path / "a.csv", [*ROWS, *bad]), say=silent)
    assert (run.created, run.refused) == (3, 4)
    assert rest is not None
    with rest.open(encoding="utf-8-sig", newline="") as file:
        back = list(csv.DictReader(file))
    assert [row["留言编号"] for row in back] == ["B1", "B2", "B3", "B4"]
    assert [row["原行号"] for row in back] == ["5", "6", "7", "8"]
    assert all(row["退回原因"] for row in back)
    assert back[3]["留言详情"] == "字" * 20_000, "nothing of a refused row is lost"
    mended = [[*list(row.values())[:2], "补上的内容", "2026-03-03 10:00", "", "", ""] for row in back]
    again, _rest = import_cases(sheet(tmp_path / "b.csv", mended), say=silent)
    assert (again.created, again.refused) == (4, 0)


def test_columns_named_otherwise_are_mapped_once_and_remembered(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("甲,乙\n1,路灯不亮\n", "utf-8")
    with pytest.raises(Refused, match="请指明哪一列是“内容”。文件里有：甲、乙"):
        import_cases(tmp_path / "a.csv", say=silent)
    with pytest.raises(Refused, match="文件里没有“丙”这一列"):
        import_cases(tmp_path / "a.csv", mapping={"text": "丙"}, say=silent)
    with pytest.raises(Refused, match="没有“colour”这个项目"):
        import_cases(tmp_path / "a.csv", mapping={"text": "乙", "colour": "甲"}, say=silent)
    assert import_cases(tmp_path / "a.csv", mapping={"text": "乙", "external_ref": "甲"}, say=silent)[0].created == 1
    (tmp_path / "b.csv").write_text("甲,乙\n2,井盖松了\n", "utf-8")
    assert import_cases(tmp_path / "b.csv", say=silent)[0].created == 1
    assert Case.objects.get(external_ref="2").text == "井盖松了"


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", b""), ("a.csv", b"\x81\x82\xff\xfe\xff"), ("a.xlsx", b"PK\3\4"), ("a.doc", b"x")]
)
def test_what_is_no_sheet_is_said(world: World, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused) as refused:
        import_cases(tmp_path / name, say=silent)
    assert refused.value.code in ("unreadable", "missing-column")


# --- the pages ---------------------------------------------------------------------------------------------------------


def upload(client: Client, content: bytes, name: str = "留言.csv") -> Any:
    """Choose a file."""
    return client.post("/imports/", {"file": SimpleUploadedFile(name, content)})


def test_from_choosing_a_file_to_the_refused_rows(world: World, clock: Clock) -> None:
    client = world.client("admin")
    page = upload(client, text_of([*ROWS, ["B1", "", "", "", "", "", ""]]).encode("gb18030"))
    assert "核对列" in said(page)
    chosen = {field: heading for field, _label, heading in page.context["fields"] if heading}
    assert chosen["text"] == "留言详情"
    began = client.post(
        "/imports/begin/", {**chosen, "token": page.context["token"], "shown": "留言.csv", "crs": "WGS84"}
    )
    assert began.status_code == 302, said(began)
    run = ImportRun.objects.get()
    assert run.started_by == world["admin"]
    assert run.state == ImportRun.State.WAITING
    run_due(clock.now(), 100)
    done = said(client.get(began["Location"]))
    run.refresh_from_db()
    assert (run.state, run.created, run.refused) == (ImportRun.State.DONE, 3, 1)
    assert "3" in done
    file = client.get(f"/imports/{run.pk}/refused.csv")
    assert file["Content-Type"].startswith("text/csv")
    (row,) = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert row["留言编号"] == "B1"


def test_a_cell_that_would_be_a_formula_is_none_in_what_comes_back(world: World, clock: Clock) -> None:
    client = world.client("admin")
    page = upload(client, text_of([["=HYPERLINK(1)", "", "", "", "", "", ""]]).encode())
    chosen = {field: heading for field, _label, heading in page.context["fields"] if heading}
    client.post("/imports/begin/", {**chosen, "token": page.context["token"], "shown": "a.csv"})
    run_due(clock.now(), 100)
    assert "'=HYPERLINK(1)" in client.get(f"/imports/{ImportRun.objects.get().pk}/refused.csv").content.decode()


@pytest.mark.parametrize("content", [b"", b"\x00\x01"])
def test_a_file_that_is_none_is_refused_on_the_page(world: World, content: bytes) -> None:
    answer = upload(world.client("admin"), content, "a.xlsx")
    assert answer.status_code == 422
    assert ImportRun.objects.count() == 0


def test_a_file_nobody_began_with_goes_after_a_day(world: World) -> None:
    client = world.client("admin")
    upload(client, text_of(ROWS).encode())
    page = upload(client, text_of(ROWS[:1]).encode())
    chosen = {field: heading for field, _label, heading in page.context["fields"] if heading}
    client.post("/imports/begin/", {**chosen, "token": page.context["token"], "shown": "a.csv"})
    now = datetime.now(UTC)  # files are dated by the machine, not by the test
    before = len(list(import_folder().iterdir()))
    assert sweep(now + timedelta(hours=23)) == 0
    assert sweep(now + timedelta(hours=25)) == before - 1, "all but the one that waits for the worker"
    assert run_due(timezone.now(), 100) > 0
    assert ImportRun.objects.get().created == 1


def test_a_token_of_nobody_starts_nothing(world: World) -> None:
    answer = world.client("admin").post("/imports/begin/", {"token": "x:y", "text": "留言详情"})
    assert answer.status_code == 422
    assert "请重新上传" in said(answer)


@pytest.mark.parametrize("who", ["worker", "sanitation", "nobody"])
def test_only_who_may(world: World, who: str) -> None:
    client = world.client(who)
    assert client.get("/imports/").status_code == 403
    assert upload(client, text_of(ROWS).encode()).status_code == 403
