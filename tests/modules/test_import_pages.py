"""Imports on the page: choosing a file, its columns, watching it, what comes back, and whom it is open to."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from openpyxl import Workbook

from tests.conftest import Clock
from tests.modules.case_desk import said
from tests.modules.office import area_keeper
from tests.modules.test_import_files import BAD, HEADINGS, ROWS, WIDE, Cut, numbered, taken, wide
from tests.world import World
from yemai.base.jobs.actions import run_due
from yemai.base.jobs.models import Job
from yemai.gates.case_files.jobs import sweep
from yemai.gates.case_files.models import ImportRun
from yemai.gates.case_files.reading import import_folder
from yemai.modules.cases.models import Contact

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def emptied() -> None:
    """The folder of uploads is no table: no transaction takes its files back."""
    for path in import_folder().iterdir():
        path.unlink()


def as_csv(rows: list[list[str]], headings: list[str] = HEADINGS, encoding: str = "utf-8") -> bytes:
    """A CSV file's bytes."""
    out = io.StringIO()
    csv.writer(out).writerows([headings, *rows])
    return out.getvalue().encode(encoding)


def as_xlsx(lines: list[list[str]]) -> bytes:
    """A workbook's bytes, under a title that goes over all columns."""
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["三月群众留言汇总表"])
    sheet.merge_cells("A1:G1")
    for line in lines:
        sheet.append(line)
    book.save(out)
    return out.getvalue()


def chosen(client: Client, content: bytes, name: str = "留言.csv") -> Any:
    """The page after choosing a file."""
    return client.post("/imports/", {"file": SimpleUploadedFile(name, content)})


def mapped(page: Any) -> dict[str, str]:
    """The columns the page proposes."""
    return {field: heading for field, _label, heading in page.context["fields"]}


def begun(client: Client, page: Any, **other: str) -> Any:
    """The answer to sending the form as it stands, but for what is said otherwise."""
    form = {**mapped(page), "token": page.context["token"], "shown": page.context["shown"], "crs": "WGS84", **other}
    return client.post("/imports/begin/", form)


def taken_in(client: Client, clock: Clock, content: bytes, file: str = "留言.csv", **other: str) -> ImportRun:
    """A file brought in to its end."""
    answer = begun(client, chosen(client, content, file), **other)
    assert answer.status_code == 302, said(answer)
    run_due(clock.now(), 100)
    return ImportRun.objects.get(pk=int(answer["Location"].strip("/").split("/")[-1]))


def sent_back(client: Client, run: ImportRun) -> list[list[str]]:
    """The file of refused rows."""
    answer = client.get(f"/imports/{run.pk}/refused.csv")
    assert answer["Content-Disposition"] == f'attachment; filename="refused-{run.pk}.csv"'
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("kind", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "xlsx"])
def test_any_file_is_shown_mapped_and_taken_in(world: World, clock: Clock, kind: str) -> None:
    client = world.client("intake")
    content = as_xlsx([HEADINGS, *ROWS]) if kind == "xlsx" else as_csv(ROWS, encoding=kind)
    page = chosen(client, content, "留言.xlsx" if kind == "xlsx" else "留言.csv")
    assert mapped(page) == {
        "external_ref": "留言编号", "title": "留言主题", "text": "留言详情", "reported_at": "留言时间", "place_text": "地址",
        "lon": "", "lat": "", "category": "", "name": "姓名", "phone": "电话",
    }  # fmt: skip
    assert '<option value="留言详情" selected>' in page.content.decode()
    assert "𠮷祥路路灯不亮" in said(page), "one sees the first rows and so whether the file was read right"
    answer = begun(client, page)
    assert "等待" in said(client.get(answer["Location"]))
    run_due(clock.now(), 100)
    assert taken() == [row[2] for row in ROWS]
    assert "完成" in said(client.get(answer["Location"]))
    assert (ImportRun.objects.get().started_by, list(import_folder().iterdir())) == (world["intake"], [])


def test_what_is_corrected_once_is_right_the_next_time(world: World, clock: Clock) -> None:
    headings = ["编号", "描述", "备注", "联系人", "电话"]
    client = world.client("intake")
    march = as_csv([["1", "城管类", "路灯不亮", "赵大妈", "13800138000"]], headings)
    page = chosen(client, march)
    assert (mapped(page)["text"], mapped(page)["name"]) == ("描述", "联系人")
    taken_in(client, clock, march, text="备注", title="描述", name="", phone="")
    assert taken() == ["路灯不亮"]
    assert not Contact.objects.exists(), "a column that was struck out is not taken in after all"
    april = as_csv([["2", "环保类", "垃圾没收", "钱大爷", "13912345678"]], headings)
    shown = mapped(chosen(world.client("admin"), april, "四月.csv"))
    assert {field: heading for field, heading in shown.items() if heading} == {
        "external_ref": "编号", "title": "描述", "text": "备注",
    }  # fmt: skip
    taken_in(client, clock, april, "四月.csv")
    assert taken() == ["路灯不亮", "垃圾没收"]
    assert not Contact.objects.exists()


