"""What is known of the ground, its buildings, its people in their posts and its units, as columns of reports."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.columns.registry import Asking, Column, Of, Row, Rows, Shape, add, add_rows
from yemai.base.people.models import Appointment, Department, PostKind
from yemai.base.people.queries import in_force, phone_of
from yemai.base.people.terms import Permission, Team
from yemai.base.territory.models import Building, Node, Tier
from yemai.base.territory.queries import buildings_in, nodes_in, within
from yemai.base.territory.rules import ids_of, lineage

from .queries import reach

GROUND = (Permission.CASE_VIEW, Permission.TERRITORY_EDIT, Permission.REPORT_EDIT)
"""Who works on some ground in one of these ways knows what stands there."""


def _ground(asking: Asking, field: str = "path") -> Q:
    found = Q(pk__in=[])
    for permission in GROUND:
        found |= reach(asking.actor, permission, asking.now).q(field)
    return found


def nodes(keys: Iterable[int], asking: Asking) -> QuerySet[Node]:
    """Those of the nodes the person works on, without their boundary."""
    return Node.objects.filter(_ground(asking), pk__in=list(keys)).select_related("tier").defer("boundary")


def rolled_up(per_path: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Counts by path, added to everything above as well."""
    found: dict[str, int] = {}
    for path, count in per_path:
        for above in lineage(path):
            found[above] = found.get(above, 0) + count
    return found


# --- nodes ---------------------------------------------------------------------------------------------------------


def _plain(*names: str) -> Callable[[Sequence[int], Asking], Mapping[int, Any]]:
    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        return dict(nodes(keys, asking).values_list("pk", *names))

    return read


def _above(depth_from_below: int) -> Callable[[Sequence[int], Asking], Mapping[int, Any]]:
    """The name of a node above: 1 its parent, 0 the root."""

    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        paths = dict(nodes(keys, asking).values_list("pk", "path"))
        wanted: dict[int, int] = {}
        for pk, path in paths.items():
            line = ids_of(path)
            wanted[pk] = line[0] if depth_from_below == 0 else line[max(0, len(line) - 1 - depth_from_below)]
        names = dict(Node.objects.filter(pk__in=set(wanted.values())).values_list("pk", "name"))
        return {pk: names.get(above, "") for pk, above in wanted.items()}

    return read


def _standing(counted: Any) -> Callable[[Sequence[int], Asking], Mapping[int, Any]]:
    """A figure of the buildings on a node and below."""

    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        paths = dict(nodes(keys, asking).values_list("pk", "path"))
        per = buildings_in(paths.values()).order_by().values("node__path").annotate(n=counted)
        totals = rolled_up((row["node__path"], row["n"] or 0) for row in per)
        return {pk: totals.get(path, 0) for pk, path in paths.items()}

    return read


