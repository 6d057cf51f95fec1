"""Estates, buildings and the codes on doors in the back office."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from yemai.base.office.filters import InUse
from yemai.base.office.marks import display
from yemai.base.office.registers import Register
from yemai.base.office.site import Asked
from yemai.base.office.verbs import Verb

from .. import actions, forms
from ..models import Building, Door, Estate
from .limits import EDIT, is_open, limited


class Standing(InUse):
    """Estates and buildings that stand."""

    words = (("open", _("在用")), ("over", _("已注销")), ("all", _("全部")))

    def open_q(self) -> Q:
        """Not struck."""
        return Q(ended_on__isnull=True)


class Hanging(InUse):
    """Door codes that work."""

    def open_q(self) -> Q:
        """Not revoked."""
        return Q(revoked_at__isnull=True)


@admin.register(Estate)
class EstateRegister(Register):
    """小区."""

    needs, adds = EDIT, True
    form = forms.EstateForm
    list_display = ("name", "node", "standing", "other_words", "ended_on")
    list_filter = (Standing,)
    list_select_related = ("node",)
    search_fields = ("name", "aliases__text")
    ordering = ("name", "pk")
    search_help_text = _("名称或别名")
    fields = ("name", "node", ("lon", "lat"), "other_words", "standing", "ended_on")
    add_fieldsets = ((None, {"fields": ("name", "node", ("lon", "lat"), "aliases")}),)
    readonly_fields = ("other_words", "standing", "ended_on")
    verbs = (
        Verb("alias", _("加别名"), "label", "add_alias", _("已添加别名。"), forms.WordsForm, is_open),
        Verb("end", _("注销"), "block", "end", _("已注销。"), forms.Dated, is_open, is_final=True),
    )

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """With standing buildings counted, and other words."""
        standing = Count("buildings", filter=Q(buildings__ended_on__isnull=True), distinct=True)
        rows: QuerySet[Any] = super().get_queryset(request).annotate(standing=standing).prefetch_related("aliases")
        return rows

    def get_form(self, request: Asked, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Nodes within reach."""
        return limited(super().get_form(request, obj, change=change, **kwargs), self.within(request, "path"))

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Add it."""
        return actions.add_estate(given.pop("node"), given.pop("name"), actor=request.user, now=timezone.now(), **given)

    def add_alias(self, request: Asked, row: Estate, given: dict[str, Any]) -> None:
        """Another word."""
        actions.add_alias(given["text"], estate=row, actor=request.user, now=timezone.now())

    def end(self, request: Asked, row: Estate, given: dict[str, Any]) -> Estate:
        """Strike it."""
        return actions.end_estate(row, actor=request.user, now=timezone.now(), on=given["on"])

    @display(description=_("楼栋数"))
    def standing(self, estate: Any) -> int:
        """Standing buildings."""
        return int(estate.standing)

    @display(description=_("别名"))
    def other_words(self, estate: Any) -> str:
        """One after the other."""
        return "、".join(alias.text for alias in estate.aliases.all()) or "-"


@admin.register(Building)
class BuildingRegister(Register):
    """楼栋."""

    needs, adds, changes = EDIT, True, True
    form = forms.BuildingForm
    list_display = ("name", "estate", "node", "code", "floors", "households", "ended_on")
    list_filter = (Standing,)
    list_select_related = ("estate", "node")
    search_fields = ("name", "code", "estate__name", "aliases__text")
    search_help_text = _("楼栋、小区、代码或别名")
    ordering = ("estate__name", "pk")
    autocomplete_fields = ("estate",)
    fieldsets = (
        (None, {"fields": (("name", "code"), ("estate", "node"), ("lon", "lat"), "stairs", "other_words", "ended_on")}),
        (_("可直接修改"), {"fields": (("floors", "households"),)}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": (("name", "code"), ("estate", "node"), ("floors", "households"), ("lon", "lat"), "entrances")},
        ),
    )
    verbs = (
        Verb("move", _("改属微网格"), "move_up", "move", _("已改属，门牌码随之变更。"), forms.MoveBuildingForm, is_open),
        Verb("entrance", _("加单元"), "door_front", "add_entrance", _("已添加单元。"), forms.EntranceForm, is_open),
        Verb("alias", _("加别名"), "label", "add_alias", _("已添加别名。"), forms.WordsForm, is_open),
        Verb("door", _("制作门牌码"), "qr_code_2", "make_door", _("已制作门牌码。"), forms.MakeDoorForm, is_open),
        Verb(
            "end", _("注销"), "block", "end", _("已注销，门牌码停用。"), forms.Dated, is_open, is_final=True,
            explained=_("用于已拆除的楼栋；它的门牌码停用，过去的事件仍写着它。"),
        ),
    )  # fmt: skip

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """Without footprints."""
        return super().get_queryset(request).defer("footprint")

    def get_readonly_fields(self, request: Asked, obj: Any = None) -> tuple[str, ...]:
        """Only the counts of a standing building are edited in place."""
        shown = ("stairs", "other_words", "ended_on")
        return shown if obj is None else ("name", "code", "estate", "node", "lon", "lat", *shown)

    def may_act(self, request: Asked, row: Any) -> bool:
        """A struck building stays as it was."""
        return row.ended_on is None and super().may_act(request, row)

    def get_form(self, request: Asked, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Nodes and estates within reach."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "estate" in form.base_fields:
            form.base_fields["estate"].queryset = Estate.objects.filter(
                self.within(request, "node__path"), ended_on__isnull=True
            )
        return limited(form, self.within(request, "path"))

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Add it, or correct its counts."""
        if not is_new:
            return actions.describe_building(row, actor=request.user, now=timezone.now(), **given)
        node, name = given.pop("node"), given.pop("name")
        return actions.add_building(node, name, actor=request.user, now=timezone.now(), **given)

    def move(self, request: Asked, row: Building, given: dict[str, Any]) -> Building:
        """Into another micro-grid."""
        return actions.move_building(row, given["node"], actor=request.user, now=timezone.now())

    def add_entrance(self, request: Asked, row: Building, given: dict[str, Any]) -> None:
        """A stairwell."""
        actions.add_entrance(row, given["name"], actor=request.user, now=timezone.now())

    def add_alias(self, request: Asked, row: Building, given: dict[str, Any]) -> None:
        """Another word."""
        actions.add_alias(given["text"], building=row, actor=request.user, now=timezone.now())

    def make_door(self, request: Asked, row: Building, given: dict[str, Any]) -> None:
        """A code for its door."""
        actions.make_door(row.node, building=row, label=given["label"], actor=request.user, now=timezone.now())

    def end(self, request: Asked, row: Building, given: dict[str, Any]) -> Building:
        """Strike it."""
        return actions.end_building(row, actor=request.user, now=timezone.now(), on=given["on"])

    @display(description=_("单元"))
    def stairs(self, building: Any) -> str:
        """Its stairwells."""
        return "、".join(building.entrances.order_by("pk").values_list("name", flat=True)) or "-"

    @display(description=_("别名"))
    def other_words(self, building: Any) -> str:
        """One after the other."""
        return "、".join(building.aliases.order_by("pk").values_list("text", flat=True)) or "-"


