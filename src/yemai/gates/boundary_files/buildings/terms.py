"""The words of taking buildings in: what a column may mean, what may be wrong with a row, what ticking it does."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

FIELDS = {
    "estate": _("小区"), "name": _("楼栋"), "code": _("楼栋编码"), "address": _("地址"), "households": _("户数"),
    "floors": _("层数"), "units": _("单元"), "lon": _("经度"), "lat": _("纬度"), "grid_code": _("微网格编码"),
    "grid_name": _("微网格名称"), "community": _("村居"),
}  # fmt: skip
"""What a column may hold; only the building's name is needed."""
HEADINGS: dict[str, tuple[str, ...]] = {
    "estate": (
        "小区", "小区名称", "小区名", "所属小区", "所在小区", "住宅小区", "居民小区", "楼盘", "楼盘名称", "estate", "estate_name",
        "compound",
    ),
    "name": (
        "楼栋", "楼栋名称", "楼栋名", "楼栋号", "楼号", "楼幢", "楼幢号", "幢", "幢号", "栋", "栋号", "号楼", "座", "座号", "楼名",
        "楼宇", "楼宇名称", "楼宇号", "建筑名称", "建筑物名称", "房屋名称", "building", "building_name", "building_no", "楼栋编号",
        "楼幢编号", "楼宇编号", "名称", "name",
    ),
    "code": (
        "楼栋编码", "楼栋代码", "楼幢编码", "楼幢代码", "楼宇编码", "建筑编码", "建筑物编码", "building_code", "楼栋编号", "楼幢编号",
        "楼宇编号", "编码", "代码", "code",
    ),
    "address": ("地址", "详细地址", "标准地址", "门牌地址", "门牌号", "门牌", "坐落", "房屋坐落", "楼栋地址", "address"),
    "households": ("户数", "总户数", "住户数", "居民户数", "常住户数", "households"),
    "floors": ("层数", "总层数", "楼层数", "楼层", "地上层数", "floors", "levels", "storeys"),
    "units": ("单元数", "单元", "单元号", "单元名称", "单元个数", "楼道", "楼道数", "门洞", "门洞数", "units", "entrances"),
    "lon": ("经度", "东经", "lon", "lng", "long", "longitude", "东坐标", "横坐标"),
    "lat": ("纬度", "北纬", "lat", "latitude", "北坐标", "纵坐标"),
    "grid_code": (
        "微网格编码", "微网格代码", "微网格编号", "网格编码", "网格代码", "网格编号", "grid_code", "node_code", "microgrid_code",
    ),
    "grid_name": (
        "微网格", "微网格名称", "所属微网格", "所在微网格", "网格", "网格名称", "所属网格", "所在网格", "grid", "grid_name",
        "microgrid",
    ),
    "community": ("村居", "社区", "村", "行政村", "所属社区", "所属村居", "所在社区", "社区名称", "community", "village"),
}  # fmt: skip
"""Headings by which a column is known, the plainest first; as `reading.plain` writes them."""


class Doubt(TextChoices):
    """What may be wrong with a row. Nothing is guessed: a row with a doubt waits for a person."""

    NO_NAME = "no-name", _("没有楼栋名称")
    TOO_LONG = "too-long", _("文字太长")
    NO_ESTATE = "no-estate", _("小区一栏空着")
    SAME_BUILDING = "same-building", _("同一栋楼出现两次")
    BY_UNIT = "by-unit", _("同一栋楼按单元分成几行")
    SAME_CODE = "same-code", _("楼栋编码重复")
    MISMATCH = "mismatch", _("与已有楼栋对不上")
    SPREAD = "spread", _("同名小区分在几个村居")
    UNKNOWN_GRID = "unknown-grid", _("没有这个微网格")
    SAME_GRID = "same-name-grids", _("几个微网格同名")
    NO_PLACE = "no-place", _("没有微网格，也没有经纬度")
    BAD_POINT = "bad-point", _("经纬度读不懂或不在地球上")
    BAD_SHAPE = "bad-shape", _("轮廓不是完好的面")
    OUTSIDE = "outside", _("不在任何微网格里")
    EDGE = "edge", _("在微网格边界上")
    OVERLAP = "overlap", _("在两个微网格重叠处")
    MISPLACED = "misplaced", _("不在所填的微网格里")
    MOVED = "moved", _("已有楼栋要换微网格")
    HOUSEHOLDS = "bad-households", _("户数不是数字")
    FLOORS = "bad-floors", _("层数不是数字")
    UNITS = "bad-units", _("单元读不懂")


