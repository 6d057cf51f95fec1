"""What the rules' own words mean to a planner."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from .rules.division import Doubt, Verdict
from .rules.joint_branches import Reason

DOUBTS = {
    Doubt.ALONE: lazy("一栋楼就超过上限，单独成组"),
    Doubt.OUT_OF_REACH: lazy("走得到的地方总共不足下限"),
    Doubt.NO_OTHER_WAY: lazy("已证明：怎么分都避不开这个偏小的组"),
    Doubt.NONE_FOUND: lazy("偏小，没有找到更好的分法，也没有证明没有"),
    Doubt.BELOW: lazy("手工调整后低于下限"),
    Doubt.ABOVE: lazy("手工调整后高于上限"),
}
REASONS = {
    Reason.OWN: lazy("单独建支部"),
    Reason.JOINT: lazy("联合建支部"),
    Reason.ATTACHED: lazy("并入邻近支部"),
    Reason.TOO_FAR: lazy("附近凑不足三人，请上级研究"),
}
SOURCE = lazy(
    "依据：《中国共产党支部工作条例（试行）》关于党支部设置的规定：正式党员三人以上成立党支部，一般不超过五十人；不足三人的与邻近单位联合组建，联合党支部覆盖单位一般不超过五个。"
)


def percent(share: float | None) -> str:
    """A share as people read it: 12.3%."""
    return "" if share is None else f"{100 * share:.1f}%"


def proof_words(score: Mapping[str, Any], is_hand: bool) -> str:
    """One sentence on what is proven of a plan."""
    gap, verdict = score.get("gap"), score.get("verdict")
    if gap is None:
        return _("手工调整后有组不连片或超出户数范围，或没有可用的界限：没有证明离最好差多少。")
    if verdict == Verdict.OPTIMAL:
        said = _("已证明最优：没有更好的连片分法。")
    elif verdict == Verdict.WITHIN:
        said = _("已证明：与最好的分法相差不超过 %(gap)s。") % {"gap": percent(gap)}
    else:
        said = _("没有证明：%(pieces)d 个片区中有 %(open)d 个没有算到可以下结论的程度；合计与界限相差 %(gap)s。") % {
            "pieces": score.get("pieces", 1), "open": score.get("open", 1), "gap": percent(gap),
        }  # fmt: skip
    if score.get("is_cut"):
        said += _("楼栋太多，先按道路和距离切成片区再分别求解；界限是对各片区说的，跨片区的分法可能更好。")
    if is_hand:
        said += _("界限取自它所复制的方案。")
    return said
