"""The parameters by name, what each is called, its default and the basis of that default."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Declared:
    """A parameter the code asks for: its label, its default and where the default comes from."""

    label: Any
    default: Any
    basis: Any


DIGITAL_CITY = _("数字化城市管理的通行做法（GB/T 30428）")
OURS = _("本系统的建议值")
DECLARED: dict[str, Declared] = {
    "demo_town": Declared(_("演示镇"), False, OURS),
    "work_hours": Declared(_("工作时间"), [["08:00", "12:00"], ["14:00", "18:00"]], DIGITAL_CITY),
    "stage_limits": Declared(
        _("环节时限（工作分钟）"), {"intake": 15, "dispatch": 15, "verify": 30, "check": 30}, DIGITAL_CITY
    ),
    "default_disposal": Declared(_("默认处置时限"), "4WH", DIGITAL_CITY),
    "lamp": Declared(_("黄灯比例"), 0.8, DIGITAL_CITY),
    "extension": Declared(_("延期次数"), {"times": 2}, DIGITAL_CITY),
    "suspension": Declared(_("挂账最长天数"), {"days": 365}, DIGITAL_CITY),
    "duplicate": Declared(_("重复判断"), {"metres": 50, "hours": 24}, DIGITAL_CITY),
    "alike": Declared(_("登记时查同类事件：天数、米数"), {"days": 30, "metres": 300}, OURS),
    "hot_issues": Declared(
        _("热点问题：天数、最多件数、起算件数、相似度、米数"),
        {"days": 365, "most": 5000, "least": 3, "likeness": 0.07, "metres": 1000},
        OURS,
    ),
    "rating_window_days": Declared(_("评价期（天）"), 7, OURS),
    "score_link_days": Declared(_("评价链接有效期（天）"), 7, OURS),
    "photo": Declared(_("照片"), {"max_bytes": 15_000_000, "max_edge": 1600}, OURS),
    "quiet_hours": Declared(_("免打扰时间"), {"from": "21:00", "to": "07:30"}, OURS),
    "contact_keep_days": Declared(
        _("联系方式保留（天）"), 365, _("个人信息保护法第十九条：保存期限为实现处理目的所必要的最短时间")
    ),
    "three_rates": Declared(_("三率：基本满意按多少计"), {"fair": 0.9}, _("接诉即办三率；自然月口径填 0")),
    "star_bands": Declared(_("星级线：从多少分起几星"), [[95, 5], [90, 4], [80, 3], [70, 2], [60, 1], [0, 0]], OURS),
    "star_allowances": Declared(
        _("每季补贴（分）：按星级"), {"5": 90000, "4": 75000, "3": 60000, "2": 40000, "1": 20000, "0": 0}, OURS
    ),
    "hotline_classes": Declared(_("热线反馈时限"), ["2UH", "1UD", "7ND", "15ND"], _("北京 12345 地方标准（2023）")),
}
