"""The ledgers there are: what each lists, by whose query, under which headings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Appointment, Person
from yemai.base.people.queries import in_force
from yemai.base.territory.queries import buildings_in
from yemai.modules.adjustments.queries import adjustments_for
from yemai.modules.cameras.queries import cameras_for
from yemai.modules.cases.models import Assignment
from yemai.modules.cases.queries.hot import hot_issues_for
from yemai.modules.cases.queries.listing import cases_for, newest
from yemai.modules.components.queries import components_for
from yemai.modules.planning.queries import planning_reach, stations_in

SEES_CASES = (Permission.CASE_VIEW, Permission.CASE_DEPARTMENT)
KEEPS_GROUND = (Permission.TERRITORY_EDIT,)
SEES_GROUND = (Permission.CASE_VIEW, Permission.TERRITORY_EDIT)


@dataclass(frozen=True)
class Ledger:
    """One kind of work: its rows for a person, its columns, and by which of them it is narrowed."""

    key: str
    name: Any
    permissions: tuple[Permission, ...]
    rows: Callable[[Person, datetime], QuerySet[Any]]
    columns: tuple[tuple[Any, Callable[[Any], Any]], ...]
    words: tuple[str, ...]
    """Columns in which the searched words may stand."""
    path: str = ""
    """The column with the path of the ground; "" where it can't be narrowed to some."""
    day: str = ""
    """The column of moments (or days) by which a time is chosen."""
    is_day: bool = False
    is_personal: bool = False

    @property
    def heads(self) -> list[str]:
        """Its headings."""
        return [str(label) for label, _of in self.columns]

    def cells(self, row: Any) -> list[Any]:
        """The cells of a row."""
        return [of(row) for _label, of in self.columns]


