"""What each kind of adjustment asks for."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import shapely
from django import forms
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.actions import Piece
from yemai.base.territory.forms import BoundaryFields
from yemai.base.territory.geometry import polygon_from, stored
from yemai.base.territory.models import Building, Node
from yemai.base.territory.sharing import Placed, shared_ground
from yemai.kernel.refusals import Refused

from . import plans
from .terms import Kind

PARTS_MOST = 6


class Asked(forms.Form):
    """The day, and why."""

    kind: Kind
    on = forms.DateField(
        label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("以后的日期会先安排好，当天自动生效；在那之前都可以撤销。"),
    )  # fmt: skip
    note = forms.CharField(label=_("说明（可选）"), max_length=300, required=False)

    def __init__(self, *args: Any, node: Node, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.node = node
        self.fields["on"].initial = today.isoformat()
        self.prepare()
        for name in ("on", "note"):
            self.fields[name] = self.fields.pop(name)  # last, whatever else is asked

    def prepare(self) -> None:
        """What depends on the node."""

    def before(self) -> list[Node]:
        """The nodes it changes."""
        return [self.node]

    def plan(self) -> dict[str, Any]:
        """What is to be done, see `plans`."""
        raise NotImplementedError


class RenameAsked(Asked):
    """The new name."""

    kind = Kind.RENAME
    name = forms.CharField(label=_("新名称"), max_length=80)
    name_en = forms.CharField(label=_("英文名称"), max_length=120, required=False)

    def prepare(self) -> None:
        """The names as they are."""
        self.fields["name"].initial, self.fields["name_en"].initial = self.node.name, self.node.name_en

    def plan(self) -> dict[str, Any]:
        """A rename."""
        return plans.renaming(self.cleaned_data["name"], self.cleaned_data["name_en"])


class NodeField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """One node by name and code."""

    def label_from_instance(self, obj: Any) -> str:
        """Two nodes may have one name."""
        return f"{obj.label}（{obj.code}）"


class NodesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Several nodes, ticked."""

    widget = forms.CheckboxSelectMultiple
    label_from_instance = NodeField.label_from_instance


class MoveAsked(Asked):
    """The new parent."""

    kind = Kind.MOVE
    parent = NodeField(label=_("新的上级"), queryset=Node.objects.none())

    def plan(self) -> dict[str, Any]:
        """A move."""
        return plans.moving(self.cleaned_data["parent"])


class CloseAsked(Asked):
    """Who takes the ground over."""

    kind = Kind.CLOSE
    into = NodesField(
        label=_("由谁接替"), queryset=Node.objects.none(), required=False,
        help_text=_("合并选一个，拆分选几个；不选则直接停用，须先移走楼栋、小区和下级网格。"),
    )  # fmt: skip

    def plan(self) -> dict[str, Any]:
        """An end."""
        return plans.closing(list(self.cleaned_data["into"]))


class RedrawAsked(BoundaryFields, Asked):
    """Other ground for the same node."""

    kind = Kind.REDRAW

    def clean(self) -> dict[str, Any]:
        """A sound polygon in WGS-84."""
        given = super().clean()
        if not self.errors:
            try:
                given["shape"] = polygon_from(given["boundary"], given["crs"])
            except Refused as refused:
                self.add_error("crs" if "crs" in (refused.fields or {}) else "boundary", str(refused.text))
        return given

    def plan(self) -> dict[str, Any]:
        """A redrawing."""
        return plans.redrawing(shapely.to_geojson(self.cleaned_data["shape"]))


class MergeAsked(Asked):
    """Who is joined, under which name, whose team goes on."""

    kind = Kind.MERGE
    others = NodesField(label=_("与哪些网格合并"), queryset=Node.objects.none())
    name = forms.CharField(label=_("合并后的名称"), max_length=80)

    def prepare(self) -> None:
        """The node's own name."""
        self.fields["name"].initial = self.node.name

    def before(self) -> list[Node]:
        """The node and the others."""
        return [self.node, *self.cleaned_data["others"]]

    def plan(self) -> dict[str, Any]:
        """One piece; every team goes along, so that nobody is sent away by a merger."""
        nodes = self.before()
        shapes = [stored(one.boundary) for one in Node.objects.filter(pk__in=[one.pk for one in nodes])]
        whole = None if any(one is None for one in shapes) else shapely.union_all(shapes)
        buildings = Building.objects.filter(node__in=nodes, ended_on__isnull=True).order_by("pk")
        return plans.dividing([
            Piece(
                self.cleaned_data["name"], buildings=tuple(buildings.values_list("pk", flat=True)), boundary=whole,
                parent=self.node.parent_id, households=sum(one.households for one in nodes) or None,
            )
        ])  # fmt: skip


