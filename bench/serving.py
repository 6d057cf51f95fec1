"""A town served as `yemai up` serves it, for benches that ask over HTTP."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPConnection

Ask = Callable[[HTTPConnection, int], None]


def environment_of(data: str, database: str = "") -> dict[str, str]:
    """Variables for processes that work on a place, without those of the caller."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YEMAI_")}
    place = {"YEMAI_DATA": data, "DJANGO_SETTINGS_MODULE": "yemai.conf.settings", "YEMAI_STATEMENT_SECONDS": "0"}
    return kept | place | ({"YEMAI_DATABASE": database} if database else {})


@contextlib.contextmanager
def served(environment: Mapping[str, str], workers: int = 2) -> Iterator[int]:
    """Serve what is prepared, without a worker beside it; the port."""
    hearing, telling = os.pipe()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    asked = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers), "--tell", str(telling)]
    command = [sys.executable, "-m", "yemai.conf.web", *asked]
    server = subprocess.Popen(command, env=dict(environment), pass_fds=[telling])  # noqa: S603 - ourselves
    os.close(telling)
    with os.fdopen(hearing) as said:
        said.read()  # ends when all is loaded
    try:
        yield port
    finally:
        server.terminate()
        server.wait()


def asked_at_once(port: int, clients: int, number: int, ask: Ask) -> tuple[list[float], float]:
    """Milliseconds of each of `number` questions, asked by so many clients on connections that stay, and seconds for all.

    Raises SystemExit where one was not answered.
    """
    spent: list[float] = []

    def one(first: int) -> None:
        connection = _connected(port)
        for at in range(first, number, clients):
            start = time.perf_counter()
            ask(connection, at)
            spent.append((time.perf_counter() - start) * 1000)

    threads = [threading.Thread(target=one, args=(first,)) for first in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(spent) != number:
        raise SystemExit(f"{number - len(spent)} questions were not answered")
    return spent, time.perf_counter() - start


def percentiles(spent: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the worst."""
    ordered = sorted(spent)
    shares = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("worst", 1.0))
    return {name: round(ordered[int(share * (len(ordered) - 1))], 1) for name, share in shares}


def _connected(port: int) -> HTTPConnection:
    """A connection, as soon as the server listens."""
    until = time.monotonic() + 60
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.connect()
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return connection
