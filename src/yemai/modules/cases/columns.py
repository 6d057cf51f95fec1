"""What is known of cases, and counts of them by ground and unit over a time, as columns of reports."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from yemai.base.access.columns import nodes, rolled_up
from yemai.base.access.terms import Permission
from yemai.base.columns.registry import Asking, Column, Of, Row, Rows, Shape, add, add_rows
from yemai.base.territory.queries import within

from .queries.listing import cases_for, lamp_q
from .terms import GOOD_SCORE, OPEN_STAGES, SCORE_LABELS, Lamp, Outcome, Source, Stage

Which = Callable[[Asking], Q]
Read = Callable[[Sequence[int], Asking], Mapping[int, Any]]


def _reported(asking: Asking) -> Q:
    return Q(reported_at__gte=asking.since, reported_at__lt=asking.until)


def _accepted(asking: Asking) -> Q:
    return Q(accepted_at__gte=asking.since, accepted_at__lt=asking.until)


def _closed(asking: Asking) -> Q:
    return Q(stage=Stage.CLOSED, closed_at__gte=asking.since, closed_at__lt=asking.until)


def _in_time(asking: Asking) -> Q:
    return _closed(asking) & Q(was_overdue=False)


def _open(asking: Asking) -> Q:
    """Reported before the end of the time and not ended by then."""
    later = Q(stage=Stage.CLOSED, closed_at__gte=asking.until)
    return Q(reported_at__lt=asking.until) & (Q(stage__in=OPEN_STAGES) | later)


def _late(asking: Asking) -> Q:
    return lamp_q(Lamp.RED, asking.now)


def _of_those_reported(stage: Q) -> Which:
    return lambda asking: _reported(asking) & ~Q(stage__in=[Stage.VOIDED, Stage.MERGED]) & stage


def _scored(stage: Q) -> Which:
    return lambda asking: _closed(asking) & Q(score__isnull=False) & stage


def _from(source: Source) -> Which:
    return lambda asking: _reported(asking) & Q(source=source)


def _on_nodes(which: Which) -> Read:
    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        paths = dict(nodes(keys, asking).values_list("pk", "path"))
        seen = cases_for(asking.actor).filter(which(asking), within(paths.values()))
        totals = rolled_up(seen.order_by().values_list("path").annotate(n=Count("pk")))
        return {pk: totals.get(path, 0) for pk, path in paths.items()}

    return read


def _of_units(which: Which) -> Read:
    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        seen = cases_for(asking.actor).filter(which(asking), lead_department__in=list(keys))
        counts = dict(seen.order_by().values_list("lead_department").annotate(n=Count("pk")))
        return {key: counts.get(key, 0) for key in keys}

    return read


def _share(part: Read, whole: Read) -> Read:
    """Nothing where there is nothing to divide by."""

    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        parts, wholes = part(keys, asking), whole(keys, asking)
        return {key: parts.get(key, 0) / total for key, total in wholes.items() if total}

    return read


COUNTS: tuple[tuple[str, Any, Which, tuple[str, ...]], ...] = (
    ("reported", _("案件数（期内上报）"), _reported, ("案件数", "案件总数", "事件数", "事件总数", "上报数", "上报件数", "上报量", "受理总数", "诉求数", "工单数")),
    ("accepted", _("受理数（期内受理）"), _accepted, ("受理数", "立案数", "受理件数", "立案件数", "受理量")),
    ("closed", _("办结数（期内结案）"), _closed, ("办结数", "结案数", "办结件数", "结案件数", "已办结", "办结", "办结量")),
    ("in_time", _("按期办结数"), _in_time, ("按期办结数", "按时办结数", "按期结案数", "按期办结")),
    ("open", _("在办数（期末未结）"), _open, ("在办数", "未办结数", "未结数", "在办件数", "在办", "正在办理")),
    ("late", _("超期数（现在）"), _late, ("超期数", "超期件数", "逾期数", "超期未办结数")),
    ("by_residents", _("居民上报数"), _from(Source.RESIDENT), ("居民上报数", "群众上报数", "公众上报数", "居民上报")),
    ("by_workers", _("网格员上报数"), _from(Source.FIELD), ("网格员上报数", "巡查上报数", "自主上报数", "网格员上报")),
)  # fmt: skip
RATES: tuple[tuple[str, Any, Which, Which, tuple[str, ...]], ...] = (
    ("closed_rate", _("办结率（期内上报的）"), _of_those_reported(Q(stage=Stage.CLOSED)), _of_those_reported(Q()), ("办结率", "结案率")),
    ("in_time_rate", _("按期办结率"), _in_time, _closed, ("按期办结率", "按时办结率", "按期结案率", "按期率")),
    ("solved_rate", _("解决率（期内结案的）"), lambda asking: _closed(asking) & Q(outcome=Outcome.SOLVED), _closed, ("解决率",)),
    ("content_rate", _("满意率（期内结案并评价的）"), _scored(Q(score__gte=GOOD_SCORE)), _scored(Q()), ("满意率", "群众满意率", "满意度")),
)  # fmt: skip
for _of, _read_of in ((Of.NODE, _on_nodes), (Of.DEPARTMENT, _of_units)):
    _more: dict[str, Any] = {"of": _of, "is_counted": True, "permission": Permission.CASE_VIEW}
    for _key, _label, _which, _words in COUNTS:
        add(
            Column(
                key=f"{_of}.cases.{_key}",
                label=_label,
                read=_read_of(_which),
                shape=Shape.NUMBER,
                words=_words,
                **_more,
            )
        )
    for _key, _label, _part, _whole, _words in RATES:
        _rate = _share(_read_of(_part), _read_of(_whole))
        add(Column(key=f"{_of}.cases.{_key}", label=_label, read=_rate, shape=Shape.RATE, words=_words, **_more))


# --- single cases --------------------------------------------------------------------------------------------------


def _of_case(*names: str, say: Callable[..., Any] | None = None) -> Read:
    """The first of these columns that is there, or what `say` makes of all of them."""

    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        rows = cases_for(asking.actor).filter(pk__in=list(keys)).order_by().values_list("pk", *names)
        if say is not None:
            return {row[0]: say(*row[1:]) for row in rows}
        return {row[0]: next((value for value in row[1:] if value not in (None, "")), "") for row in rows}

    return read


def _label_of(labels: Mapping[Any, Any]) -> Callable[[Any], str]:
    return lambda value: str(labels.get(value, ""))


def _all_cases(asking: Asking, path: str, choice: str) -> list[Row]:
    which = CHOICES[choice if choice in CHOICES else "open"][1](asking)
    found = cases_for(asking.actor).filter(which, within([path])).order_by("reported_at", "id")
    return [
        Row(pk, number or code, node)
        for pk, number, code, node in found.values_list("pk", "number", "tracking_code", "node")
    ]


CHOICES: dict[str, tuple[Any, Which]] = {
    "open": (_("还在办理的"), lambda _asking: Q(stage__in=OPEN_STAGES)),
    "late": (_("已超期的"), _late),
    "reported": (_("期内上报的"), _reported),
    "closed": (_("期内结案的"), _closed),
}
add_rows(
    Rows(
        key="cases",
        label=_("每件案件"),
        of=Of.CASE,
        find=_all_cases,
        choices=lambda: [(key, label) for key, (label, _which) in CHOICES.items()],
        permission=Permission.CASE_VIEW,
    )
)
_CASE: dict[str, Any] = {"of": Of.CASE, "permission": Permission.CASE_VIEW}
add(
    Column(key="case.number", label=_("案卷号"), read=_of_case("number", "tracking_code"), words=("案卷号", "案件编号", "编号", "工单编号", "事件编号"), **_CASE),
    Column(key="case.text", label=_("内容"), read=_of_case("text"), words=("内容", "问题描述", "诉求内容", "事件内容", "隐患内容", "问题", "具体情况", "情况描述"), **_CASE),
    Column(key="case.title", label=_("标题"), read=_of_case("title", "text", say=lambda title, text: title or text[:40]), words=("标题", "事项", "事件名称"), **_CASE),
    Column(key="case.category", label=_("类别"), read=_of_case("category__name"), words=("类别", "事件类别", "问题类别", "分类", "隐患类别", "类型"), **_CASE),
    Column(key="case.node", label=_("属地"), read=_of_case("node__name"), words=("微网格名称", "微网格", "属地", "网格", "所属微网格", "所在网格"), **_CASE),
    Column(key="case.parent", label=_("所属村居"), read=_of_case("node__parent__name"), words=("村居", "社区", "所属村居", "所属社区", "村（社区）"), **_CASE),
    Column(key="case.place", label=_("位置"), read=_of_case("place_text"), words=("位置", "地点", "地址", "具体位置", "点位", "详细地址"), **_CASE),
    Column(key="case.source", label=_("来源"), read=_of_case("source", say=_label_of(dict(Source.choices))), words=("来源", "事件来源", "诉求来源"), **_CASE),
    Column(key="case.stage", label=_("阶段"), read=_of_case("stage", say=_label_of(dict(Stage.choices))), words=("阶段", "状态", "办理状态", "整改情况", "办理情况", "进展"), **_CASE),
    Column(key="case.outcome", label=_("处置结果"), read=_of_case("outcome", say=_label_of(dict(Outcome.choices))), words=("处置结果", "办理结果", "结果", "整改结果"), **_CASE),
    Column(key="case.holder", label=_("处置人或主办单位"), read=_of_case("handler__name", "lead_department__name"),
           words=("责任人", "处置人", "主办单位", "责任单位", "承办单位", "整改责任人"), **_CASE),
    Column(key="case.reported", label=_("上报时间"), read=_of_case("reported_at"), shape=Shape.DAY, words=("上报时间", "受理时间", "发现时间", "排查时间", "上报日期", "日期"), **_CASE),
    Column(key="case.due", label=_("处置到期"), read=_of_case("due_at"), shape=Shape.DAY, words=("到期时间", "办理期限", "整改期限", "整改时限", "时限", "完成时限"), **_CASE),
    Column(key="case.closed", label=_("结案时间"), read=_of_case("closed_at"), shape=Shape.DAY, words=("结案时间", "办结时间", "完成时间", "整改完成时间", "办结日期"), **_CASE),
    Column(key="case.score", label=_("评价"), read=_of_case("score", say=_label_of(SCORE_LABELS)), words=("评价", "满意度", "群众评价"), **_CASE),
)  # fmt: skip
