"""`yemai import cases`: files as offices have them, cut off in the middle, sent twice, refused in part and mended."""

import csv
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone, translation
from openpyxl import Workbook, load_workbook

from tests.contract.deployment import Deployment, deployment
from tests.world import World
from yemai.conf.cli import main
from yemai.gates.case_files.models import ImportRun, RefusedRow
from yemai.modules.cases.models import Case, Contact
from yemai.modules.cases.terms import Source

pytestmark = pytest.mark.django_db
HEADINGS = ["留言编号", "留言主题", "留言详情", "留言时间", "地址", "姓名", "电话"]
ROWS = [
    ["A-1", "路灯", "𠮷祥路路灯不亮，㐀家门口最黑", "2026-03-01 08:00:30", "3栋", "赵大妈", "13800138000"],
    ["A-2", "", "“垃圾”两天没收；\n臭, 招苍蝇", "2026/3/2 9:05:10", "", "", ""],
    ["A-3", "漏水", "Water everywhere 😀", "2026年3月3日", "", "", "0512-65221234"],
]
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """Calls `yemai import cases …` as an operator does; its exit code and what it said."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("YEMAI_STATEMENT_SECONDS", "0")
    mask = os.umask(0o022)

    def call(*words: object) -> tuple[int, str]:
        code = main(["import", "cases", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out + said.err

    with translation.override("zh-hans"):
        yield call
    os.umask(mask)


def written(path: Path, rows: list[list[str]], encoding: str = "utf-8", headings: list[str] = HEADINGS) -> Path:
    """A CSV file."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def numbered(count: int) -> list[list[str]]:
    """So many messages."""
    return [[f"N{at:04d}", "", f"第{at}件事", "", "", "", ""] for at in range(count)]


def read(path: Path) -> list[dict[str, str]]:
    """What came back."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def taken() -> list[str]:
    """The words of the cases that came in, in order."""
    return list(Case.objects.filter(source=Source.IMPORT).order_by("id").values_list("text", flat=True))


# --- kinds of files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_keeps_every_character(world: World, tmp_path: Path, command: Command, encoding: str) -> None:
    code, said = command(written(tmp_path / "留言.csv", ROWS, encoding))
    assert (code, taken()) == (0, [row[2] for row in ROWS])
    assert "3 new, 0 already there, 0 refused." in said
    when = [f"{timezone.localtime(case.happened_at):%Y-%m-%d %H:%M:%S}" for case in Case.objects.order_by("id")]
    assert when == ["2026-03-01 08:00:30", "2026-03-02 09:05:10", "2026-03-03 00:00:00"]
    assert Contact.objects.count() == 2, "two left a number or a name"


def test_a_big_endian_file_of_an_old_server(world: World, tmp_path: Path, command: Command) -> None:
    path = written(tmp_path / "a.csv", ROWS, "utf-16-be")
    path.write_bytes(b"\xfe\xff" + path.read_bytes())
    assert (command(path)[0], taken()) == (0, [row[2] for row in ROWS])


@pytest.mark.parametrize("words", ["路灯;坏了\t又\t坏了", "坏;了;了;了", "甲,乙"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_separators_inside_the_words_part_nothing(
    world: World, tmp_path: Path, command: Command, delimiter: str, words: str
) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([["编号", "内容"], *[[f"{n}", words] for n in range(3)]])
    command(path)
    assert taken() == [words] * 3


def test_one_column_is_enough(world: World, tmp_path: Path, command: Command) -> None:
    (tmp_path / "a.csv").write_text("内容\n路灯;不亮\n垃圾;没收\n井盖;松了\n", "utf-8")
    assert command(tmp_path / "a.csv")[0] == 0
    assert taken() == ["路灯;不亮", "垃圾;没收", "井盖;松了"]


def test_ragged_lines_and_empty_ones(world: World, tmp_path: Path, command: Command) -> None:
    (tmp_path / "a.csv").write_text("编号,内容,地址\n\n1,短\n,,\n2,长,3栋,多出来的,还有\n\n", "utf-8")
    code, _said = command(tmp_path / "a.csv")
    assert (code, taken()) == (0, ["短", "长"])
    assert ImportRun.objects.get().rows_total == 2


def workbook(path: Path, lines: list[list[Any]], merged: tuple[str, ...] = ()) -> Path:
    """An .xlsx file."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(line)
    for cells in merged:
        sheet.merge_cells(cells)
    book.save(path)
    return path


