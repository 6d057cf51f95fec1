"""A Spark of our own on loopback: a master and two workers, started for a test and ended with it."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

import pytest

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
WORKERS = 2


@contextmanager
def spark_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address, spark://127.0.0.1:PORT, once both workers have registered; skips, in words, without Java or pyspark."""
    pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'yemai[spark]'")
    if not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        pytest.skip("no Java on this machine (apt install openjdk-17-jre-headless)")
    home = str(Path(pyspark.__file__).parent)
    for name, value in (("SPARK_HOME", home), ("SPARK_LOCAL_IP", "127.0.0.1"), ("PYSPARK_PYTHON", sys.executable)):
        monkeypatch.setenv(name, value)
    start = f"{home}/bin/spark-class"
    port = free_port()
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:
        master = stack.enter_context(
            ended(start, MASTER, "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
        )
        _until(master, "I have been elected leader")
        for _number in range(WORKERS):
            worker = stack.enter_context(
                ended(start, WORKER, "--host", "127.0.0.1", "-c", "1", "-m", "1g", "--webui-port", "0", address)
            )
            _until(worker, "Successfully registered with master")
            _drain(worker)
        _drain(master)
        yield address


@contextmanager
def ended(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A process that does not outlive the block; what it says is read from its standard error."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _until(process: subprocess.Popen[str], words: str) -> None:
    """Read what it says until it says so; what it said before it ended is the failure's text."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return
    pytest.fail("Spark did not start:\n" + "".join(said[-20:]))


def _drain(process: subprocess.Popen[str]) -> None:
    """Let it go on talking: a full pipe would hold it."""
    assert process.stderr is not None
    Thread(target=process.stderr.read, daemon=True).start()
