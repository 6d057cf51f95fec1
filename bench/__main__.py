"""What is measured here: `python -m bench` lists it, `python -m bench NAME [options]` runs one and prints what it found.

`./dev bench [NAME ...]` runs those named, or all, as they are without options, and keeps what each found in
`bench/results/NAME.json` with the day and the machine; docs/performance.md tells it.
"""

import ast
import importlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def benches() -> dict[str, str]:
    """Each by its name with the sentence it opens with: the modules beside this one that have a `run`."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        module = ast.parse(path.read_text("utf-8"))
        if any(isinstance(one, ast.FunctionDef) and one.name == "run" for one in module.body):
            found[path.stem] = (ast.get_docstring(module) or "").partition("\n")[0]
    return found


def keep(name: str) -> Path:
    """Run a bench and keep what it found; the file."""
    load, started = os.getloadavg(), datetime.now(UTC)
    found = importlib.import_module(f"bench.{name}").run()
    kept = {
        "bench": name,
        "at": f"{started:%Y-%m-%dT%H:%MZ}",
        "minutes": round((datetime.now(UTC) - started).total_seconds() / 60, 1),
        "machine": {
            "cores": os.cpu_count(),
            "memory, GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "load before": round(load[0], 1),
            "python": platform.python_version(),
        },
        "found": found,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def keep_all(names: Sequence[str]) -> int:
    """Each in a process of its own, because settings and database are chosen once for a process; 1 where one failed."""
    failed = []
    for name in names:
        print(f"== {name}", flush=True)
        command = [sys.executable, "-c", f"from bench.__main__ import keep; print(keep({name!r}))"]
        if subprocess.run(command, check=False).returncode:  # noqa: S603 - ourselves
            failed.append(name)
    print(f"FAILED: {', '.join(failed)}" if failed else "All of it ran.")
    return 1 if failed else 0


def main(arguments: Sequence[str]) -> None:
    """From the command line. Leaves with 2 where there is no such bench."""
    known = benches()
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__, *(f"  {name:<12}{sentence}" for name, sentence in known.items()), sep="\n")
        return
    name, *options = arguments
    is_kept = name == "--keep"
    wanted = (options or list(known)) if is_kept else [name]
    if missing := [one for one in wanted if one not in known]:
        print(f"There is no bench {', '.join(missing)}. There are: {', '.join(known)}.", file=sys.stderr)
        raise SystemExit(2)
    if is_kept:
        raise SystemExit(keep_all(wanted))
    bench = importlib.import_module(f"bench.{name}")
    if hasattr(bench, "main"):
        bench.main(options)
    else:
        for figure, value in bench.run().items():
            print(f"{figure}: {value}")


if __name__ == "__main__":
    main(sys.argv[1:])
