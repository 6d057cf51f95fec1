"""What every figure of a judgement stands on: the data's hash, the command, and how far chance alone would move it."""

import hashlib
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

DRAWS = 2_000
SEED = 20261123


def source(name: str) -> Path:
    """A file of real input beside the checkout, or where YEMAI_SHARED_DATA says. Leaves with 2 where it is absent."""
    room = Path(os.environ.get("YEMAI_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not (room / name).exists():
        print(f"{name} is not in {room}: name its directory in YEMAI_SHARED_DATA.", file=sys.stderr)
        raise SystemExit(2)
    return room / name


def standing(bench: str, *paths: Path, options: Sequence[str] = ()) -> dict[str, str]:
    """The command that gives the figures and the first 16 hex digits of each file's SHA-256."""
    command = shlex.join(["python", "-m", "bench", bench, *options])
    return {"command": command} | {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in paths}


def interval(
    measure: Callable[[np.ndarray[Any, Any]], float], count: int, *, draws: int = DRAWS, share: float = 0.95
) -> tuple[float, float, float]:
    """`measure` of all rows, and the bounds between which `share` of `draws` resamples lie (percentile bootstrap).

    `measure` takes the row numbers of one resample, shape (count,). Resamples where it is undefined (nan) are left out.
    """
    chance = np.random.default_rng(SEED)
    found = np.array([measure(chance.integers(0, count, count)) for _ in range(draws)])
    found = found[~np.isnan(found)]
    low, high = np.quantile(found, [(1 - share) / 2, (1 + share) / 2])
    return measure(np.arange(count)), float(low), float(high)


def shown(figure: tuple[float, float, float], digits: int = 3) -> str:
    """A figure as people read it: 0.912 (0.905-0.919)."""
    return "{:.{d}f} ({:.{d}f}-{:.{d}f})".format(*figure, d=digits)
