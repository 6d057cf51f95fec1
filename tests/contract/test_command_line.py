"""The `yemai` command: every subcommand explains itself, and what it is not ready for it says in words."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.deployment import Deployment, deployment, free_port
from yemai.conf.cli import COMMANDS, parser

NAMES = [name.rstrip("_").replace("_", "-") for name in COMMANDS]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A town of one's own, with an administrator."""
    with deployment(tmp_path_factory.mktemp("town") / "data") as place:
        founded = place.run("init", "--ladder", "co-creation", "--town", "滨河街道", "--code", "310115101000")
        assert "Founded 滨河街道 (310115101000)" in founded.stdout, founded.stderr
        made = place.run("createadmin", "--username", "anna", given="一个-Long-Enough-9\n")
        assert made.returncode == 0, made.stderr
        yield place


@pytest.mark.no_database
@pytest.mark.parametrize("name", NAMES)
def test_every_subcommand_has_help_in_whole_words(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"usage: yemai {name}" in said
    assert "--data DIR" in said
    assert len(said.splitlines()) > 5


@pytest.mark.no_database
def test_the_overview_names_every_subcommand_without_touching_the_disk(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "yemai.conf.cli", "--help"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert [name for name in NAMES if f"    {name}" not in done.stdout] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.no_database
def test_a_wrong_word_is_answered_with_the_right_ones(tmp_path: Path) -> None:
    done = Deployment(tmp_path / "data").run("uup")
    assert done.returncode == 2
    assert "invalid choice: 'uup'" in done.stderr


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("up", "--port", str(free_port())), "The database is empty. Run `yemai init`"),
        (("createadmin",), "There is no town yet. Run `yemai init` first."),
        (("backup", "nowhere/x.tar"), "is not a directory that this user may write to"),
        (("import", "cases", "gone.csv"), "There is no file gone.csv"),
        (("init", "--code", "12"), "region code of 12 digits"),
        (("init", "--ladder", "no-such"), "no-such"),
        (("--database", "mysql://u:p@h/n", "check"), "names no database Yemai runs on"),
        (("--data", "/proc/yemai", "check"), "The data directory /proc/yemai can't be used"),
        (("--database", "postgres://u:p@127.0.0.1:1/n", "migrate"), "The database does not answer"),
    ],
)
def test_what_can_not_be_done_is_said_without_a_traceback(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = Deployment(tmp_path / "data").run(*words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_init_twice_changes_nothing(town: Deployment) -> None:
    again = town.run("init", "--town", "另一个")
    assert again.returncode == 0
    assert "There is a town already" in again.stdout


def test_the_administrator_may_sign_in_to_the_back_office(town: Deployment) -> None:
    assert town.run("collect-static").stdout == "Gathered.\n"
    code = (
        "from django.test import Client; c = Client(headers={'host': 'localhost'});"
        "print(c.login(username='anna', password='一个-Long-Enough-9'), c.get('/office/').status_code)"
    )
    done = town.run("django", "shell", "--no-imports", "-c", code)
    assert done.stdout.strip() == "True 200", done.stderr


def test_a_weak_password_makes_no_administrator(town: Deployment) -> None:
    done = town.run("createadmin", "--username", "bob", given="short\n")
    assert done.returncode == 1
    assert "too short" in done.stderr


def test_the_demo_never_mixes_with_a_real_town(town: Deployment) -> None:
    done = town.run("demo")
    assert done.returncode == 1
    assert "There is a town of yours here" in done.stderr


def test_migrate_has_nothing_left_to_do(town: Deployment) -> None:
    assert "The tables are those of this version." in town.run("migrate").stdout


def test_the_index_is_made_anew(town: Deployment) -> None:
    done = town.run("index")
    assert done.returncode == 0, done.stderr
    assert "are in the index." in done.stdout
    assert " 0 changed names" in town.run("index").stdout


def test_cases_go_in_and_come_out(town: Deployment, tmp_path: Path) -> None:
    sheet = tmp_path / "messages.csv"
    sheet.write_text("诉求内容,地址\n3栋楼下垃圾没人收,滨河街道\n,没有内容的一行\n", encoding="utf-8")
    words = ("import", "cases", str(sheet), "--map", "text=诉求内容")
    first, second = town.run(*words), town.run(*words)
    assert "1 new, 0 already there, 1 refused" in first.stdout, first.stderr
    assert first.returncode == 1, "a refused row is somebody's message"
    assert (tmp_path / "messages.refused.csv").is_file()
    assert "1 new" not in second.stdout.replace("1 new, 0 already there, 1 refused", "")
    out = town.run("export", "cases", str(tmp_path / "out.xlsx"))
    assert out.stdout.strip().endswith(": 1 cases."), out.stderr


def test_a_backup_taken_and_brought_back_elsewhere(town: Deployment, tmp_path: Path) -> None:
    taken = town.run("backup", str(tmp_path))
    assert taken.returncode == 0, taken.stderr
    (tar,) = tmp_path.glob("yemai-*.tar")
    assert tar.stat().st_mode & 0o077 == 0, "it holds the keys"
    with deployment(tmp_path / "elsewhere") as other:
        restored = other.run("restore", str(tar))
        assert restored.returncode == 0, restored.stderr
        assert "There is a town already: 滨河街道" in other.run("init").stdout
        assert (other.data / "keys").read_text() == (town.data / "keys").read_text()
        assert other.run("restore", str(tar)).returncode == 1, "never over anything"


@pytest.mark.no_database
def test_a_backup_that_was_cut_is_not_restored(tmp_path: Path) -> None:
    (tmp_path / "cut.tar").write_bytes(b"not a tar")
    done = Deployment(tmp_path / "data").run("restore", str(tmp_path / "cut.tar"))
    assert done.returncode == 1
    assert "can't be read as a backup" in done.stderr


def test_check_names_what_is_wrong_and_what_to_do(town: Deployment) -> None:
    done = town.run("check", "--story")
    assert done.returncode == 1
    assert "ERROR    worker: none is running" in done.stdout
    assert "WARNING  address: YEMAI_URL is not set" in done.stdout
    assert "ok       story: every chain holds" in done.stdout