def test_a_heading_of_two_merged_lines_under_a_title(world: World, tmp_path: Path, command: Command) -> None:
    lines = [
        ["云杉镇三月群众留言汇总表"], [],
        ["留言编号", "留言", "", "地址", "联系人信息", ""],
        ["", "留言主题", "留言详情", "", "姓名", "电话"],
        ["X1", "路灯", "路灯不亮", "3栋", "赵大妈", "13800138000"],
    ]  # fmt: skip
    merged = ("A1:F1", "A3:A4", "B3:C3", "D3:D4", "E3:F3")
    code, said = command(workbook(tmp_path / "a.xlsx", lines, merged))
    assert code == 0, said
    case = Case.objects.get()
    assert (case.external_ref, case.title, case.text, case.place_text) == ("X1", "路灯", "路灯不亮", "3栋")
    assert case.contacts.get().phone_blind


def test_a_heading_whose_upper_line_says_more(world: World, tmp_path: Path, command: Command) -> None:
    lines = [
        ["留言编号", "留言详情", "留言时间", "联系人信息", ""],
        ["", "", "", "姓名", "电话"],
        ["X1", "路灯不亮", "2026-03-01", "赵大妈", "13800138000"],
    ]  # fmt: skip
    code, said = command(workbook(tmp_path / "a.xlsx", lines, ("A1:A2", "B1:B2", "C1:C2", "D1:E1")))
    assert code == 0, said
    assert Case.objects.get().contacts.get().phone_blind