ADVICE = {
    Doubt.NO_NAME: _("请在表格里补上楼栋名称；合计、说明等行不会写入。"),
    Doubt.TOO_LONG: _("小区、楼栋、地址最多 80 个字，编码最多 40 个字，请改短。"),
    Doubt.NO_ESTATE: _("请补上小区；没有小区的独立楼栋请写“无”。"),
    Doubt.SAME_BUILDING: _("只写入先出现的一行。请删去多余的行，或改正楼栋号。"),
    Doubt.BY_UNIT: _("请合并成一行，或勾选合并：户数相加，每行一个单元。"),
    Doubt.SAME_CODE: _("一个编码只能属于一栋楼，请改正。"),
    Doubt.MISMATCH: _("请与系统里的楼栋核对后改正表格。"),
    Doubt.SPREAD: _("如果是不同的小区，请把名称写得能区分；如果是同一个小区，请勾选。"),
    Doubt.UNKNOWN_GRID: _("请改正编码或名称。18 位编码在 Excel 里要设为文本，否则末几位会变成 0。"),
    Doubt.SAME_GRID: _("请填微网格编码，或加一列村居。"),
    Doubt.NO_PLACE: _("请填微网格编码、名称，或填经纬度。"),
    Doubt.BAD_POINT: _("请检查坐标系、经度与纬度是否写反，格式应如 120.6187。"),
    Doubt.BAD_SHAPE: _("请在制图软件里修好后重新导出，或勾选按实际围成的面重组。"),
    Doubt.OUTSIDE: _("请检查坐标系和经纬度，或先画出这里的微网格，或填明属于哪个微网格。"),
    Doubt.EDGE: _("请填明属于哪个微网格，或勾选采用建议的一个。"),
    Doubt.OVERLAP: _("请填明属于哪个微网格，或勾选采用建议的一个，并改正重叠的边界。"),
    Doubt.MISPLACED: _("请核对微网格和坐标（坐标系是否选对），或勾选以所填微网格为准。"),
    Doubt.MOVED: _("请核对，或勾选移到文件所说的微网格；门牌码随楼栋走。"),
    Doubt.HOUSEHOLDS: _("请改成数字，或勾选不写户数。"),
    Doubt.FLOORS: _("请改成数字，或勾选不写层数。"),
    Doubt.UNITS: _("请写成 3，或 1单元、2单元，或勾选不写单元。"),
}  # fmt: skip
"""What a person does about it."""
REMEDIES = {
    Doubt.NO_ESTATE: _("沿用上一行的小区"),
    Doubt.BY_UNIT: _("合并成一栋，户数相加"),
    Doubt.SPREAD: _("是同一个小区"),
    Doubt.BAD_SHAPE: _("按实际围成的面重组"),
    Doubt.EDGE: _("采用建议的微网格"),
    Doubt.OVERLAP: _("采用建议的微网格"),
    Doubt.MISPLACED: _("以所填的微网格为准"),
    Doubt.MOVED: _("移到文件所说的微网格"),
    Doubt.HOUSEHOLDS: _("不写户数，其余照写"),
    Doubt.FLOORS: _("不写层数，其余照写"),
    Doubt.UNITS: _("不写单元，其余照写"),
}
"""What ticking a doubt does. What has none must be mended in the file."""


@dataclass(frozen=True)
class Finding:
    """One thing to look at. `row` as the file shows it (1 is its first line); the point is WGS-84."""

    doubt: Doubt
    row: int
    who: str
    text: str = ""
    lon: float | None = None
    lat: float | None = None

    @property
    def key(self) -> str:
        """By which it is known again when the same file is read once more."""
        return f"{self.doubt.value}:{self.row}"
