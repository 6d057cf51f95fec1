"""The one table every indicator is counted on: a row per case, flat, the same in the database and in Parquet.

Moments are seconds since 1970 UTC, so that every engine compares them alike; durations are minutes by the clock.
People and units stand as their numbers, never by name; what a resident said or is called is not here.
"""

from dataclasses import dataclass
from enum import StrEnum

MOMENTS = ("reported_at", "filed_at", "dispatched_at", "due_at", "disposed_at", "closed_at", "scored_at")
"""What a fact may do in a period; the first of them comes first, the last is kept as `last_at`, so that facts that lie
wholly before or after a period are passed over without being read."""
LEVELS = 6
"""Tiers of the ground that a row names, from the town (`node_1`) down; the ladder of a place may be shorter."""


class Type(StrEnum):
    """How a column is kept: a whole number, a truth, or a short word of our own lists."""

    NUMBER = "int64"
    TRUTH = "boolean"
    WORD = "string"


@dataclass(frozen=True)
class Column:
    """One column: its name, how it is kept, whether it may be empty, and what it says."""

    name: str
    type: Type
    says: str
    is_nullable: bool = False


def _number(name: str, says: str, *, nullable: bool = False) -> Column:
    return Column(name, Type.NUMBER, says, nullable)


def _truth(name: str, says: str, *, nullable: bool = False) -> Column:
    return Column(name, Type.TRUTH, says, nullable)


def _word(name: str, says: str) -> Column:
    return Column(name, Type.WORD, says)


COLUMNS: tuple[Column, ...] = (
    _number("case_id", "the case"),
    # --- where, what, from whom
    *(_number(f"node_{n}", f"the ground it lies in at tier {n}", nullable=True) for n in range(1, LEVELS + 1)),
    _number("category_id", "its class", nullable=True),
    _word("kind", "E event, C component, S service; empty without a class"),
    _word("source", "resident, field, call, visit, import, api"),
    _truth("is_public", "reported by the public, not found by staff (公众举报)"),
    _truth("is_excluded", "left out of assessment: an upheld appeal of the case (案卷申诉), a test, a merged case"),
    # --- where it stands
    _word("stage", "as in the loop"),
    _word("rung", "how high it has been handed up"),
    _word("outcome", "solved, partly_solved, not_solved, not_within_powers; empty while open"),
    _truth("is_open", "neither closed, merged nor voided"),
    _truth("is_suspended", "at 挂账 now"),
    _truth("is_filed", "taken up (立案): accepted, taken or assigned at least once"),
    _truth("is_voided", "rejected or voided (作废)"),
    _truth("is_disposed", "feedback was given that passed or waits for its check (处置)"),
    _truth("was_overdue", "disposal ended after its due time, or is open past it as last seen"),
    # --- when
    _number("reported_at", "上报"),
    _number("filed_at", "立案", nullable=True),
    _number("dispatched_at", "first given to a unit (派遣)", nullable=True),
    _number("due_at", "disposal falls due (处置到期)", nullable=True),
    _number("clock_due_at", "the clock that runs now falls due", nullable=True),
    _number("disposed_at", "处置完成", nullable=True),
    _number("closed_at", "结案", nullable=True),
    _number("scored_at", "评价", nullable=True),
    _number("last_at", "the last of these moments that a period asks for (`MOMENTS`)"),
    _number("disposal_minutes", "from the start of the clock to disposal, pauses left out", nullable=True),
    # --- stages in time (环节); empty where the stage was not asked for
    _truth("filed_in_time", "按时立案", nullable=True),
    _truth("dispatched_in_time", "按时派遣", nullable=True),
    _truth("dispatched_right", "准确派遣: the first unit was the one that disposed of it", nullable=True),
    _truth("verify_sent_in_time", "核实按时派发, by intake", nullable=True),
    _truth("verified_in_time", "按时核实", nullable=True),
    _truth("check_sent_in_time", "核查按时派发", nullable=True),
    _truth("checked_in_time", "按时核查", nullable=True),
    _truth("closed_in_time", "按期结案: disposed of in time, and checked within its limit of when disposal was due", nullable=True),
    # --- how often
    _number("returns", "退单"),
    _number("reworks", "返工"),
    _number("extensions", "延期"),
    _number("reopens", "重办"),
    _number("reminders", "催办"),
    # --- the resident's word
    _truth("was_asked", "somebody was asked for a score (回访)"),
    _truth("is_valid_call", "and answered: the base of the three rates (有效回访)"),
    _truth("was_contacted", "and had been answered or called before (响应)"),
    _number("score", "1-5", nullable=True),
    # --- who
    _number("finder_id", "who found it, or whose ground it was when the public did: the collector (监督员/微网格员)", nullable=True),
    _number("intake_id", "受理员", nullable=True),
    _number("duty_id", "值班长: who filed it", nullable=True),
    _number("dispatcher_id", "派遣员", nullable=True),
    _number("first_unit_id", "the first lead unit", nullable=True),
    _number("lead_unit_id", "the lead unit at the end (主办)", nullable=True),
    _number("handler_id", "处置人", nullable=True),
    _number("verifier_id", "核实人", nullable=True),
    _number("checker_id", "核查人", nullable=True),
)  # fmt: skip
BY_NAME = {column.name: column for column in COLUMNS}