def test_dates_and_numbers_of_a_spreadsheet_are_what_one_sees(world: World, tmp_path: Path, command: Command) -> None:
    lines = [
        HEADINGS,
        [1001, "路灯", "路灯不亮", datetime.fromisoformat("2026-03-01 08:05"), "3栋", "赵大妈", 13800138000],
        [1002.0, "", 110, date(2026, 3, 2), None, None, None],
    ]
    code, said = command(workbook(tmp_path / "a.xlsx", lines))
    assert code == 0, said
    first, second = Case.objects.order_by("id")
    assert (first.external_ref, second.external_ref, second.text) == ("1001", "1002", "110")
    assert f"{timezone.localtime(first.happened_at):%Y-%m-%d %H:%M}" == "2026-03-01 08:05"
    assert f"{timezone.localtime(second.happened_at):%Y-%m-%d %H:%M}" == "2026-03-02 00:00"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "文件是空的"),
        ("a.csv", b"\xef\xbb\xbf\r\n\r\n", "文件是空的"),
        ("a.xlsx", b"", "打不开"),
        ("a.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "打不开"),
        ("a.pdf", b"%PDF-1.7", "只能导入 .csv 或 .xlsx 文件"),
        ("a.csv", "编号,姓名\n1,赵\n".encode(), "请指明哪一列是“内容”。文件里有：编号、姓名"),
    ],
)
def test_what_cannot_be_taken_in_is_said_in_a_sentence(
    world: World, tmp_path: Path, command: Command, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    code, said = command(tmp_path / name)
    assert (code, taken(), ImportRun.objects.count()) == (1, [], 0)
    assert words in said
    assert "Traceback" not in said


def test_a_workbook_without_a_single_cell(world: World, tmp_path: Path, command: Command) -> None:
    code, said = command(workbook(tmp_path / "a.xlsx", []))
    assert (code, taken()) == (1, [])
    assert "文件是空的" in said


def test_a_heading_without_rows_is_done_at_once(world: World, tmp_path: Path, command: Command) -> None:
    code, said = command(written(tmp_path / "a.csv", []))
    assert (code, ImportRun.objects.get().state) == (0, ImportRun.State.DONE)
    assert "0 new, 0 already there, 0 refused." in said


def test_a_file_that_is_not_there(world: World, tmp_path: Path, command: Command) -> None:
    code, said = command(tmp_path / "nothing.csv")
    assert code == 1
    assert "There is no file" in said


# --- rows that come back ----------------------------------------------------------------------------------------------


BAD = {
    "empty": ({"留言详情": ""}, "请写几个字"),
    "long": ({"留言详情": "字" * 20_000}, "文字有 20000 字，最多 5000 字"),
    "future": ({"留言时间": "2031-01-01 08:00"}, "发生时间在未来"),
    "when": ({"留言时间": "上周三下午"}, "认不出来，应如 2026-03-04 10:00"),
    "no day": ({"留言时间": "2026-02-30"}, "认不出来"),
    "long ago": ({"留言时间": "0026-03-01"}, "发生时间不对"),
    "class": ({"类别": "天外来客"}, "没有“天外来客”这个类别"),
    "number": ({"电话": "三二一"}, "电话号码不对"),
    "half a point": ({"经度": "120.6"}, "位置不完整"),
    "no point": ({"经度": "东边", "纬度": "31.3"}, "“东边”不是经度"),
    "nowhere": ({"经度": "nan", "纬度": "31.3"}, "位置"),
    "endless": ({"经度": "120.6", "纬度": "1e999"}, "位置"),
    "off the earth": ({"经度": "31.3", "纬度": "120.6"}, "位置超出范围"),
}
WIDE = [*HEADINGS, "经度", "纬度", "类别"]


def wide(number: str, **given: str) -> list[str]:
    """A row that is right but for what is given."""
    row = {"留言编号": number, "留言详情": f"{number}的事", "留言时间": "2026-03-01 08:00", **given}
    return [row.get(heading, "") for heading in WIDE]


def test_every_bad_row_comes_back_with_its_own_reason_and_every_good_one_goes_in(
    world: World, tmp_path: Path, command: Command
) -> None:
    rows = [wide("G1", 类别=world.category().name), wide("G2", 类别=world.category().code)]
    for name, (given, _why) in BAD.items():
        rows += [wide(name, **given), wide(f"after {name}")]
    code, said = command(written(tmp_path / "三月.csv", rows, headings=WIDE))
    assert code == 1, "a script must see that something came back"
    assert f"{len(BAD) + 2} new, 0 already there, {len(BAD)} refused." in said
    assert set(Case.objects.exclude(category=None).values_list("category", flat=True)) == {world.category().pk}
    back = read(tmp_path / "三月.refused.csv")
    assert str(tmp_path / "三月.refused.csv") in said
    assert [row["留言编号"] for row in back] == list(BAD)
    reasons = {row["留言编号"]: row["退回原因"] for row in back}
    assert {name: reasons[name] for name, (_given, why) in BAD.items() if why not in reasons[name]} == {}
    assert [int(row["原行号"]) for row in back] == [4 + 2 * at for at in range(len(BAD))]
    assert {row["留言编号"]: row["留言详情"] for row in back}["long"] == "字" * 20_000, "what came back is whole"


def test_what_came_back_lies_sealed(world: World, tmp_path: Path, command: Command) -> None:
    command(written(tmp_path / "a.csv", [["P1", "", "", "", "", "钱大爷", "13912345678"]]))
    kept = RefusedRow.objects.get()
    assert "13912345678" not in f"{kept.cells_sealed}{kept.why}"
    assert "钱大爷" not in f"{kept.cells_sealed}{kept.why}"
    assert (tmp_path / "a.refused.csv").stat().st_mode & 0o007 == 0, "no business of the machine's other users"


def test_the_file_that_came_back_is_mended_in_place_and_sent_again(
    world: World, tmp_path: Path, command: Command
) -> None:
    headings = ["甲", "乙", "丙"]
    rows = [["1", "路灯不亮", "2026-03-01"], ["2", "- 井盖松了", "明天"], ["3", "=还是井盖", "后天"]]
    path = written(tmp_path / "a.csv", rows, headings=headings)
    assert command(path, "--map", "external_ref=甲", "--map", "text=乙", "--map", "reported_at=丙")[0] == 1
    back = tmp_path / "a.refused.csv"
    with back.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == [*headings, "退回原因", "原行号"]
    assert [line[1][0] for line in lines[1:]] == ["'", "'"], "nothing in it is a formula"
    lines[1][2] = "2026-03-02"  # the first is mended, the second is not
    with back.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(lines)
    code, said = command(back)  # nobody maps the columns again
    assert (code, "1 new, 0 already there, 1 refused." in said) == (1, True), said
    assert taken() == ["路灯不亮", "- 井盖松了"], "the mark that kept it from being a formula is gone again"
    again = tmp_path / "a.refused.refused.csv"
    with again.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == [*headings, "退回原因", "原行号"], "one reason a row, however often it comes back"
    assert lines[1][:3] == ["3", "'=还是井盖", "后天"]
    assert command(back)[0] == 1
    assert len(taken()) == 2


def test_formulas_are_words(world: World, tmp_path: Path, command: Command) -> None:
    evil = ['=HYPERLINK("http://evil.example","x")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"]
    command(written(tmp_path / "a.csv", [[f"F{n}", words, words, "", words, "", ""] for n, words in enumerate(evil)]))
    assert taken() == evil
    lines = [["编号", "内容"], ["C1", "=1+1"], ["C2", "写着字"]]
    code, _said = command(workbook(tmp_path / "a.xlsx", lines))
    assert (code, taken()[-1]) == (1, "写着字"), "a formula that was never computed says nothing, and comes back"


# --- cut off, and sent twice ------------------------------------------------------------------------------------------


class Cut:
    """The machine fails at the nth case written: as the disk or the network does, not as our own code would."""

    def __init__(self, at: int, failure: BaseException) -> None:
        self.left, self.failure = at, failure

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Stands between the program and its database."""
        if sql.startswith('INSERT INTO "cases_case"'):
            self.left -= 1
            if self.left == 0:
                raise self.failure
        return execute(sql, params, many, context)


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OperationalError("disk I/O error")])
@pytest.mark.parametrize("at", [1, 50, 77])
def test_cut_off_in_the_middle_of_a_batch(
    world: World, tmp_path: Path, command: Command, at: int, failure: BaseException
) -> None:
    rows = numbered(110)
    rows[10][2] = rows[60][2] = ""  # two of them come back, once
    path = written(tmp_path / "a.csv", rows)
    with connection.execute_wrapper(Cut(at, failure)):
        if isinstance(failure, KeyboardInterrupt):
            assert command(path)[0] == 130
        else:
            with pytest.raises(OperationalError):
                command(path)
    run = ImportRun.objects.get()
    assert len(taken()) == run.created == run.rows_done - run.refused
    assert run.rows_done in (0, 50), "a batch is in whole or not at all"
    command(path)
    run.refresh_from_db()
    assert taken() == [row[2] for row in rows if row[2]]
    assert (run.state, run.rows_done, run.created, run.repeated, run.refused) == ("done", 110, 108, 0, 2)
    assert RefusedRow.objects.count() == 2


def test_the_same_file_twice_is_once(world: World, tmp_path: Path, command: Command) -> None:
    plain = ["内容", "地址"]
    rows = [["路灯不亮", "3栋"], ["垃圾没收", ""], ["路灯不亮", "3栋"]]
    path = written(tmp_path / "a.csv", rows, headings=plain)
    command(path)
    before = (taken(), ImportRun.objects.get().created)
    assert before[0] == [row[0] for row in rows], "each row is one case, also when two say the same"
    command(path)
    command(path.rename(tmp_path / "另一个名字.csv"))
    assert (taken(), ImportRun.objects.get().created) == before


def test_a_better_mapping_of_the_same_file_makes_no_second_cases(
    world: World, tmp_path: Path, command: Command
) -> None:
    path = written(tmp_path / "a.csv", [["路灯不亮", "3栋"], ["", "垃圾没收"]], headings=["甲", "乙"])
    command(path, "--map", "text=甲")
    code, said = command(path, "--map", "place_text=乙")
    assert (code, "0 new, 1 already there, 1 refused." in said) == (1, True), said
    assert taken() == ["路灯不亮"]


def test_numbered_messages_in_another_encoding_and_another_form_are_known(
    world: World, tmp_path: Path, command: Command
) -> None:
    command(written(tmp_path / "a.csv", ROWS))
    _code, said = command(
        written(tmp_path / "b.csv", ROWS, "gb18030"), workbook(tmp_path / "c.xlsx", [HEADINGS, *ROWS])
    )
    assert said.count("0 new, 3 already there, 0 refused.") == 2
    assert len(taken()) == 3


def test_a_number_used_for_another_matter_comes_back(world: World, tmp_path: Path, command: Command) -> None:
    command(written(tmp_path / "三月.csv", [["1", "路灯不亮"], ["2", "垃圾没收"]], headings=["编号", "内容"]))
    april = [["1", "井盖松了"], ["2", "垃圾没收"], ["3", "水管漏水"]]
    code, said = command(written(tmp_path / "四月.csv", april, headings=["编号", "内容"]))
    assert (code, "1 new, 1 already there, 1 refused." in said) == (1, True), said
    (back,) = read(tmp_path / "四月.refused.csv")
    assert (back["编号"], back["内容"]) == ("1", "井盖松了")
    assert "编号“1”已用于内容不同的另一件事" in back["退回原因"]


def test_a_number_found_later_doubles_nothing(world: World, tmp_path: Path, command: Command) -> None:
    path = written(tmp_path / "a.csv", [["1", "路灯不亮"], ["2", "垃圾没收"]], headings=["甲", "乙"])
    command(path, "--map", "text=乙")
    _code, said = command(path, "--map", "external_ref=甲")
    assert "0 new, 2 already there, 0 refused." in said


def test_how_far_it_is_stands_on_the_screen(world: World, tmp_path: Path, command: Command) -> None:
    _code, said = command(written(tmp_path / "a.csv", numbered(120)))
    told = [line for line in said.splitlines() if " rows: " in line]
    assert [line.split(" ")[0] for line in told] == ["50/120", "100/120", "120/120"]


def test_a_killed_process_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    rows = numbered(400)
    path = written(tmp_path / "a.csv", rows)
    with deployment(tmp_path / "town") as place:
        founded = place.run("init", "--ladder", "co-creation", "--town", "滨河街道", "--code", "310115101000")
        assert founded.returncode == 0, founded.stderr
        assert killed_after_a_batch(place, path) == -signal.SIGKILL
        done = place.run("import", "cases", str(path))
        assert done.returncode == 0, done.stderr
        assert "400/400 rows: 400 new, 0 already there, 0 refused" in done.stdout
        out = tmp_path / "out.xlsx"
        assert place.run("export", "cases", str(out)).returncode == 0
    sheet = load_workbook(out, read_only=True).worksheets[0]
    _heads, *lines = sheet.iter_rows(values_only=True)
    at = [list(line) for line in zip(*lines, strict=True)]
    words = next(column for column in at if "第0件事" in column)
    assert sorted(words) == sorted(row[2] for row in rows)


def killed_after_a_batch(place: Deployment, path: Path) -> int:
    """Start an import, wait for the word that its first batch is in, and kill it: how it ended."""
    process = subprocess.Popen(
        place.command("import", "cases", str(path)), env=place.environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, text=True, cwd=path.parent,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline().startswith("50/400 rows: 50 new")
        process.kill()
    return process.wait(timeout=60)
