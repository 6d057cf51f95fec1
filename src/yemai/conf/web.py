"""The web server's main process: loads everything once, then forks the processes that serve it.

Forked processes share what was loaded, so two of them start in the time and nearly in the room of one, and one that died is
back at once. Where Python does not fork by default (macOS, Python 3.14) each loads everything for itself.
"""

import argparse
import contextlib
import gc
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from yemai.conf.environment import Misconfigured

if TYPE_CHECKING:
    from yemai.conf.demo import CastRow

NEEDS_PREPARING = 3
"""Exit code: tables, town or static files are not ready to be served; `yemai.conf.prepare` sees to them."""


def main(arguments: Sequence[str]) -> int:
    """Serve until told to stop; ends with NEEDS_PREPARING before anything is served when it is not time yet."""
    parser = argparse.ArgumentParser(prog="yemai.conf.web")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--tell", type=int, required=True, help="file descriptor to say on who may sign in, as JSON")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yemai.conf.settings")
    try:
        cast = load()
    except Misconfigured as error:
        print(f"yemai up: {error}", file=sys.stderr)
        return 1
    if cast is None:
        return NEEDS_PREPARING
    with contextlib.suppress(OSError), os.fdopen(options.tell, "w") as parent:  # after the first time nobody listens
        json.dump({"cast": cast}, parent)
    serve(options)
    return 0


def load() -> "list[CastRow] | None":
    """Load the application with all its pages; the demo people (none in a real town), or None when not prepared."""
    import django

    django.setup()
    from django.db import connections
    from django.urls import get_resolver

    from yemai.conf import prepare

    if not prepare.is_prepared():
        return None
    cast = prepare.demo_cast()
    import yemai.conf.wsgi  # noqa: F401 - loaded for those that are forked

    _ = get_resolver().url_patterns
    connections.close_all()  # a connection must not be shared by two processes
    gc.collect()
    gc.freeze()
    return cast


def serve(options: argparse.Namespace) -> None:
    """granian by WSGI: processes of one thread, because a second thread only waits for the first."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, RuntimeModes
    from granian.log import LogLevels

    Granian(
        "yemai.conf.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=1,
        runtime_mode=RuntimeModes.st,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