def _households(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
    """As entered for the node, else the sum over its buildings, else over the nodes below that cases land in."""
    entered = {pk: (path, own) for pk, path, own in nodes(keys, asking).values_list("pk", "path", "households")}
    built = _standing(Sum("households"))(keys, asking)
    paths = [path for path, _own in entered.values()]
    below = nodes_in(paths).filter(tier__is_settling=True).order_by().values_list("path", "households")
    settled = rolled_up((path, count) for path, count in below)
    return {pk: own or built.get(pk) or settled.get(path, 0) for pk, (path, own) in entered.items()}


def _grids_below(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
    paths = dict(nodes(keys, asking).values_list("pk", "path"))
    below = nodes_in(paths.values()).filter(tier__is_settling=True).order_by().values_list("path", flat=True)
    totals = rolled_up((path, 1) for path in below)
    return {pk: totals.get(path, 0) for pk, path in paths.items()}


def _estates(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
    paths = dict(nodes(keys, asking).values_list("pk", "path"))
    named: dict[str, set[str]] = {}
    standing = buildings_in(paths.values()).filter(estate__isnull=False).order_by()
    for path, name in standing.values_list("node__path", "estate__name").distinct():
        for above in lineage(path):
            named.setdefault(above, set()).add(name)
    return {pk: "、".join(sorted(named.get(path, ()))) for pk, path in paths.items()}


def heads(keys: Iterable[int], asking: Asking) -> dict[int, Appointment]:
    """Who leads each node: the post that bears its tier's title, else one that may call a consultation there.

    A post that is on the public board is known to everybody, others to whoever may look up people there. Two queries.
    """
    leading = [kind.pk for kind in PostKind.objects.only("pk", "permissions") if "case.consult" in kind.permissions]
    seen = Q(post_kind__is_public=True) | reach(asking.actor, Permission.PERSON_VIEW, asking.now).q("node__path")
    held = (
        Appointment.objects.filter(in_force(timezone.localdate(asking.now)), seen, node__in=list(keys))
        .filter(Q(post_kind__in=leading) | Q(post_kind__name=F("node__tier__head_label")), person__is_active=True)
        .select_related("person", "post_kind", "node__tier")
        .defer("node__boundary")
        .order_by("post_kind__rank", "pk")
    )
    found: dict[int, Appointment] = {}
    for one in sorted(held, key=lambda row: row.node is None or row.post_kind.name != row.node.tier.head_label):
        found.setdefault(int(one.node_id or 0), one)
    return found


def _head(of: Callable[[Appointment], Any]) -> Callable[[Sequence[int], Asking], Mapping[int, Any]]:
    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        return {pk: of(one) for pk, one in heads(keys, asking).items()}

    return read


def _lookable(asking: Asking, one: Appointment) -> bool:
    """May the person look up the holder of this post?"""
    ground = reach(asking.actor, Permission.PERSON_VIEW, asking.now)
    place = one.node or (one.department.node if one.department else None)
    return place is not None and ground.covers(place.path)


def _head_phones(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
    return {pk: phone_of(one.person) for pk, one in heads(keys, asking).items() if _lookable(asking, one)}


def _head_people(keys: Sequence[int], asking: Asking) -> Mapping[int, int]:
    return {pk: one.person_id for pk, one in heads(keys, asking).items() if _lookable(asking, one)}


def _team(*teams: Team) -> Callable[[Sequence[int], Asking], Mapping[int, Any]]:
    """How many people hold posts of these teams on a node and below, each once a node."""

    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        paths = dict(nodes(keys, asking).values_list("pk", "path"))
        held = Appointment.objects.filter(
            in_force(timezone.localdate(asking.now)), within(paths.values(), "node__path"), person__is_active=True
        )
        held = held.filter(post_kind__team__in=teams) if teams else held
        per = held.order_by().values_list("node__path").annotate(n=Count("person", distinct=True))
        totals = rolled_up(per)
        return {pk: totals.get(path, 0) for pk, path in paths.items()}

    return read


def _all_nodes(asking: Asking, path: str, choice: str) -> list[Row]:
    found = nodes_in([path], on=timezone.localdate(asking.now), tier=choice or None).filter(_ground(asking))
    found = found if choice else found.filter(tier__is_settling=True)
    return [Row(pk, name, pk) for pk, name in found.order_by("path").values_list("pk", "name")]


def _tiers() -> list[tuple[str, Any]]:
    return [(tier.key, str(tier)) for tier in Tier.objects.order_by("-depth")]


def _number(key: str, label: Any, read: Any, *words: str) -> Column:
    return Column(key=key, label=label, of=Of.NODE, read=read, shape=Shape.NUMBER, words=words)


add_rows(Rows(key="nodes", label=_("每个网格"), of=Of.NODE, find=_all_nodes, choices=_tiers))
add(
    Column(key="node.name", label=_("网格名称"), of=Of.NODE, read=_plain("name"),
           words=("微网格名称", "微网格", "网格名称", "网格", "名称", "村居", "村（社区）", "村居名称", "社区名称", "社区", "单位")),
    Column(key="node.code", label=_("网格代码"), of=Of.NODE, read=_plain("code"),
           words=("网格代码", "网格编码", "微网格编码", "微网格代码", "网格编号", "编码", "代码")),
    Column(key="node.parent", label=_("上级网格名称"), of=Of.NODE, read=_above(1),
           words=("所属村居", "所属社区", "所属村（社区）", "所在村居", "村居", "社区", "所属网格", "上级网格", "村（社区）")),
    Column(key="node.town", label=_("镇街名称"), of=Of.NODE, read=_above(0), words=("镇街", "街道", "乡镇", "镇（街道）", "所属镇街")),
    Column(key="node.duty", label=_("责任区域与职责"), of=Of.NODE, read=_plain("public_text"), words=("责任区域", "责任范围", "网格范围", "四至范围", "覆盖范围")),
    Column(key="node.estates", label=_("小区名称"), of=Of.NODE, read=_estates, words=("小区", "小区名称", "所含小区", "包含小区")),
    _number("node.households", _("户数"), _households, "户数", "总户数", "居民户数", "常住户数", "住户数"),
    _number("node.buildings", _("楼栋数"), _standing(Count("pk")), "楼栋数", "楼栋", "幢数", "楼幢数", "楼栋数量"),
    _number("node.grids", _("微网格数"), _grids_below, "微网格数", "微网格数量", "微网格个数"),
    Column(key="node.head", label=_("负责人姓名"), of=Of.NODE, read=_head(lambda one: one.person.name),
           words=("网格长", "微网格长", "网格长姓名", "微网格长姓名", "负责人", "负责人姓名", "总网格长")),
    Column(key="node.head_post", label=_("负责人岗位"), of=Of.NODE, read=_head(lambda one: one.post_kind.name), words=("负责人岗位", "负责人职务", "职务")),
    Column(key="node.head_public_phone", label=_("负责人公示电话"), of=Of.NODE, read=_head(lambda one: one.public_phone),
           words=("公示电话", "工作电话", "办公电话")),
    Column(key="node.head_phone", label=_("负责人手机号"), of=Of.NODE, read=_head_phones, permission=Permission.PERSON_VIEW, whom=_head_people,
           words=("联系电话", "手机号", "手机号码", "电话", "联系方式", "网格长电话")),
    _number("node.people", _("任职人数"), _team(), "人员数", "网格队伍人数", "队伍人数", "任职人数"),
    _number("node.workers", _("工作团队人数"), _team(Team.WORK), "网格员数", "网格员人数", "微网格员数", "工作团队人数", "专职网格员数"),
    _number("node.volunteers", _("志愿团队人数"), _team(Team.VOLUNTEER), "志愿者数", "志愿者人数", "志愿团队人数"),
)  # fmt: skip

# --- buildings -----------------------------------------------------------------------------------------------------


def _of_building(name: str) -> Callable[[Sequence[int], Asking], Mapping[int, Any]]:
    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        found = Building.objects.filter(_ground(asking, "node__path"), pk__in=list(keys)).order_by()
        return dict(found.values_list("pk", name))

    return read


def _all_buildings(asking: Asking, path: str, choice: str) -> list[Row]:
    found = buildings_in([path]).filter(_ground(asking, "node__path"))
    rows = found.order_by("node__path", "estate__name", "pk").values_list("pk", "estate__name", "name", "node")
    return [Row(pk, f"{estate or ''}{name}", node) for pk, estate, name, node in rows]


add_rows(Rows(key="buildings", label=_("每栋楼"), of=Of.BUILDING, find=_all_buildings))
add(
    Column(key="building.name", label=_("楼栋名称"), of=Of.BUILDING, read=_of_building("name"),
           words=("楼栋", "楼栋名称", "楼栋号", "楼号", "幢号", "栋号", "楼幢")),
    Column(key="building.estate", label=_("小区名称"), of=Of.BUILDING, read=_of_building("estate__name"), words=("小区", "小区名称", "所属小区")),
    Column(key="building.code", label=_("楼栋代码"), of=Of.BUILDING, read=_of_building("code"), words=("楼栋编码", "楼栋代码", "编码", "代码")),
    Column(key="building.floors", label=_("层数"), of=Of.BUILDING, read=_of_building("floors"), shape=Shape.NUMBER, words=("层数", "楼层数", "楼层")),
    Column(key="building.households", label=_("户数"), of=Of.BUILDING, read=_of_building("households"), shape=Shape.NUMBER,
           words=("户数", "总户数", "居民户数", "住户数")),
    Column(key="building.node", label=_("所属微网格"), of=Of.BUILDING, read=_of_building("node__name"),
           words=("微网格名称", "所属微网格", "微网格", "网格", "网格名称")),
    Column(key="building.parent", label=_("所属村居"), of=Of.BUILDING, read=_of_building("node__parent__name"),
           words=("村居", "社区", "所属村居", "所属社区", "村（社区）")),
)  # fmt: skip

# --- people in their posts -----------------------------------------------------------------------------------------


def _posts(asking: Asking) -> QuerySet[Appointment]:
    ground = reach(asking.actor, Permission.PERSON_VIEW, asking.now)
    return Appointment.objects.filter(
        ground.q("node__path") | ground.q("department__node__path"), in_force(timezone.localdate(asking.now))
    )


def _of_post(*names: str) -> Callable[[Sequence[int], Asking], Mapping[int, Any]]:
    """The first of these that is there."""

    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        rows = _posts(asking).filter(pk__in=list(keys)).order_by().values_list("pk", *names)
        return {row[0]: next((value for value in row[1:] if value), "") for row in rows}

    return read


def _post_phones(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
    found = _posts(asking).filter(pk__in=list(keys)).order_by().select_related("person")
    return {one.pk: phone_of(one.person) for one in found}


def _post_people(keys: Sequence[int], asking: Asking) -> Mapping[int, int]:
    return dict(_posts(asking).filter(pk__in=list(keys)).order_by().values_list("pk", "person"))


def _teams(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
    return {pk: str(Team(team).label) for pk, team in _of_post("post_kind__team")(keys, asking).items()}


def _post_villages(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
    """The village or community: above a micro-grid its parent, below the town the place itself."""
    rows = _posts(asking).filter(pk__in=list(keys)).order_by()
    names = rows.values_list("pk", "node__tier__is_settling", "node__name", "node__parent__name")
    return {pk: above or "" if is_settling else own if above else "" for pk, is_settling, own, above in names}


def _all_posts(asking: Asking, path: str, choice: str) -> list[Row]:
    place = within([path], "node__path") | within([path], "department__node__path")
    found = _posts(asking).filter(place, person__is_active=True)
    found = found.filter(post_kind__key=choice) if choice else found.filter(derived_from__isnull=True)
    rows = found.order_by("node__path", "post_kind__rank", "pk").values_list(
        "pk", "person__name", "post_kind__name", "node"
    )
    return [Row(pk, f"{name}（{post}）", node) for pk, name, post, node in rows]


def _post_kinds() -> list[tuple[str, Any]]:
    return [("", _("所有岗位")), *((kind.key, kind.label) for kind in PostKind.objects.order_by("rank", "key"))]


_PERSONAL: dict[str, Any] = {"of": Of.POST, "permission": Permission.PERSON_VIEW}
add_rows(
    Rows(
        key="posts",
        label=_("每位在岗人员"),
        of=Of.POST,
        find=_all_posts,
        choices=_post_kinds,
        permission=Permission.PERSON_VIEW,
    )
)
add(
    Column(key="post.name", label=_("姓名"), read=_of_post("person__name"), whom=_post_people,
           words=("姓名", "人员姓名", "网格员姓名", "网格员", "网格长", "微网格长"), **_PERSONAL),
    Column(key="post.kind", label=_("岗位"), read=_of_post("post_kind__name"), words=("岗位", "职务", "岗位名称", "身份", "类别"), **_PERSONAL),
    Column(key="post.team", label=_("所在队伍"), read=_teams, words=("队伍", "团队", "所在队伍"), **_PERSONAL),
    Column(key="post.place", label=_("任职的网格或单位"), read=_of_post("node__name", "department__name"),
           words=("微网格名称", "微网格", "网格", "网格名称", "所在网格", "所属微网格", "单位", "所在单位"), **_PERSONAL),
    Column(key="post.parent", label=_("所属村居"), read=_post_villages,
           words=("村居", "社区", "所属村居", "所属社区", "村（社区）"), **_PERSONAL),
    Column(key="post.since", label=_("任职日期"), read=_of_post("valid_from"), shape=Shape.DAY, words=("任职日期", "任职时间", "上岗时间", "到岗时间"), **_PERSONAL),
    Column(key="post.public_phone", label=_("公示电话"), read=_of_post("public_phone"), words=("公示电话", "工作电话", "办公电话"), **_PERSONAL),
    Column(key="post.phone", label=_("手机号"), read=_post_phones, whom=_post_people,
           words=("联系电话", "手机号", "手机号码", "电话", "联系方式"), **_PERSONAL),
)  # fmt: skip

# --- units ---------------------------------------------------------------------------------------------------------


def _of_unit(name: str) -> Callable[[Sequence[int], Asking], Mapping[int, Any]]:
    def read(keys: Sequence[int], asking: Asking) -> Mapping[int, Any]:
        found = Department.objects.filter(_ground(asking, "node__path"), pk__in=list(keys)).order_by()
        return dict(found.values_list("pk", name))

    return read


def _all_units(asking: Asking, path: str, choice: str) -> list[Row]:
    found = Department.objects.filter(_ground(asking, "node__path"), within([path], "node__path"), is_active=True)
    return [Row(pk, name, node) for pk, name, node in found.order_by("code").values_list("pk", "name", "node")]


add_rows(Rows(key="departments", label=_("每个责任单位"), of=Of.DEPARTMENT, find=_all_units))
add(
    Column(key="department.name", label=_("单位名称"), of=Of.DEPARTMENT, read=_of_unit("name"),
           words=("单位", "单位名称", "部门", "部门名称", "责任单位", "条线部门")),
    Column(key="department.code", label=_("单位代码"), of=Of.DEPARTMENT, read=_of_unit("code"), words=("单位代码", "部门代码", "代码")),
)  # fmt: skip
