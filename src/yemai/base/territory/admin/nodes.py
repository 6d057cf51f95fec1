"""Tiers and the tree of nodes in the back office."""

from datetime import date
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from yemai.base.office.filters import InUse
from yemai.base.office.marks import display
from yemai.base.office.registers import Register
from yemai.base.office.shown import facts, lines
from yemai.base.office.site import Asked
from yemai.base.office.verbs import Verb

from .. import actions, forms
from ..geometry import stored
from ..models import Node, Succession, Tier
from ..rules import STEP, household_doubt
from ..terms import NodeKind
from .limits import EDIT, is_open


def has_parent(request: Asked, row: Any) -> bool:
    """The root is neither moved nor redrawn."""
    return is_open(request, row) and row.parent_id is not None


class OpenNodes(InUse):
    """Nodes of today."""

    def open_q(self) -> Q:
        """Not closed."""
        return Q(valid_to__isnull=True)


@admin.register(Tier)
class TierRegister(Register):
    """The ladder: its words can be changed, its rungs are installed."""

    needs, place, changes = EDIT, None, True
    list_display = ("depth", "label", "label_en", "head_label", "is_settling", "households_range", "node_count")
    list_display_links = ("label",)
    ordering = ("depth",)
    readonly_fields = ("depth", "key", "is_settling", "code_segment")
    fields: ClassVar[Any] = (
        ("label", "label_en"), ("head_label", "head_label_en"), ("households_min", "households_max"),
        ("depth", "key"), ("is_settling", "code_segment"),
    )  # fmt: skip

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """With the number of open nodes."""
        rows: QuerySet[Any] = (
            super().get_queryset(request).annotate(open_nodes=Count("nodes", filter=Q(nodes__valid_to__isnull=True)))
        )
        return rows

    @display(description=_("户数范围"))
    def households_range(self, tier: Tier) -> str:
        """From - to."""
        if tier.households_min is None and tier.households_max is None:
            return "-"
        return f"{tier.households_min or 0} - {'' if tier.households_max is None else tier.households_max}"

    @display(description=_("网格数"))
    def node_count(self, tier: Any) -> int:
        """Open nodes."""
        return int(tier.open_nodes)

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """The words of a tier."""
        return actions.describe_tier(row, actor=request.user, now=timezone.now(), **given)


