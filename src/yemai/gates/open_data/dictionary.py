"""What every column of the open data says (数据字典)."""

from typing import Any

import pyarrow as pa
from django.utils.translation import gettext_lazy as _

from yemai.modules.assessment.indicators.registry import ALL
from yemai.modules.cases.terms import Outcome, Source

from .cases import DAYS

TITLES = {"cases": _("事件（匿名）"), "indicators": _("指标")}
COLUMNS: dict[str, dict[str, tuple[Any, Any]]] = {
    "cases": {
        "month": (_("上报月份"), _("年-月")),
        "community_code": (_("社区代码"), _("事发地所属的第二级单元；空着是全镇中的某处")),
        "community": (_("社区"), _("事发地所属的第二级单元；空着是全镇中的某处")),
        "major_code": (_("大类代码"), _("部件 C、事件 E、诉求 S，加两位大类")),
        "major": (_("大类"), _("空着是不公布或未分类")),
        "category_code": (_("小类代码"), _("大类代码加两位小类")),
        "category": (_("小类"), _("空着是不公布或未分类")),
        "source": (_("来源"), _("空着是不公布")),
        "status": (_("状态"), _("公布时的状态")),
        "outcome": (_("处置结果"), _("空着是尚未处置")),
        "days": (_("办结天数"), _("从上报到结案，按天分段；空着是未结案")),
        "disposed_in_time": (_("按期处置"), _("空着是尚未处置")),
    },
    "indicators": {
        "community_code": (_("社区代码"), _("空着是全镇")),
        "community": (_("社区"), _("空着是全镇")),
        "indicator": (_("指标代码"), _("各指标的算法见取值")),
        "label": (_("指标"), _("指标名称")),
        "numerator": (_("分子"), _("计数类指标就是这个数")),
        "denominator": (_("分母"), _("计数类指标没有分母")),
        "rate": (_("比率"), _("0 到 1；分母为 0 时为无数据，空着")),
        "is_hidden": (_("不公布"), _("数太小，或者会让别的小数被推算出来")),
    },
}
STATUSES = {"open": _("在办"), "closed": _("已结案"), "voided": _("已作废")}
VALUES: dict[str, dict[str, Any]] = {
    "source": dict(Source.choices),
    "status": STATUSES,
    "outcome": dict(Outcome.choices),
    "days": {word: word for word in DAYS},
    "indicator": {one.key: one.formula for one in ALL},
}
TYPES = {"string": "string", "int64": "integer", "double": "number", "bool": "boolean"}


def fields_of(table: str, schema: pa.Schema) -> list[dict[str, Any]]:
    """The columns of a table as Table Schema 2.0 fields. Raises KeyError where a column is not explained."""
    found = []
    for field in schema:
        title, says = COLUMNS[table][field.name]
        one: dict[str, Any] = {"name": field.name, "type": TYPES[str(field.type)], "title": str(title), "description": str(says)}  # fmt: skip
        if field.name in VALUES:
            one["categories"] = [{"value": word, "label": str(label)} for word, label in VALUES[field.name].items()]
        found.append(one)
    return found
