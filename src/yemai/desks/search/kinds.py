"""What is found besides cases: one row for each kind, with its table, its words, who sees it, and how a hit is shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yemai.base.access.queries import permissions_of
from yemai.base.access.terms import Permission
from yemai.base.people.models import Appointment, Person
from yemai.base.people.queries import in_force, people_for
from yemai.base.search.names import Named
from yemai.base.territory.models import Building, Estate, Node
from yemai.base.territory.queries import light_nodes, valid_on
from yemai.gates.boundary_files.models import BoundaryRun
from yemai.gates.case_files.models import ImportRun
from yemai.gates.case_files.queries import runs_for
from yemai.modules.adjustments.models import Adjustment
from yemai.modules.adjustments.queries import adjustments_for
from yemai.modules.cameras.models import Camera
from yemai.modules.cameras.queries import cameras_for
from yemai.modules.cases.models import Category
from yemai.modules.cases.queries.catalogue import categories
from yemai.modules.components.models import Component
from yemai.modules.components.queries import components_for
from yemai.modules.planning.models import Plan, Station, Study
from yemai.modules.planning.queries import planning_reach, stations_in, studies_for

from .terms import Group

SEES_CASES = frozenset({Permission.CASE_VIEW, Permission.CASE_DEPARTMENT})
SEES_MAP = SEES_CASES | {Permission.TERRITORY_EDIT}


@dataclass(frozen=True)
class Kind(Named):
    """A table whose rows are found by name. `url` may answer "": then the hit is shown and leads nowhere."""

    group: Group
    label: Any
    seen: Callable[[Person], QuerySet[Any]]
    url: Callable[[Person, Any], str]
    line: Callable[[Any], str] = field(default=lambda _row: "")
    title: Callable[[Any], str] = str
    code: str = ""
    """The field that is a code: whoever types the whole of it is led straight there."""


def _to(name: str) -> Callable[[Person, Any], str]:
    """The page of this name, which takes the row's number."""
    return lambda _actor, row: reverse(name, args=[row.pk])


def _board(_actor: Person, node: Node) -> str:
    return reverse("cases:board", args=[node.code])


def _on_map(actor: Person, row: Any, layers: str = "") -> str:
    """Where it stands on the one map; without a point, or for whoever has no map, the board of its ground."""
    if row.lon is None or row.lat is None or not SEES_MAP & permissions_of(actor):
        return _board(actor, row.node)
    return f"{reverse('one_map:page')}?c={row.lon:.6f},{row.lat:.6f},18{layers and f'&layers={layers}'}"


def _people(actor: Person) -> QuerySet[Person]:
    held = Appointment.objects.filter(in_force()).select_related("post_kind", "node", "department")
    return people_for(actor).filter(is_active=True).prefetch_related(
        Prefetch("appointments", held.defer("node__boundary"), to_attr="held")
    )  # fmt: skip


def _person(actor: Person, row: Any) -> str:
    """The record in the back office, whose opening is logged there; else the board of the first ground."""
    may_open = {Permission.PERSON_VIEW, Permission.PERSON_APPOINT} & permissions_of(actor)
    if actor.is_staff and may_open:
        return reverse("admin:people_person_change", args=[row.pk])
    return next((_board(actor, one.node) for one in row.held if one.node and one.node.valid_to is None), "")


def _posts(row: Any) -> str:
    return " · ".join(f"{one.post_kind.label}（{one.node or one.department}）" for one in row.held)


def _if(permission: Permission, rows: Callable[[Person], QuerySet[Any]]) -> Callable[[Person], QuerySet[Any]]:
    return lambda actor: rows(actor) if permission in permissions_of(actor) else rows(actor).none()


def _plans(actor: Person) -> QuerySet[Plan]:
    inside = planning_reach(actor).q("study__node__path")
    return Plan.objects.filter(inside, adopted_on__isnull=False).select_related("study")


KINDS: Sequence[Kind] = (
    Kind("person", Person, ("name", "name_en"), Group.PEOPLE, _("人员"), _people, _person, _posts),
    Kind(
        "node", Node, ("name", "name_en", "code", "aliases__value"), Group.PLACES, _("网格"),
        lambda _actor: light_nodes().filter(valid_on()), _board, lambda row: f"{row.tier} · {row.code}", code="code",
    ),
    Kind(
        "estate", Estate, ("name", "aliases__text"), Group.PLACES, _("小区"),
        lambda _actor: Estate.objects.filter(ended_on=None).select_related("node").defer("node__boundary"),
        _on_map, lambda row: row.node.label,
    ),
    Kind(
        "building", Building, ("estate__name+name", "code", "aliases__text"), Group.PLACES, _("楼栋"),
        lambda _actor: Building.objects.filter(ended_on=None).select_related("node", "estate").defer("footprint", "node__boundary"),
        _on_map, lambda row: row.node.label, lambda row: f"{row.estate or ''}{row}", code="code",
    ),
    Kind(
        "station", Station, ("name",), Group.PLACES, _("服务站点"), lambda actor: stations_in(planning_reach(actor)),
        lambda actor, row: _on_map(actor, row, "ground,stations"), lambda row: row.node.label,
    ),
    Kind(
        "category", Category, ("name", "name_en"), Group.DOCUMENTS, _("事件类别"), lambda _actor: categories(),
        lambda _actor, row: f"{reverse('cases:register')}?category={row.pk}", lambda row: row.code,
    ),
    Kind(
        "public-text", Node, ("public_text",), Group.DOCUMENTS, _("公示"),
        lambda _actor: light_nodes().filter(valid_on()), _board, lambda row: row.public_text, is_text=True,
    ),
    Kind(
        "component", Component, ("code", "name", "owner", "department"), Group.DOCUMENTS, _("部件"), components_for,
        _to("components:component"), lambda row: row.node.label, code="code",
    ),
    Kind(
        "camera", Camera, ("name", "owner"), Group.DOCUMENTS, _("公共摄像头"), cameras_for, _to("cameras:camera"),
        lambda row: row.owner,
    ),
    Kind(
        "adjustment", Adjustment, ("note", "before__name"), Group.DOCUMENTS, _("网格调整"), adjustments_for,
        _to("adjustments:adjustment"), lambda row: f"{row.on} · {row.get_state_display()} · {row.note}",
    ),
    Kind(
        "study", Study, ("name", "node__name"), Group.DOCUMENTS, _("规划课题"), studies_for, _to("planning:study"),
        lambda row: row.node.label,
    ),
    Kind(
        "plan", Plan, ("study__name", "study__node__name"), Group.DOCUMENTS, _("已采用的规划方案"), _plans,
        _to("planning:plan"), lambda row: f"{row.adopted_on}", lambda row: f"{row.study} {row.number}",
    ),
    Kind(
        "import", ImportRun, ("file_name",), Group.DOCUMENTS, _("导入的事件文件"), _if(Permission.IMPORT_RUN, runs_for),
        _to("case_files:run"), lambda row: f"{row.started_at:%Y-%m-%d}", lambda row: str(row.file_name),
    ),
    Kind(
        "boundary-file", BoundaryRun, ("file_name",), Group.DOCUMENTS, _("导入的边界和楼栋文件"),
        _if(Permission.TERRITORY_EDIT, lambda _actor: BoundaryRun.objects.all()), _to("boundary_files:run"),
        lambda row: f"{row.started_at:%Y-%m-%d} · {row.get_state_display()}",
    ),
)  # fmt: skip
"""A later module adds its kind here."""
