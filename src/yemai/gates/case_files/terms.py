"""What a column of a file may mean, and the headings by which such columns are known."""

from django.utils.translation import gettext_lazy as _

FIELDS = {
    "external_ref": _("外部编号"),
    "title": _("标题"),
    "text": _("内容"),
    "reported_at": _("上报时间"),
    "place_text": _("地址"),
    "lon": _("经度"),
    "lat": _("纬度"),
    "category": _("类别代码或名称"),
    "name": _("姓名"),
    "phone": _("电话"),
}
HEADINGS: dict[str, tuple[str, ...]] = {
    "external_ref": ("id", "编号", "留言编号", "工单编号", "单号", "案卷号", "ref"),
    "title": ("topic", "title", "subject", "主题", "留言主题", "标题", "问题标题"),
    "text": ("text", "content", "body", "内容", "留言详情", "详情", "问题描述", "诉求内容", "描述"),
    "reported_at": ("time", "created", "reported_at", "时间", "留言时间", "上报时间", "来电时间", "受理时间"),
    "place_text": ("address", "place", "地址", "位置", "地点", "事发地址", "问题地址"),
    "lon": ("lon", "lng", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
    "category": ("category", "类别", "类别代码", "小类", "诉求类型"),
    "name": ("name", "姓名", "来电人", "联系人"),
    "phone": ("phone", "mobile", "电话", "手机", "联系电话", "来电号码"),
}
NEEDED = ("text",)
BACK = (_("退回原因"), _("原行号"))
"""The columns set behind a file's own where rows come back."""
CRS_NAMES = ("WGS84", "GCJ02", "BD09", "CGCS2000")