@admin.register(Door)
class DoorRegister(Register):
    """门牌码."""

    needs, adds = EDIT, True
    form = forms.DoorForm
    list_display = ("label_or_place", "node", "building", "revoked_at")
    list_filter = (Hanging,)
    list_select_related = ("node", "building__estate")
    search_fields = ("label", "node__name", "building__name")
    search_help_text = _("张贴位置、网格或楼栋")
    ordering = ("-pk",)
    autocomplete_fields = ("building",)
    fields = ("label", "node", "building", "page", "revoked_at")
    add_fieldsets = ((None, {"fields": ("node", "building", "label")}),)
    readonly_fields = ("page", "revoked_at")
    verbs = (
        Verb(
            "revoke", _("停用"), "block", "revoke", _("已停用，扫码不再打开上报页。"),
            shown=lambda _request, door: door.revoked_at is None, is_final=True,
            explained=_("丢失、被撕或被冒用的门牌码停用后不能恢复，可另做一张。"),
        ),
    )  # fmt: skip

    def get_form(self, request: Asked, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Nodes and buildings within reach."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "building" in form.base_fields:
            form.base_fields["building"].queryset = Building.objects.filter(
                self.within(request, "node__path"), ended_on__isnull=True
            ).select_related("estate")
        return limited(form, self.within(request, "path"))

    def write(self, request: Asked, row: Any, given: dict[str, Any], *, is_new: bool) -> Model:
        """Make it."""
        return actions.make_door(given.pop("node"), actor=request.user, now=timezone.now(), **given)

    def revoke(self, request: Asked, row: Door, given: dict[str, Any]) -> Door:
        """Out of use."""
        return actions.revoke_door(row, actor=request.user, now=timezone.now())

    @display(description=_("张贴位置"), ordering="label")
    def label_or_place(self, door: Door) -> str:
        """Where it hangs."""
        return door.label or f"{door.building or door.node}"

    @display(description=_("扫码打开"))
    def page(self, door: Door) -> str:
        """The public page it opens."""
        if door.revoked_at is not None:
            return "-"
        address = reverse("cases:door", args=[door.token])
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', address, address)