def test_a_column_that_must_be_there(world: World, clock: Clock) -> None:
    client = world.client("intake")
    page = chosen(client, as_csv([["1", "路灯不亮"]], ["甲", "乙"]))
    for other, words in (({}, "请指明哪一列是“内容”。文件里有：甲、乙"), ({"text": "丙"}, "文件里没有“丙”这一列")):
        refused = begun(client, page, **other)
        assert (refused.status_code, words in said(refused)) == (422, True)
    assert ImportRun.objects.count() == 0
    assert begun(client, page, text="乙").status_code == 302, "the file is still there, the form may be sent again"
    run_due(clock.now(), 100)
    assert taken() == ["路灯不亮"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("空.csv", b""), ("空.xlsx", b""), ("说明.pdf", b"%PDF-1.7"), ("照片.xlsx", b"\xff\xd8\xff\xe0"), ("程序.exe", b"MZ"),
        ("无后缀", "编号,内容\n1,路灯\n".encode()),
    ],
)  # fmt: skip
def test_files_that_are_none_are_refused_and_not_kept(world: World, name: str, content: bytes) -> None:
    answer = chosen(world.client("intake"), content, name)
    assert answer.status_code == 422
    assert list(import_folder().iterdir()) == []


def test_no_file_at_all(world: World) -> None:
    answer = world.client("intake").post("/imports/")
    assert (answer.status_code, "请选择一个 .csv 或 .xlsx 文件" in said(answer)) == (422, True)


