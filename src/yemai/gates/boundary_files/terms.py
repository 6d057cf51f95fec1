"""The words of surveying boundaries: what may be wrong with them, and what would mend it."""

from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Doubt(TextChoices):
    """What a survey may find; in this order they are mended, since one repair makes way for the next."""

    NO_SHAPE = "no-shape", _("没有边界")
    OFF_EARTH = "off-earth", _("坐标不在地球上")
    NO_CODE = "no-code", _("没有代码")
    SAME_CODE = "same-code", _("代码重复")
    CROSSING = "self-crossing", _("边界自相交")
    SAME_SHAPE = "same-shape", _("边界重复")
    OUTSIDE = "outside-parent", _("超出上级边界")
    OVERLAP = "overlap", _("相互重叠")
    SLIVER = "sliver", _("细缝重叠")
    GAP = "gap", _("中间有空白")
    HOLE = "hole", _("内部有洞")
    ORPHAN = "orphan", _("找不到上级")
    PREFIX = "wrong-prefix", _("代码与上级不符")


class Repair(TextChoices):
    """What is proposed; only `none` needs a person to think."""

    NONE = "none", _("请人工处理")
    UNTANGLE = "untangle", _("按实际围成的面重组")
    DROP = "drop", _("只保留第一个")
    CLIP = "clip", _("裁到上级边界之内")
    CUT = "cut", _("重叠部分归代码小的一方")
    GIVE = "give", _("空白归共边最长的相邻一方")
    FILL = "fill", _("把洞填上")


REPAIRS = {
    Doubt.SAME_CODE: Repair.DROP, Doubt.CROSSING: Repair.UNTANGLE, Doubt.SAME_SHAPE: Repair.DROP,
    Doubt.OUTSIDE: Repair.CLIP, Doubt.OVERLAP: Repair.CUT, Doubt.SLIVER: Repair.CUT, Doubt.GAP: Repair.GIVE,
    Doubt.HOLE: Repair.FILL,
}  # fmt: skip
BARRING = frozenset({Doubt.OFF_EARTH, Doubt.NO_CODE, Doubt.SAME_CODE, Doubt.CROSSING, Doubt.ORPHAN})
"""A row (of two, the later one) that has one of these is not laid before it is mended."""


@dataclass(frozen=True)
class Finding:
    """One thing to look at. `rows` are places in the file from 0, the one to be mended last; the point is WGS-84."""

    doubt: Doubt
    rows: tuple[int, ...]
    lon: float | None = None
    lat: float | None = None
    square_metres: float = 0.0
    text: str = ""
    neighbours: tuple[int, ...] = field(default=())

    @property
    def repair(self) -> Repair:
        """What would mend it."""
        return REPAIRS.get(self.doubt, Repair.NONE)

    @property
    def bars(self) -> bool:
        """Whether its last row can't be laid as it is."""
        return self.doubt in BARRING
