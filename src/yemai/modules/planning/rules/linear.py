"""The one place that speaks to the solver (HiGHS): linear programs that grow by columns, and whole-number programs."""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from .ground import Floats

SEED = 20260304
INFINITE = float(highspy.kHighsInf)


def _silent() -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor carries no types
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)  # one thread and one seed: the same question always gets the same answer
    solver.setOptionValue("random_seed", SEED)
    return solver


class Growing:
    """min cost.x over columns added one by one, x >= 0, rows between two bounds, prices held in a box.

    Missing or exceeding a boxed row by one costs `box`, so its price never leaves [-box, box]: while few columns are
    known, prices would else swing between extremes. As long as `is_boxed_in`, the least cost is too low; widen the box.
    """

    def __init__(self, low: Sequence[float], high: Sequence[float], box: Sequence[float]) -> None:
        self._solver = _silent()
        self._solver.setOptionValue("presolve", "off")
        self._box = list(box)
        for least, most in zip(low, high, strict=True):
            self._solver.addRow(least, most, 0, np.array([], dtype=np.int32), np.array([], dtype=np.float64))
        for row, cost in enumerate(box):
            for sign in (1.0, -1.0):
                self._solver.addCol(cost, 0.0, INFINITE, 1, np.array([row], dtype=np.int32), np.array([sign]))
        self.is_boxed_in = True

    def widen(self, factor: float) -> None:
        """Let prices go farther."""
        self._box = [factor * cost for cost in self._box]
        for row, cost in enumerate(self._box):
            self._solver.changeColCost(2 * row, cost)
            self._solver.changeColCost(2 * row + 1, cost)

    def add(self, cost: float, rows: Sequence[int]) -> None:
        """A column with ones in `rows`."""
        at = np.array(rows, dtype=np.int32)
        self._solver.addCol(cost, 0.0, INFINITE, len(at), at, np.ones(len(at)))

    def solve(self) -> tuple[float, Floats]:
        """The least cost and the price of each row. Raises ArithmeticError when the solver finds no optimum."""
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"no optimum: {self._solver.getModelStatus()}")
        found = self._solver.getSolution()
        self.is_boxed_in = max(found.col_value[: 2 * len(self._box)], default=0.0) > 1e-7
        return float(self._solver.getObjectiveValue()), np.array(found.row_dual)


@dataclass(frozen=True)
class Whole:
    """The best whole-number answer found, and a proven lower bound of its cost."""

    chosen: list[int]
    cost: float
    bound: float


def least_cost(
    costs: Sequence[float],
    columns: Sequence[Sequence[tuple[int, float]]],
    low: Sequence[float],
    high: Sequence[float],
    *,
    nodes: int = 20_000,
    seconds: float = INFINITE,
    start: Sequence[int] | None = None,
    continuous: Sequence[int] = (),
) -> Whole | None:
    """min cost.x, x in {0, 1}, rows between `low` and `high`; columns are lists of (row, coefficient).

    Stops after `nodes` of the search tree (repeatable) or `seconds` (not repeatable, a last resort); the bound then
    stays below the cost. Columns in `continuous` may take any value in [0, 1]. `start` is an answer to begin from.
    None when there is no answer; a cost of infinity when none was found in time.
    """
    model = highspy.HighsLp()
    count = len(costs)
    model.num_col_, model.num_row_ = count, len(low)
    model.col_cost_ = np.array(costs, dtype=float)
    model.col_lower_, model.col_upper_ = np.zeros(count), np.ones(count)
    model.row_lower_, model.row_upper_ = np.array(low, dtype=float), np.array(high, dtype=float)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.cumsum([0, *(len(column) for column in columns)])
    model.a_matrix_.index_ = np.array([row for column in columns for row, _ in column], dtype=np.int32)
    model.a_matrix_.value_ = np.array([value for column in columns for _, value in column], dtype=float)
    kinds = [highspy.HighsVarType.kInteger] * count
    for place in continuous:
        kinds[place] = highspy.HighsVarType.kContinuous
    model.integrality_ = kinds
    solver = _silent()
    for option, value in (
        ("mip_rel_gap", 1e-9),
        ("mip_abs_gap", 1e-6),
        ("mip_max_nodes", nodes),
        ("time_limit", seconds),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(model)
    if start is not None:
        given = highspy.HighsSolution()
        given.col_value = [1.0 if place in set(start) else 0.0 for place in range(count)]
        solver.setSolution(given)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        is_impossible = solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        return None if is_impossible else Whole([], INFINITE, -INFINITE)
    values = np.array(solver.getSolution().col_value)
    free = set(continuous)
    chosen = [place for place in np.flatnonzero(values > 0.5).tolist() if place not in free]
    cost = float(info.objective_function_value)
    return Whole(chosen, cost, min(cost, float(info.mip_dual_bound)))