def _when(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def _ground_of(row: Any) -> str:
    return str(row.node.label) if row.node else ""


def _assignments(actor: Person, _now: datetime) -> QuerySet[Assignment]:
    found = Assignment.objects.filter(case__in=cases_for(actor)).select_related(
        "case__node", "department", "assigned_by"
    )
    return found.defer("case__node__boundary").order_by("-assigned_at", "-id")


def _posts(actor: Person, now: datetime) -> QuerySet[Appointment]:
    ground = reach(actor, Permission.PERSON_VIEW)
    seen = ground.q("node__path") | ground.q("department__node__path")
    found = Appointment.objects.filter(seen, in_force(timezone.localdate(now)))
    found = found.select_related("person", "post_kind", "node", "department").defer("node__boundary")
    return found.order_by("node__path", "post_kind__rank", "pk")


def _buildings(actor: Person, _now: datetime) -> QuerySet[Any]:
    paths = [path for one in SEES_GROUND for path in reach(actor, one).paths]
    return buildings_in(paths).order_by("node__path", "estate__name", "pk")


def _adjustments(actor: Person, _now: datetime) -> QuerySet[Any]:
    return adjustments_for(actor).select_related("made_by").order_by("-id")


LEDGERS = {
    one.key: one
    for one in (
        Ledger(
            "cases", _("事件台账"), SEES_CASES, lambda actor, _now: newest(cases_for(actor)).defer("node__boundary"),
            (
                (_("案卷号"), lambda row: row.number or row.tracking_code), (_("内容"), lambda row: row.headline),
                (_("类别"), lambda row: row.category_name), (_("属地"), _ground_of), (_("位置"), lambda row: row.place_text),
                (_("来源"), lambda row: row.get_source_display()), (_("上报时间"), lambda row: _when(row.reported_at)),
                (_("阶段"), lambda row: row.get_stage_display()), (_("处置人或主办单位"), lambda row: row.holder_name),
                (_("处置到期"), lambda row: _when(row.due_at)), (_("结案时间"), lambda row: _when(row.closed_at)),
                (_("处置结果"), lambda row: row.get_outcome_display() if row.outcome else ""), (_("评分"), lambda row: row.score),
            ),
            ("number", "tracking_code", "title", "text", "place_text"), "path", "reported_at",
        ),
        Ledger(
            "hot", _("热点问题台账"), SEES_CASES, lambda actor, _now: hot_issues_for(actor).defer("node__boundary"),
            (
                (_("热点"), lambda row: str(row)), (_("属地"), _ground_of), (_("件数"), lambda row: row.count),
                (_("近七天"), lambda row: row.recent), (_("在增多"), lambda row: _("是") if row.is_growing else ""),
                (_("最早"), lambda row: _when(row.first_at)), (_("最近"), lambda row: _when(row.last_at)),
                (_("状态"), lambda row: row.get_state_display()),
            ),
            ("words",), "path", "last_at",
        ),
        Ledger(
            "assignments", _("派遣与退单台账"), SEES_CASES, _assignments,
            (
                (_("案卷号"), lambda row: row.case.number or row.case.tracking_code), (_("内容"), lambda row: row.case.headline),
                (_("属地"), lambda row: row.case.node.label), (_("单位"), lambda row: row.department.label),
                (_("主办或协办"), lambda row: row.get_role_display()), (_("状态"), lambda row: row.get_state_display()),
                (_("派遣人"), lambda row: row.assigned_by.label if row.assigned_by else ""),
                (_("派遣时间"), lambda row: _when(row.assigned_at)), (_("到期"), lambda row: _when(row.due_at)),
                (_("结束"), lambda row: _when(row.ended_at)), (_("退单原因"), lambda row: row.get_return_reason_display() if row.return_reason else ""),
                (_("说明"), lambda row: row.text),
            ),
            ("case__number", "case__text", "department__name", "text"), "case__path", "assigned_at",
        ),
        Ledger(
            "posts", _("人员岗位台账"), (Permission.PERSON_VIEW,), _posts,
            (
                (_("姓名"), lambda row: row.person.label), (_("岗位"), lambda row: row.post_kind.label),
                (_("网格或单位"), lambda row: (row.node or row.department).label), (_("队伍"), lambda row: row.post_kind.get_team_display()),
                (_("任职日期"), lambda row: row.valid_from.isoformat()), (_("公示电话"), lambda row: row.public_phone),
            ),
            ("person__name", "post_kind__name", "node__name", "department__name"), "node__path", "valid_from", True, True,
        ),
        Ledger(
            "buildings", _("楼栋台账"), SEES_GROUND, _buildings,
            (
                (_("小区"), lambda row: row.estate.name if row.estate else ""), (_("楼栋"), lambda row: row.name),
                (_("微网格"), _ground_of), (_("代码"), lambda row: row.code), (_("层数"), lambda row: row.floors),
                (_("户数"), lambda row: row.households),
            ),
            ("name", "code", "estate__name", "node__name"), "node__path",
        ),
        Ledger(
            "stations", _("阵地台账"), KEEPS_GROUND, lambda actor, _now: stations_in(planning_reach(actor)),
            (
                (_("名称"), lambda row: row.name), (_("类型"), lambda row: row.get_kind_display()), (_("属地"), _ground_of),
                (_("经度"), lambda row: row.lon), (_("纬度"), lambda row: row.lat),
            ),
            ("name", "node__name"), "node__path",
        ),
        Ledger(
            "components", _("部件台账"), SEES_GROUND, lambda actor, _now: components_for(actor),
            (
                (_("名称"), lambda row: row.name), (_("标识码"), lambda row: row.code), (_("属地"), _ground_of),
                (_("主管部门"), lambda row: row.department), (_("权属单位"), lambda row: row.owner),
                (_("状态"), lambda row: row.get_condition_display()),
                (_("普查日期"), lambda row: row.surveyed_on.isoformat() if row.surveyed_on else ""),
            ),
            ("name", "code", "department", "owner"), "node__path", "surveyed_on", True,
        ),
        Ledger(
            "cameras", _("公共摄像头台账"), SEES_GROUND, lambda actor, _now: cameras_for(actor),
            (
                (_("名称"), lambda row: row.name), (_("属地"), _ground_of), (_("管理单位"), lambda row: row.owner),
                (_("向谁申请"), lambda row: row.contact), (_("待答复的申请"), lambda row: row.waiting),
            ),
            ("name", "owner", "node__name"), "node__path",
        ),
        Ledger(
            "adjustments", _("网格调整台账"), KEEPS_GROUND, _adjustments,
            (
                (_("编号"), lambda row: row.pk), (_("类型"), lambda row: row.get_kind_display()),
                (_("原网格"), lambda row: "、".join(one.label for one in row.before.all())), (_("生效日期"), lambda row: row.on.isoformat()),
                (_("状态"), lambda row: row.get_state_display()), (_("提出人"), lambda row: row.made_by.label if row.made_by else ""),
                (_("提出时间"), lambda row: _when(row.made_at)), (_("说明"), lambda row: row.note),
            ),
            ("note",), "path", "made_at",
        ),
    )
}  # fmt: skip
"""By the name in their address."""


def narrowed(ledger: Ledger, rows: QuerySet[Any], *, words: str, path: str, span: Sequence[Any]) -> QuerySet[Any]:
    """Narrowed by what stands in the address: words, ground, first and last moment (or day) or None."""
    for word in words.split():
        said = Q()
        for column in ledger.words:
            said |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(said)
    if path and ledger.path:
        rows = rows.filter(**{f"{ledger.path}__gte": path, f"{ledger.path}__lt": path + "z"})
    since, until = span
    if since and ledger.day:
        rows = rows.filter(**{f"{ledger.day}__gte": since})
    if until and ledger.day:
        rows = rows.filter(**{f"{ledger.day}__lt": until})
    return rows
