"""Pieces spread over processes: largest first, each with its part of the time, and a word whenever one is done."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from time import monotonic

from .linear import INFINITE
from .piece import Solved, solve
from .pricing import Group, Piece

Told = Callable[[int, int], None]
"""Called with the pieces done and the pieces in all."""


@dataclass(frozen=True)
class Task:
    """One piece, a division to begin with, and its part of the time that is left when its turn comes."""

    piece: Piece
    start: list[Group]
    until: float = INFINITE
    share: float = 1.0


def spread(
    tasks: Sequence[tuple[Piece, list[Group]]], *, workers: int, until: float = INFINITE, told: Told | None = None
) -> list[Solved]:
    """What was found, in the order of `tasks`, whoever found it.

    `until` is a reading of the monotonic clock. Work grows faster than the number of buildings: their square shares out
    the time, so that the last piece is not left with none of it.
    """
    order = sorted(range(len(tasks)), key=lambda at: -len(tasks[at][0].households))
    work = [float(len(tasks[at][0].households)) ** 2 for at in order]
    turns = [
        Task(*tasks[at], until, min(1.0, workers * work[turn] / sum(work[turn:]))) for turn, at in enumerate(order)
    ]
    found: dict[int, Solved] = {}
    tell = told or (lambda _done, _total: None)
    if workers < 2 or len(tasks) < 2:
        for at, turn in zip(order, turns, strict=True):
            found[at] = solve_in_turn(turn)
            tell(len(found), len(tasks))
        return [found[at] for at in range(len(tasks))]
    # Spawned, not forked: a worker process holds database connections and threads that a fork would tear.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        asked = {pool.submit(solve_in_turn, turn): at for at, turn in zip(order, turns, strict=True)}
        for done in as_completed(asked):
            found[asked[done]] = done.result()
            tell(len(found), len(tasks))
    return [found[at] for at in range(len(tasks))]


def solve_in_turn(task: Task) -> Solved:
    """The clock is read when the turn comes, in whichever process; it is the same for all of them."""
    if task.until >= INFINITE:
        return solve(task.piece, task.start)
    now = monotonic()
    return solve(task.piece, task.start, until=now + max(0.0, task.until - now) * task.share)