@admin.register(Node)
class NodeRegister(Register):
    """The tree; what is dated changes by verbs alone."""

    needs, place, adds, changes = EDIT, "path", True, True
    form = forms.NodeForm
    list_display = ("in_the_tree", "code", "tier", "kind", "size", "is_drawn", "valid_from", "valid_to")
    list_filter = (OpenNodes, "tier", "kind")
    list_select_related = ("tier",)
    search_fields = ("name", "code", "aliases__value")
    search_help_text = _("名称、代码或别名")
    ordering = ("path",)
    readonly_fields = ("as_entered", "drawn", "aliases", "before_and_after")
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    ("parent", "tier"),
                    ("name", "name_en"),
                    ("kind", "code"),
                    ("households", "valid_from"),
                    "public_text",
                )
            },
        ),
    )
    fieldsets = (
        (_("登记事项"), {"fields": ("as_entered",)}),
        (_("可直接修改"), {"fields": ("households", "public_text")}),
        (_("边界（只读，请用上方的按钮修改）"), {"fields": ("drawn",)}),
        (_("别名与沿革"), {"fields": ("aliases", "before_and_after")}),
    )
    verbs = (
        Verb("rename", _("改名"), "edit", "rename", _("已改名，旧名仍可查到。"), forms.RenameForm, is_open),
        Verb("alias", _("加别名"), "label", "add_alias", _("已添加别名。"), forms.NodeAliasForm, is_open),
        Verb(
            "boundary", _("画边界"), "polyline", "draw", _("边界已更新。"), forms.BoundaryForm, is_open,
            explained=_("用于首次绘制，或更正同一块地的画法。地块真的变了，请用“重划”。"),
        ),
        Verb(
            "redraw", _("重划"), "cut", "redraw", _("已重划：旧网格停用，新网格启用。"), forms.RedrawForm, has_parent,
            explained=_("旧网格自生效日停用，同名的新网格启用并得到新代码；此前的事件仍归旧网格。"),
        ),
        Verb(
            "move", _("移动"), "move_up", "move", _("已移到新的上级之下。"), forms.MoveNodeForm, has_parent,
            explained=_("连同下级一起移到另一个上级之下；旧网格停用，新网格启用，旧代码成为别名。"),
        ),
        Verb(
            "close", _("停用 / 合并"), "block", "close", _("已停用。"), forms.CloseNodeForm, is_open, is_final=True,
            explained=_("停用后不能恢复，代码不再使用；岗位随地块转到接替的网格。"),
        ),
    )  # fmt: skip

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """Without boundaries: a list of them would be megabytes."""
        return super().get_queryset(request).defer("boundary")

    def may_act(self, request: Asked, row: Any) -> bool:
        """A closed node stays as it was."""
        return row.valid_to is None and super().may_act(request, row)

    def get_form(self, request: Asked, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Parents within reach; nobody but the operator opens another root."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "parent" in form.base_fields:
            form.base_fields["parent"].limit(self.within(request, "path"))
            form.base_fields["parent"].required = not getattr(request.user, "is_superuser", False)
            form.base_fields["valid_from"].initial = timezone.localdate()
        return form

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Open a node, or edit what is not dated."""
        if not is_new:
            return actions.describe_node(row, actor=request.user, now=timezone.now(), **given)
        given = {**given, "code": given["code"].strip() or None, "kind": NodeKind(given["kind"])}
        return actions.create_node(actor=request.user, now=timezone.now(), **given)

    # --- verbs ---

    def rename(self, request: Asked, row: Node, given: dict[str, Any]) -> Node:
        """Another name from a day on."""
        return actions.rename_node(row, actor=request.user, now=timezone.now(), **given)

    def add_alias(self, request: Asked, row: Node, given: dict[str, Any]) -> None:
        """Another word."""
        actions.add_node_alias(row, actor=request.user, now=timezone.now(), **given)

    def draw(self, request: Asked, row: Node, given: dict[str, Any]) -> Node:
        """The first drawing, or a better one."""
        return actions.set_boundary(row, given["boundary"], actor=request.user, now=timezone.now(), crs=given["crs"])

    def redraw(self, request: Asked, row: Node, given: dict[str, Any]) -> Node:
        """Other ground from a day on."""
        return actions.redraw_node(
            row, given["boundary"], actor=request.user, now=timezone.now(), crs=given["crs"], on=given["on"]
        )

    def move(self, request: Asked, row: Node, given: dict[str, Any]) -> Node:
        """Under another parent."""
        return actions.move_node(row, given["parent"], actor=request.user, now=timezone.now(), on=given["on"])

    def close(self, request: Asked, row: Node, given: dict[str, Any]) -> Node:
        """The end of a node."""
        return actions.close_node(row, actor=request.user, now=timezone.now(), on=given["on"], into=list(given["into"]))

    # --- facts ---

    @display(description=_("名称"), ordering="path")
    def in_the_tree(self, node: Node) -> str:
        """Indented by depth."""
        return format_html(
            '<span class="office-tree"><i>{}</i>{}</span>', "　" * (len(node.path) // STEP - 1), node.name
        )

    @display(description=_("户数"), ordering="households")
    def size(self, node: Node) -> str:
        """With a mark where it is outside the customary range."""
        doubt = household_doubt(node.households, node.tier.households_min, node.tier.households_max)
        return f"{node.households} ⚠" if doubt else str(node.households)

    @display(description=_("边界"), boolean=True)
    def is_drawn(self, node: Node) -> bool:
        """Has it been drawn?"""
        return node.min_lon is not None

    @display(description=_("登记事项"))
    def as_entered(self, node: Node) -> str:
        """What a node is by its dates."""
        return facts([
            (_("名称"), f"{node.name} {node.name_en}"),
            (_("代码"), node.code),
            (_("层级"), node.tier),
            (_("上级"), node.parent or "-"),
            (_("类型"), node.get_kind_display()),
            (_("启用日期"), date_format(node.valid_from)),
            (_("停用日期"), date_format(node.valid_to) if node.valid_to else "-"),
            (_("小区"), node.estates.filter(ended_on__isnull=True).count()),
            (_("楼栋"), node.buildings.filter(ended_on__isnull=True).count()),
        ])  # fmt: skip

    @display(description=_("边界"))
    def drawn(self, node: Node) -> str:
        """Points, extent and label point of the boundary."""
        shape = stored(node.boundary)
        if shape is None:
            return str(_("尚未绘制"))
        parts = getattr(shape, "geoms", [shape])
        return facts([
            (_("地块数"), len(list(parts))),
            (_("顶点数"), sum(len(part.exterior.coords) - 1 for part in getattr(shape, "geoms", [shape]))),
            (_("西南角"), f"{node.min_lon:.6f}, {node.min_lat:.6f}"),
            (_("东北角"), f"{node.max_lon:.6f}, {node.max_lat:.6f}"),
            (_("标注点"), f"{node.lon:.6f}, {node.lat:.6f}"),
            (_("坐标系"), "WGS84"),
        ])  # fmt: skip

    @display(description=_("别名"))
    def aliases(self, node: Any) -> str:
        """Every other word with its dates."""
        return lines(
            f"{alias.get_kind_display()} {alias.value}{_span(alias.valid_from, alias.valid_to)}"
            for alias in node.aliases.order_by("pk")
        )

    @display(description=_("沿革"))
    def before_and_after(self, node: Node) -> str:
        """Which nodes it came from and which took over."""
        rows = (
            Succession.objects.filter(Q(before=node) | Q(after=node))
            .select_related("before", "after")
            .order_by("on", "pk")
        )
        return lines(
            f"{date_format(row.on)}　{row.before}（{row.before.code}） → {row.after}（{row.after.code}）"
            for row in rows
        )


def _span(since: date | None, until: date | None) -> str:
    if not since and not until:
        return ""
    return f"（{date_format(since) if since else ''} - {date_format(until) if until else ''}）"
