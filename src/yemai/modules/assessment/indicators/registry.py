"""Every indicator by its key: what it is called, what is divided by what, and where the definition comes from."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from . import counted
from .counted import Counted

DIGITAL_CITY = _("GB/T 30428 数字化城市管理：绩效评价")
HOTLINE_A = _("接诉即办三率（北京某区口径，上月19日至本月18日）")
HOTLINE_B = _("接诉即办三率（自然月口径）")
PRACTICE = _("微网格实践")


class Better(StrEnum):
    """Which way is good."""

    MORE = "more"
    LESS = "less"


@dataclass(frozen=True)
class Indicator:
    """A rate (numerator ÷ denominator, both summed over the facts of the period) or, without a denominator, a count.

    A rate with nothing to divide by has no value (无数据): never 0 % and never 100 %.
    """

    key: str
    label: Any
    numerator: Counted
    denominator: Counted | None
    formula: Any
    basis: Any = DIGITAL_CITY
    better: Better = Better.MORE
    scale: int = 1
    """What one case adds to the denominator; 10 where a numerator is counted in tenths, so that it stays whole."""

    @property
    def is_rate(self) -> bool:
        """Is something divided?"""
        return self.denominator is not None


def _less(key: str, label: Any, above: Counted, below: Counted, formula: Any, basis: Any = DIGITAL_CITY) -> Indicator:
    return Indicator(key, label, above, below, formula, basis, Better.LESS)


ALL = (
    # --- counts
    Indicator("reported", _("上报数"), counted.reported, None, _("周期内上报")),
    Indicator("filed", _("立案数"), counted.filed, None, _("周期内立案")),
    Indicator("dispatched", _("派遣数"), counted.dispatched, None, _("周期内首次派遣")),
    Indicator("due", _("应处置数"), counted.due, None, _("处置到期日在周期内，不含挂账和作废")),
    Indicator("closed", _("结案数"), counted.closed, None, _("周期内结案，不含作废")),
    # --- 处置, 结案
    Indicator("disposal", _("处置率"), counted.disposed, counted.due, _("处置 ÷ 应处置")),
    Indicator("disposal_in_time", _("按期处置率"), counted.disposed_in_time, counted.due, _("按期处置 ÷ 应处置")),
    _less("left_overdue", _("超期待处置率"), counted.left_overdue, counted.due, _("超期待处置 ÷ 应处置")),
    _less("extension", _("延期率"), counted.extended, counted.due, _("延期 ÷ 应处置")),
    Indicator("closing", _("结案率"), counted.closed_of_due, counted.due, _("结案 ÷ 应结案")),
    Indicator("closing_in_time", _("按期结案率"), counted.closed_in_time, counted.due, _("按期结案 ÷ 应结案")),
    _less("rework", _("返工率"), counted.reworked, counted.due, _("返工 ÷ 应结案")),
    # --- 立案, 派遣
    Indicator("filing", _("立案率"), counted.reported_and_filed, counted.reported, _("立案 ÷ 上报")),
    Indicator("filing_in_time", _("按时立案率"), counted.filed_in_time, counted.filed, _("按时立案 ÷ 立案")),
    Indicator("filing_right", _("准确立案率"), counted.filed_rightly, counted.filed, _("(立案 − 作废) ÷ 立案")),
    Indicator("dispatch_in_time", _("按时派遣率"), counted.dispatched_in_time, counted.dispatched, _("按时派遣 ÷ 派遣")),
    Indicator("dispatch_right", _("准确派遣率"), counted.dispatched_right, counted.dispatched, _("准确派遣（首派单位即处置单位）÷ 派遣")),
    # --- 上报, 核实, 核查
    Indicator("valid_report", _("有效上报率"), counted.valid_by_staff, counted.found_by_staff, _("有效上报 ÷ 上报")),
    _less("missed", _("漏报率"), counted.missed, counted.filed, _("公众先报且属实 ÷ 立案")),
    _less("public_report", _("监督举报率"), counted.missed, counted.filed, _("公众举报属实 ÷ 立案")),
    Indicator("public_share", _("公众举报占比"), counted.filed_from_public, counted.filed, _("公众举报立案 ÷ 立案")),
    Indicator("verify_sent_in_time", _("核实按时派发率"), counted.verify_sent_in_time, counted.verify_sent, _("核实按时派发 ÷ 核实派发")),
    Indicator("verified_in_time", _("按时核实率"), counted.verified_in_time, counted.verify_asked, _("按时核实 ÷ 应核实")),
    Indicator("check_sent_in_time", _("核查按时派发率"), counted.check_sent_in_time, counted.check_sent, _("核查按时派发 ÷ 核查派发")),
    Indicator("checked_in_time", _("按时核查率"), counted.checked_in_time, counted.check_asked, _("按时核查 ÷ 应核查")),
    # --- 三率
    Indicator("response", _("响应率"), counted.contacted, counted.called, _("已联系 ÷ 有效回访"), HOTLINE_A),
    Indicator("solution", _("解决率"), counted.called_and_solved, counted.called, _("已解决 ÷ 有效回访"), HOTLINE_A),
    Indicator("satisfaction_a", _("满意率（基本满意计九成）"), counted.satisfied_tenths, counted.called_tenths, _("(满意 + 0.9 × 基本满意) ÷ 有效回访"), HOTLINE_A, scale=10),
    Indicator("satisfaction_b", _("满意率"), counted.satisfied, counted.called, _("满意 ÷ 有效回访"), HOTLINE_B),
    # --- 微网格
    Indicator("found_disposed", _("发现处置率"), counted.found_and_disposed, counted.found_by_staff, _("网格员发现且已解决 ÷ 网格员上报"), PRACTICE),
    Indicator("settled_near", _("一格解决率"), counted.settled_near, counted.closed, _("在微网格内解决 ÷ 结案"), PRACTICE),
)  # fmt: skip
INDICATORS: dict[str, Indicator] = {one.key: one for one in ALL}
