"""The supervisor with real processes: it starts them, starts them again, and leaves none behind."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.no_database,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and process descriptors, which Linux alone has"),
]

# A parent with two children; each child starts a child of its own, as a web server does, and says both ids.
PARENT = """
import sys
from yemai.conf.supervisor import Child, Supervisor
code = '''
import os, subprocess, sys, signal
inner = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(sys.argv[1], os.getpid(), inner.pid, flush=True)
signal.pause()
'''
children = [Child(name, [sys.executable, "-c", code, name]) for name in ("web", "worker")]
sys.exit(Supervisor(children, lambda: READY, lambda: print("serving", flush=True), start_seconds=20).run())
"""


class Family:
    """The parent and what its children said when they started."""

    def __init__(self) -> None:
        code = PARENT.replace("READY", "True")
        self.parent = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        said = [self.hear() for _ in range(3)]
        assert ["serving"] in said
        self.children = {words[0]: (int(words[1]), int(words[2])) for words in said if len(words) == 3}

    def hear(self) -> list[str]:
        """The next line that a child or the parent prints."""
        assert self.parent.stdout is not None
        return self.parent.stdout.readline().split()

    def complaint(self) -> str:
        """The next line that the parent prints about a child."""
        assert self.parent.stderr is not None
        return self.parent.stderr.readline()


@pytest.fixture
def family() -> Iterator[Family]:
    family = Family()
    yield family
    family.parent.kill()
    for child, _ in family.children.values():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    family.parent.communicate(timeout=20)


def is_alive(process: int) -> bool:
    """A process that has ended but was not waited for by its parent counts as gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_leaves_nobody_behind(family: Family, number: signal.Signals) -> None:
    everybody = [process for pair in family.children.values() for process in pair]
    assert len(everybody) == 4
    assert all(map(is_alive, everybody))
    family.parent.send_signal(number)
    assert family.parent.wait(timeout=20) == 0
    assert not any(map(is_alive, everybody))


def test_a_dead_child_is_started_again_and_its_own_children_are_swept_up(family: Family) -> None:
    child, grandchild = family.children["web"]
    os.kill(child, signal.SIGKILL)
    assert "web ended with code -9; starting it again in 1 s" in family.complaint()
    name, again, _ = family.hear()
    assert name == "web"
    assert int(again) != child
    assert not is_alive(grandchild)
    os.kill(int(again), signal.SIGKILL)
    assert "starting it again in 2 s" in family.complaint(), "one that keeps dying is given more and more time"
    family.parent.send_signal(signal.SIGTERM)
    assert family.parent.wait(timeout=20) == 0


def test_children_are_told_to_stop_when_the_parent_is_killed_outright(family: Family) -> None:
    family.parent.kill()
    family.parent.wait(timeout=20)
    for child, _ in family.children.values():
        with contextlib.suppress(ProcessLookupError):  # gone already
            ended = os.pidfd_open(child)
            assert select.select([ended], [], [], 20)[0]
            os.close(ended)


def test_a_child_that_can_not_start_ends_the_attempt_with_a_word() -> None:
    code = PARENT.replace("signal.pause()\n'''", "sys.exit(3)\n'''").replace("READY", "False")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "web ended with code 3 while starting; the lines above say why" in done.stderr
    assert not any(is_alive(int(word)) for line in done.stdout.splitlines() for word in line.split()[1:])


def test_a_code_that_the_caller_waits_for_is_handed_back_in_silence() -> None:
    code = PARENT.replace("signal.pause()\n'''", "sys.exit(3)\n'''").replace("READY", "False")
    code = code.replace("start_seconds=20", "start_seconds=20, hands_back=3")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (3, "")
    assert "worker" not in done.stdout, "the others are not started before the first serves"