def progress(client: Client, run: ImportRun) -> tuple[str, bool]:
    """What the page says of a run, and whether it goes on asking."""
    part = client.get(f"/imports/{run.pk}/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    return said(part), "every 2s" in part.content.decode()


def test_one_sees_how_far_it_is_and_a_failure_in_the_middle_is_made_good(world: World, clock: Clock) -> None:
    client, rows = world.client("intake"), numbered(130)
    begun(client, chosen(client, as_csv(rows)))
    run = ImportRun.objects.get()
    assert progress(client, run) == ("等待 行数 0/0 新建 0 已有 0 退回 0", True)
    with connection.execute_wrapper(Cut(120, OperationalError("disk I/O error"))):
        run_due(clock.now(), 100)
    assert progress(client, run) == ("进行中 行数 100/130 新建 100 已有 0 退回 0", True)
    work = Job.objects.get(kind="case_files.import")
    assert (work.state, work.done, work.total) == (Job.State.WAITING, 100, 130)
    run_due(clock.advance(seconds=11), 100)
    assert progress(client, run) == ("完成 行数 130/130 新建 130 已有 0 退回 0", False)
    assert taken() == [row[2] for row in rows]
    assert "130" in said(client.get("/imports/"))


def test_a_worker_that_died_is_followed_by_another(world: World, clock: Clock) -> None:
    client, rows = world.client("intake"), numbered(80)
    begun(client, chosen(client, as_csv(rows)))
    with connection.execute_wrapper(Cut(60, KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
        run_due(clock.now(), 100)
    assert len(taken()) == 50
    run_due(clock.advance(minutes=1), 100)
    assert len(taken()) == 50, "it may still be alive"
    run_due(clock.advance(minutes=10), 100)
    assert taken() == [row[2] for row in rows]


def test_a_file_that_is_gone_is_said_and_sent_again(world: World, clock: Clock) -> None:
    client = world.client("intake")
    begun(client, chosen(client, as_csv(ROWS)))
    for path in import_folder().iterdir():
        path.unlink()
    run_due(clock.now(), 100)
    words, goes_on = progress(client, ImportRun.objects.get())
    assert (words.startswith("中断 这个文件打不开"), goes_on) == (True, False), words
    run = taken_in(client, clock, as_csv(ROWS))
    assert (run.state, len(taken())) == (ImportRun.State.DONE, 3)


def test_the_same_file_sent_again_adds_nothing(world: World, clock: Clock) -> None:
    client, content = world.client("intake"), as_csv([["路灯不亮"], ["路灯不亮"], ["垃圾没收"]], ["内容"])
    first = taken_in(client, clock, content)
    again = taken_in(client, clock, content, "换了名字.csv")
    assert (again.pk, again.created, again.state) == (first.pk, 3, ImportRun.State.DONE)
    pages = [chosen(client, content), chosen(client, content)]
    for page in pages:  # pressed twice, in two windows
        begun(client, page)
        begun(client, page)
    run_due(clock.now(), 100)
    assert taken() == ["路灯不亮", "路灯不亮", "垃圾没收"]
    assert list(import_folder().iterdir()) == []


def test_what_comes_back_is_mended_and_goes_in(world: World, clock: Clock) -> None:
    client = world.client("intake")
    rows = [wide("G1"), *[wide(name, **given) for name, (given, _why) in BAD.items()]]
    run = taken_in(client, clock, as_csv(rows, WIDE))
    assert (run.created, run.refused) == (1, len(BAD))
    heads, *lines = sent_back(client, run)
    assert heads == [*WIDE, "退回原因", "原行号"]
    assert [line[-1] for line in lines] == [str(at) for at in range(3, 3 + len(BAD))]
    assert [name for line, (name, (_given, why)) in zip(lines, BAD.items(), strict=True) if why not in line[-2]] == []
    mended = [[*wide(line[0]), *line[-2:]] for line in lines[:-1]]
    again = taken_in(client, clock, as_csv([*mended, lines[-1]], heads))
    assert (again.created, again.repeated, again.refused) == (len(BAD) - 1, 0, 1)
    assert sent_back(client, again)[0] == heads, "the columns behind do not grow"
    assert len(taken()) == len(BAD)


def test_rows_that_came_back_in_english_are_known_too(world: World, clock: Clock) -> None:
    client = world.client("intake")
    page = chosen(client, as_csv([["1", ""]], ["甲", "乙"]))
    begun(client, page, text="乙", external_ref="甲")
    run_due(clock.now(), 100)
    client.post("/language/", {"language": "en"})
    heads, line = sent_back(client, ImportRun.objects.get())
    assert heads[2:] != ["退回原因", "原行号"]
    client.post("/language/", {"language": "zh-hans"})
    shown = mapped(chosen(client, as_csv([[line[0], "路灯不亮", *line[2:]]], heads)))
    assert (shown["text"], shown["external_ref"]) == ("乙", "甲")


# --- whom it is open to -----------------------------------------------------------------------------------------------


def test_a_file_nobody_began_with_goes_after_a_day(world: World, clock: Clock) -> None:
    client = world.client("admin")
    chosen(client, as_csv(ROWS))
    begun(client, chosen(client, as_csv(ROWS[:1])))
    now = datetime.now(UTC)  # files are dated by the machine, not by the test
    before = len(list(import_folder().iterdir()))
    assert sweep(now + timedelta(hours=23)) == 0
    assert sweep(now + timedelta(hours=25)) == before - 1, "all but the one that waits for the worker"
    assert run_due(clock.now(), 100) > 0
    assert ImportRun.objects.get().created == 1


def test_only_those_with_the_permission(world: World, clock: Clock) -> None:
    run = taken_in(world.client("intake"), clock, as_csv([*ROWS, ["B", "", "", "", "", "孙", "13700137000"]]))
    addresses = ("/imports/", "/imports/begin/", f"/imports/{run.pk}/", f"/imports/{run.pk}/refused.csv")
    for who in ("worker", "leader", "supervisor", "sanitation", "nobody"):
        answers = [world.client(who).get(address).status_code for address in addresses]
        assert answers == [403] * 4, who
        assert chosen(world.client(who), as_csv(ROWS)).status_code == 403
        assert world.client(who).post("/imports/begin/", {"token": "x"}).status_code == 403
    for address in addresses:
        assert Client().get(address)["Location"].startswith("/sign-in/"), address
    assert chosen(Client(), as_csv(ROWS)).status_code == 302
    assert (list(import_folder().iterdir()), ImportRun.objects.count()) == ([], 1)


def test_who_imports_for_a_village_sees_their_own_imports_alone(world: World, clock: Clock) -> None:
    content = as_csv([["B", "", "", "", "", "孙", "13700137000"]])
    others = taken_in(world.client("intake"), clock, content, "镇里的.csv")
    clerk = area_keeper(world, world.village)
    assert "镇里的.csv" not in said(clerk.get("/imports/"))
    assert [clerk.get(f"/imports/{others.pk}/{rest}").status_code for rest in ("", "refused.csv")] == [404, 404]
    own = taken_in(clerk, clock, as_csv(ROWS), "村里的.csv")
    assert "村里的.csv" in said(clerk.get("/imports/"))
    assert clerk.get(f"/imports/{own.pk}/").status_code == 200
    assert "村里的.csv" in said(world.client("admin").get("/imports/")), "the town sees all"
    told = clerk.post("/imports/begin/", {**mapped(page := chosen(clerk, content)), "token": page.context["token"]})
    assert told["Location"] == "/imports/"
    assert "别人已导入过" in said(clerk.get("/imports/"))


def test_a_token_leads_to_no_other_file(world: World, tmp_path: Path) -> None:
    client = world.client("intake")
    page = chosen(client, as_csv(ROWS))
    secret = tmp_path / "secret.csv"
    secret.write_bytes(as_csv(ROWS))
    signature = page.context["token"].rpartition(":")[2]
    for name in (str(secret), f"../../..{secret}", f"{secret}:{signature}", ""):
        answer = begun(client, page, token=name)
        assert (answer.status_code, "请重新上传" in said(answer)) == (422, True)
    assert ImportRun.objects.count() == 0
