"""`yemai up`: everything a town needs, in one foreground process that Ctrl-C stops."""

import argparse
import fcntl
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from yemai.conf.columns import columns
from yemai.conf.commands import Commands, declare
from yemai.conf.environment import Misconfigured, data_directory
from yemai.conf.prepare import CAST_HEADS
from yemai.conf.supervisor import Child, Supervisor, stop_with_parent
from yemai.conf.web import NEEDS_PREPARING

ANY_HOST = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to
START_SECONDS = 60.0
TOO_HIGH_PORT = 65_536
SIGN_IN = "/sign-in/"  # written out, because asking the address book would load every page before serving the first


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(
        commands,
        place,
        "up",
        "start the web server and the worker here; Ctrl-C stops both",
        run,
        "Needs a database made by `yemai init` (your town) or `yemai demo` (an invented one).",
    )
    parser.add_argument("--port", type=port, default=8000, metavar="N", help="port to listen on (default: 8000)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine alone)"
    )
    parser.add_argument(
        "--web", type=int, default=2, metavar="N", help="web processes, of one thread each (default: 2)"
    )
    parser.add_argument(
        "--migrate", action="store_true", help="bring the tables of an older version up to this one first"
    )
    parser.add_argument(
        "--demo", action="store_true", help="when the database is new, make the tables and the demo town first"
    )


def port(word: str) -> int:
    """A port's number. Raises argparse's own error, which names the option."""
    if not word.isdecimal() or not 0 < int(word) < TOO_HIGH_PORT:
        raise argparse.ArgumentTypeError(f"{word!r} is no port; write a number from 1 to {TOO_HIGH_PORT - 1}")
    return int(word)


def run(options: argparse.Namespace) -> int:
    """Check the place, prepare it where it is new or older, and keep the processes running."""
    data = data_directory()
    with claimed(data):
        require_free(options.host, options.port)
        if options.host not in {"127.0.0.1", "::1", "localhost"} and "YEMAI_URL" not in os.environ:
            os.environ.setdefault("YEMAI_HOSTS", "*")
        os.environ.setdefault("YEMAI_URL", f"http://{_named(options.host)}:{options.port}")
        code = keep_running(options)
        if code == NEEDS_PREPARING and (code := prepare(options)) == 0:
            code = keep_running(options)
        return code


def keep_running(options: argparse.Namespace) -> int:
    """Web server and worker until a stop; NEEDS_PREPARING when there is nothing that could be served yet."""
    hearing, telling = os.pipe()

    def announce() -> None:
        print(welcome(os.environ["YEMAI_URL"], json.loads(os.read(hearing, 1 << 20))["cast"]), flush=True)
        os.close(hearing)  # a web server that is started again has nobody to tell

    children = [
        Child("the web server", web_command(options, telling), pass_fds=(telling,)),
        Child("the worker", [sys.executable, "-m", "yemai.conf.cli", "worker"]),
    ]
    try:
        return Supervisor(
            children,
            lambda: answers(options.host, options.port),
            announce,
            start_seconds=START_SECONDS,
            hands_back=NEEDS_PREPARING,
        ).run()
    finally:
        os.close(telling)


def web_command(options: argparse.Namespace, telling: int) -> list[str]:
    """The web server's main process, which says on `telling` who may sign in."""
    words = ["--host", options.host, "--port", str(options.port), "--workers", str(options.web), "--tell", str(telling)]
    return [sys.executable, "-m", "yemai.conf.web", *words]


def prepare(options: argparse.Namespace) -> int:
    """Tables, demo and static files, by a process that ends, so that the web server does not carry them along."""
    flags = [flag for flag in ("migrate", "demo") if getattr(options, flag)]
    command = [sys.executable, "-m", "yemai.conf.prepare", *flags]
    return subprocess.run(command, preexec_fn=stop_with_parent, check=False).returncode  # noqa: S603 - our own module


def claimed(data: Path) -> TextIO:
    """Hold the data directory for one `yemai up`. Raises Misconfigured when another one has it."""
    handle = (data / "up.lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        raise Misconfigured(
            f"Another `yemai up` is already running from {data}. "
            "Stop it with Ctrl-C where it runs, or use another --data directory."
        ) from None
    return handle


def require_free(host: str, port: int) -> None:
    """Raise Misconfigured unless this address and port can be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was left a moment ago is free
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Misconfigured(
                f"Port {port} on {host} is taken or may not be used ({error.strerror}). "
                f"Stop the program that has it, or choose another with --port, such as --port {port % 64000 + 1}."
            ) from None


def answers(host: str, port: int) -> bool:
    """Does the web server say that it is ready?"""
    connection = http.client.HTTPConnection(_named(host).strip("[]"), port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _named(host: str) -> str:
    if host in ANY_HOST:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def welcome(address: str, cast: Sequence[Mapping[str, str]]) -> str:
    """What stands in the terminal once it serves: where it is, and the demo people when the town is the demo's."""
    lines = ["", f"叶脉 Yemai serves at {address}/    (Ctrl-C stops it)"]
    if cast:
        lines += ["", f"The town is invented. Its people sign in at {address}{SIGN_IN}", ""]
        lines += columns(cast, heads=CAST_HEADS)
    return "\n".join(lines) + "\n"
