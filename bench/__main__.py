"""What is measured here: `python -m bench` lists it, `python -m bench NAME [options]` runs one."""

import ast
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path


def benches() -> dict[str, str]:
    """Each by its name with the sentence it opens with: the modules beside this one that have a `run`."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        module = ast.parse(path.read_text("utf-8"))
        if any(isinstance(one, ast.FunctionDef) and one.name == "run" for one in module.body):
            found[path.stem] = (ast.get_docstring(module) or "").partition("\n")[0]
    return found


def main(arguments: Sequence[str]) -> None:
    """From the command line. Leaves with 2 where there is no such bench."""
    known = benches()
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__, *(f"  {name:<12}{sentence}" for name, sentence in known.items()), sep="\n")
        return
    name, *options = arguments
    if name not in known:
        print(f"There is no bench {name}. There are: {', '.join(known)}.", file=sys.stderr)
        raise SystemExit(2)
    bench = importlib.import_module(f"bench.{name}")
    if hasattr(bench, "main"):
        bench.main(options)
    else:
        for figure, value in bench.run().items():
            print(f"{figure}: {value}")


if __name__ == "__main__":
    main(sys.argv[1:])
