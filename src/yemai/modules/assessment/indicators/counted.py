"""Named conditions on facts in a period: the numerators and denominators of the indicators (facts: `assessment.facts`).

Each is a function of (facts, period) giving a boolean column without empty values, or a whole number, that is summed.
Words and formulas follow GB/T 30428.4 and the practice of digital city management.
"""

from collections.abc import Callable

import ibis.expr.types as ir

from ..periods import Period

Counted = Callable[[ir.Table, Period], ir.Column]
NEAR = ("microgrid", "leader")
"""Rungs that lie inside the micro-grid: its workers, and its leader with the three teams."""


def _within(moment: ir.IntegerColumn, period: Period) -> ir.BooleanColumn:
    return ((moment >= period.start) & (moment < period.end)).fill_null(False)


def _by_the_end(moment: ir.IntegerColumn, period: Period) -> ir.BooleanColumn:
    return (moment < period.end).fill_null(False)


def _so(truth: ir.BooleanColumn) -> ir.BooleanColumn:
    return truth.fill_null(False)


# --- 上报, 立案 ---------------------------------------------------------------------------------------------------------


def reported(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """上报: reported in the period."""
    return _within(facts.reported_at, period)


def found_by_staff(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """Reported in the period by the collectors themselves (网格员上报)."""
    return reported(facts, period) & (facts.source == "field")


def valid_by_staff(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """有效上报: of those, taken up; a case voided later was taken up as well (有效上报 = 立案 + 作废)."""
    return found_by_staff(facts, period) & facts.is_filed


def found_and_disposed(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """发现处置: found by staff and solved by the end of the period."""
    return found_by_staff(facts, period) & (facts.outcome == "solved") & _by_the_end(facts.disposed_at, period)


def reported_and_filed(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """Reported in the period and taken up by its end."""
    return reported(facts, period) & _by_the_end(facts.filed_at, period)


def filed(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """立案: taken up in the period."""
    return _within(facts.filed_at, period)


def filed_in_time(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """按时立案."""
    return filed(facts, period) & _so(facts.filed_in_time)


def filed_rightly(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """准确立案: taken up and not voided afterwards."""
    return filed(facts, period) & ~facts.is_voided


def missed(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """漏报, 监督举报: taken up, proved true, and first said by the public."""
    return filed_rightly(facts, period) & facts.is_public


def filed_from_public(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """公众举报立案."""
    return filed(facts, period) & facts.is_public


# --- 核实, 核查 ---------------------------------------------------------------------------------------------------------


def verify_sent(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """A verification was asked for, in a case reported in the period."""
    return reported(facts, period) & facts.verify_sent_in_time.notnull()


def verify_sent_in_time(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """核实按时派发."""
    return reported(facts, period) & _so(facts.verify_sent_in_time)


def verify_asked(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """应核实."""
    return reported(facts, period) & facts.verified_in_time.notnull()


def verified_in_time(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """按时核实."""
    return reported(facts, period) & _so(facts.verified_in_time)


def check_sent(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """A check was asked for, of a disposal in the period."""
    return _within(facts.disposed_at, period) & facts.check_sent_in_time.notnull()


def check_sent_in_time(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """核查按时派发."""
    return _within(facts.disposed_at, period) & _so(facts.check_sent_in_time)


def check_asked(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """应核查."""
    return _within(facts.disposed_at, period) & facts.checked_in_time.notnull()


def checked_in_time(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """按时核查."""
    return _within(facts.disposed_at, period) & _so(facts.checked_in_time)


# --- 派遣 --------------------------------------------------------------------------------------------------------------


def dispatched(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """派遣: first given to a unit in the period."""
    return _within(facts.dispatched_at, period)


def dispatched_in_time(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """按时派遣."""
    return dispatched(facts, period) & _so(facts.dispatched_in_time)


def dispatched_right(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """准确派遣: the first unit was the right one."""
    return dispatched(facts, period) & _so(facts.dispatched_right)


# --- 处置, 结案 ---------------------------------------------------------------------------------------------------------


def due(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """应处置, 应结案: disposal falls due in the period; suspended and voided cases are left out."""
    return _within(facts.due_at, period) & ~facts.is_suspended & ~facts.is_voided


def disposed(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """处置: due, and disposed of by the end of the period."""
    return due(facts, period) & _by_the_end(facts.disposed_at, period)


def disposed_in_time(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """按期处置: decided when it was disposed of, never by a nightly job."""
    return disposed(facts, period) & ~facts.was_overdue


def left_overdue(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """超期待处置: due, and not disposed of when the period ended."""
    return due(facts, period) & ~_by_the_end(facts.disposed_at, period)


def extended(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """延期."""
    return due(facts, period) & (facts.extensions > 0)


def closed_of_due(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """结案, of those due."""
    return due(facts, period) & _by_the_end(facts.closed_at, period)


def closed_in_time(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """按期结案."""
    return closed_of_due(facts, period) & _so(facts.closed_in_time)


def reworked(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """返工."""
    return due(facts, period) & (facts.reworks > 0)


def closed(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """Closed in the period, whatever came of it."""
    return _within(facts.closed_at, period) & ~facts.is_voided


def settled_near(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """Solved inside the micro-grid: it never left its workers, leader and teams (小事一格解决)."""
    return closed(facts, period) & (facts.outcome == "solved") & facts.rung.isin(NEAR)


# --- the resident's word ----------------------------------------------------------------------------------------------


def called(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """有效回访: a resident answered in the period; the base of the three rates."""
    return _within(facts.scored_at, period) & facts.is_valid_call


def contacted(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """响应: and had been contacted."""
    return called(facts, period) & facts.was_contacted


def called_and_solved(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """解决: and the matter was solved."""
    return called(facts, period) & (facts.outcome == "solved")


def satisfied(facts: ir.Table, period: Period) -> ir.BooleanColumn:
    """满意: scored 4 or 5."""
    return called(facts, period) & _so(facts.score >= 4)


def satisfied_tenths(facts: ir.Table, period: Period) -> ir.IntegerColumn:
    """In tenths: 10 for a satisfied resident, 9 for one who said 基本满意 (score 3)."""
    near = called(facts, period) & _so(facts.score == 3)
    return satisfied(facts, period).cast("int32") * 10 + near.cast("int32") * 9


def called_tenths(facts: ir.Table, period: Period) -> ir.IntegerColumn:
    """有效回访 in tenths."""
    return called(facts, period).cast("int32") * 10
