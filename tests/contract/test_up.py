"""`yemai up` from nothing: it serves the demo, says who may sign in, takes no taken port, and leaves nobody behind."""

import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.contract.deployment import Deployment, deployment, free_port


class Running:
    """A town that is served."""

    def __init__(self, place: Deployment) -> None:
        self.place = place
        self.start()

    def start(self) -> None:
        """Start it, and wait until it has said what it has to say."""
        self.port = free_port()
        self.process = subprocess.Popen(
            self.place.command("up", "--demo", "--port", str(self.port)),
            env=self.place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if self.said.endswith("\n\n") and "User name" in self.said:
                return
        assert self.process.stderr is not None
        pytest.fail(f"it did not start: {self.process.stderr.read()}")

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def family(self) -> set[int]:
        """Every process that descends from it."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except (FileNotFoundError, ProcessLookupError):
                    continue
        found = {self.process.pid}
        while more := {child for child, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}

    def whole_family(self) -> set[int]:
        """The same once all are there: what is served is told of before the worker has been forked."""
        until = monotonic() + 30
        while len(family := self.family()) < 4 and monotonic() < until:
            self.get("/healthz")
        return family


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with deployment(tmp_path_factory.mktemp("demo") / "data") as place:
        town = Running(place)
        yield town
        town.process.terminate()
        town.process.communicate(timeout=30)


def test_it_says_where_it_is_and_who_may_sign_in(running: Running) -> None:
    assert f"http://127.0.0.1:{running.port}/" in running.said
    status, page = running.get("/sign-in/")
    assert status == 200
    assert 'name="password"' in page
    assert "yemai-demo-2026" in running.said


def test_its_pages_and_their_files_are_served(running: Running) -> None:
    assert running.get("/healthz") == (200, "ok")
    assert running.get("/readyz") == (200, '{"ready": true}')
    status, page = running.get("/")
    assert status == 200
    address = page.partition('href="/static/')[2].partition('"')[0]
    status, _ = running.get(f"/static/{address}")
    assert status == 200
    assert running.get("/no-such-page/")[0] == 404


def test_check_finds_nothing_broken_in_it(running: Running) -> None:
    for _ in range(30):  # the worker is started when the pages are served; it loads, then sends what the demo left it
        done = running.place.run("check", "--story")
        if done.returncode == 0:
            break
    assert "ERROR" not in done.stdout, done.stdout
    assert "ok       worker: alive" in done.stdout
    assert "WARNING  town: this is the invented demo town" in done.stdout
    assert done.returncode == 0


def test_a_taken_port_is_said_in_words(running: Running, tmp_path: Path) -> None:
    done = Deployment(tmp_path / "data").run("up", "--demo", "--port", str(running.port))
    assert done.returncode == 1
    assert f"Port {running.port} on 127.0.0.1 is taken" in done.stderr
    assert not (tmp_path / "data" / "yemai.sqlite3").exists(), "nothing is built before"


def test_one_directory_is_served_once(running: Running) -> None:
    done = running.place.run("up", "--port", str(free_port()))
    assert done.returncode == 1
    assert "Another `yemai up` is already running" in done.stderr
    assert running.place.run("worker").returncode == 1


def test_a_backup_is_taken_while_it_runs(running: Running, tmp_path: Path) -> None:
    done = running.place.run("backup", str(tmp_path / "now.tar"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_nobody_behind_and_it_starts_again(number: signal.Signals, running: Running) -> None:
    """Stopped as a terminal does it (the whole group is told) and as a service manager does (the parent alone)."""
    family = running.whole_family()
    assert len(family) >= 4, "the web server and its two processes, the worker"
    if number == signal.SIGINT:
        os.killpg(running.process.pid, number)
    else:
        running.process.send_signal(number)
    assert running.process.wait(timeout=30) == 0
    assert not family & {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()}
    running.start()
    assert running.get("/readyz")[0] == 200
