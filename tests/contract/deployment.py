"""A deployment of its own for tests that run the `yemai` command: a directory, on PostgreSQL an empty database too."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

CHECKOUT = Path(__file__).parents[2]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Deployment:
    """Where it lies and how its commands are called."""

    data: Path
    database: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The tests' own environment without their settings, with this place."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("YEMAI_", "DJANGO_"))}
        place = {"YEMAI_DATA": str(self.data), "YEMAI_DATABASE": self.database}
        return kept | {"LANG": "C.UTF-8"} | {name: value for name, value in place.items() if value}

    def command(self, *words: str) -> list[str]:
        """The command as a list, for a process that goes on."""
        return [sys.executable, "-m", "yemai.conf.cli", *words]

    def run(self, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words),
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
            cwd=self.data.parent,
        )


@contextmanager
def deployment(data: Path) -> Iterator[Deployment]:
    """An empty one, on the kind of database the tests run on; its PostgreSQL database goes with it."""
    server = os.environ.get("YEMAI_TEST_DATABASE", "")
    if not server.startswith("postgres"):
        yield Deployment(data)
        return
    name = f"yemai_place_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield Deployment(data, urlsplit(server)._replace(path=f"/{name}").geturl())
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