class SplitAsked(Asked):
    """How many parts, their names, and which building goes where."""

    kind = Kind.SPLIT

    def __init__(self, *args: Any, buildings: Sequence[Building], parts: int, **kwargs: Any) -> None:
        self.buildings, self.parts = list(buildings), min(max(parts, 2), PARTS_MOST)
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """A name per part, a choice per building; at first the buildings in order, by households."""
        for number in range(self.parts):
            self.fields[f"name_{number}"] = forms.CharField(
                label=_("第 %(n)d 个网格的名称") % {"n": number + 1}, max_length=80,
                initial=self.node.name if number == 0 else f"{self.node.name}（{number + 1}）",
            )  # fmt: skip
        keeps = [(str(number), _("第 %(n)d 个") % {"n": number + 1}) for number in range(self.parts)]
        self.fields["keeps"] = forms.ChoiceField(
            label=_("原有队伍去向"), choices=[*keeps, ("", _("每个新网格都保留"))], initial="0", required=False
        )
        choices = [(str(number), str(number + 1)) for number in range(self.parts)]
        for one, start in zip(self.buildings, self._shared(), strict=True):
            self.fields[f"building_{one.pk}"] = forms.ChoiceField(
                label=f"{one.estate.name if one.estate else ''}{one.name}", choices=choices, initial=str(start)
            )

    def _shared(self) -> list[int]:
        """Parts of about the same number of households along the ground."""
        total = sum(max(one.households, 1) for one in self.buildings) or 1
        found, sofar = [], 0
        for one in self.buildings:
            found.append(min(self.parts - 1, int((sofar + max(one.households, 1) / 2) * self.parts / total)))
            sofar += max(one.households, 1)
        return found

    def rows(self) -> list[Any]:
        """The buildings with their fields, for the page."""
        return [(one, self[f"building_{one.pk}"]) for one in self.buildings]

    def names(self) -> list[Any]:
        """The fields of the names."""
        return [self[f"name_{number}"] for number in range(self.parts)]

    def clean(self) -> dict[str, Any]:
        """No part without a building."""
        given = super().clean() or {}
        used = {given.get(f"building_{one.pk}") for one in self.buildings}
        if not self.errors and len(used) < self.parts:
            raise forms.ValidationError(_("有的新网格没有分到楼栋，请改正，或减少网格数。"))
        return given

    def plan(self) -> dict[str, Any]:
        """Pieces whose ground is shared out to the nearest building."""
        given = self.cleaned_data
        groups: list[list[int]] = [[] for _part in range(self.parts)]
        for at, one in enumerate(self.buildings):
            groups[int(given[f"building_{one.pk}"])].append(at)
        shapes = self._drawn(groups)
        keeps = int(given["keeps"]) if given["keeps"] else None
        return plans.dividing([
            Piece(
                given[f"name_{number}"], buildings=tuple(self.buildings[at].pk for at in group),
                boundary=shapes[number], parent=self.node.parent_id, keeps=self.node.pk if keeps == number else None,
            )
            for number, group in enumerate(groups)
        ])  # fmt: skip

    def _drawn(self, groups: list[list[int]]) -> list[Any]:
        ground = stored(Node.objects.values_list("boundary", flat=True).get(pk=self.node.pk))
        placed = {
            at: Placed(one.lon, one.lat, stored(one.footprint))
            for at, one in enumerate(self.buildings)
            if one.lon is not None and one.lat is not None
        }
        own = [[at for at in group if at in placed] for group in groups]
        if ground is None or not all(own):
            return [None] * len(groups)
        order = {at: number for number, at in enumerate(placed)}
        drawn = shared_ground(list(placed.values()), [[order[at] for at in group] for group in own], ground)
        sound = [one if one.is_valid else shapely.make_valid(one) for one in drawn]
        return [None if one.is_empty else one for one in sound]


FORMS: dict[Kind, type[Asked]] = {
    one.kind: one for one in (RenameAsked, RedrawAsked, MoveAsked, MergeAsked, SplitAsked, CloseAsked)
}
