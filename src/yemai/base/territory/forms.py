"""Forms of the ground in the back office: choices of nodes within reach, and what each verb asks for."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.office.forms import RowForm, SearchSelect, SearchSelectMany, VerbForm
from yemai.kernel.coordinates import Crs

from .geometry import MOST_POINTS
from .models import Building, Node
from .rules import STEP
from .terms import AliasKind

TEXT_MOST = MOST_POINTS * 60
"""Characters of the longest boundary worth reading: two numbers of GeoJSON to a point."""


def _in_the_tree(node: Node) -> str:
    return f"{'　' * (len(node.path) // STEP - 1)}{node.name}（{node.code}）"


class NodeChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """One open node, the list drawn as a tree. Give it its ground with `limit`."""

    widget = SearchSelect

    def __init__(self, **more: Any) -> None:
        super().__init__(queryset=Node.objects.none(), empty_label=_("请选择"), **more)

    def limit(self, ground: Q) -> None:
        """Offer the open nodes on this ground (a condition on `path`)."""
        self.queryset = open_nodes(ground)

    def label_from_instance(self, obj: Any) -> str:
        """Indented by its depth."""
        return _in_the_tree(obj)


class NodesChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Several open nodes."""

    widget = SearchSelectMany

    def __init__(self, **more: Any) -> None:
        super().__init__(queryset=Node.objects.none(), **more)

    limit = NodeChoice.limit
    label_from_instance = NodeChoice.label_from_instance


def open_nodes(ground: Q) -> Any:
    """Open nodes without their boundaries, in the order of the tree."""
    return Node.objects.filter(ground, valid_to__isnull=True).defer("boundary").order_by("path")


# --- rows ----------------------------------------------------------------------------------------------------------


class NodeForm(RowForm):
    """A new node, or what of a standing one is not dated."""

    code = forms.CharField(
        label=_("代码"), max_length=40, required=False, help_text=_("留空则按上级自动编号；用过的代码不能再用。")
    )
    parent = NodeChoice(label=_("上级"), required=False)

    class Meta:
        fields = "__all__"

    def clean(self) -> Any:
        """Only the operator opens a second root: it would lie outside everybody's reach."""
        given = super().clean() or self.cleaned_data
        parent = self.fields.get("parent")
        if parent is not None and parent.required and not given.get("parent") and "parent" not in self.errors:
            self.add_error("parent", _("请选择上级。"))
        return given


class EstateForm(RowForm):
    """A new estate."""

    node = NodeChoice(label=_("属地"), help_text=_("能容纳整个小区的最低一级网格。"))
    aliases = forms.CharField(
        label=_("别名"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("居民常用的其他叫法，每行一个。"),
    )

    class Meta:
        fields = "__all__"

    def clean_aliases(self) -> list[str]:
        """One to a line."""
        return lines_of(self.cleaned_data["aliases"])


class BuildingForm(RowForm):
    """A new building, or the counts of a standing one."""

    node = NodeChoice(label=_("微网格"))
    entrances = forms.CharField(
        label=_("单元"), required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("每行一个，如“1单元”。")
    )

    class Meta:
        fields = "__all__"

    def clean_entrances(self) -> list[str]:
        """One to a line."""
        return lines_of(self.cleaned_data["entrances"])


class DoorForm(RowForm):
    """A new code for a door."""

    node = NodeChoice(label=_("网格"))

    class Meta:
        fields = "__all__"


def lines_of(text: str) -> list[str]:
    """The lines that say something, each once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


# --- verbs ---------------------------------------------------------------------------------------------------------


class Dated(VerbForm):
    """A verb that takes effect on a day."""

    on = forms.DateField(label=_("生效日期"))

    def prepare(self) -> None:
        """Today, unless said otherwise."""
        self.fields["on"].initial = timezone.localdate()


class RenameForm(Dated):
    """The new name."""

    name = forms.CharField(label=_("新名称"), max_length=80)
    name_en = forms.CharField(label=_("英文名称"), max_length=120, required=False)
    field_order = ["name", "name_en", "on"]

    def prepare(self) -> None:
        """The names as they are."""
        super().prepare()
        self.initial = {"name": getattr(self.row, "name", ""), "name_en": getattr(self.row, "name_en", "")}


class NodeAliasForm(VerbForm):
    """Another word for a node."""

    kind = forms.ChoiceField(label=_("类型"), choices=AliasKind.choices)
    value = forms.CharField(label=_("别名"), max_length=80)


class MoveNodeForm(Dated):
    """The new parent."""

    parent = NodeChoice(label=_("新的上级"))
    field_order = ["parent", "on"]

    def prepare(self) -> None:
        """Nodes within reach."""
        super().prepare()
        self.fields["parent"].limit(self.register.within(self.request, "path"))  # type: ignore[attr-defined]  # a NodeChoice


class CloseNodeForm(Dated):
    """Who takes the ground over."""

    into = NodesChoice(
        label=_("由谁接替"), required=False,
        help_text=_("合并选一个，拆分选几个；不选则直接停用，须先移走楼栋、小区和下级网格。"),
    )  # fmt: skip
    field_order = ["into", "on"]

    def prepare(self) -> None:
        """Nodes within reach."""
        super().prepare()
        self.fields["into"].limit(self.register.within(self.request, "path"))  # type: ignore[attr-defined]  # a NodesChoice


class BoundaryFields(forms.Form):
    """A polygon, pasted or as a file."""

    boundary = forms.CharField(
        label=_("边界（GeoJSON 面）"), required=False, max_length=TEXT_MOST, widget=forms.Textarea(attrs={"rows": 8})
    )
    file = forms.FileField(label=_("或选择 .geojson 文件"), required=False)
    crs = forms.CharField(
        label=_("坐标系"),
        max_length=60,
        initial=Crs.WGS84,
        help_text=_("WGS84、GCJ02、BD09、CGCS2000，或高斯投影带的 EPSG 编号，如 EPSG:4549。"),
    )

    def clean(self) -> dict[str, Any]:
        """One of both; the file is read as text."""
        given = super().clean() or self.cleaned_data
        file = given.get("file")
        if file is not None:
            if file.size > TEXT_MOST:
                self.add_error("file", _("文件太大，请先简化边界。"))
                return given
            try:
                given["boundary"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", _("文件不是 UTF-8 编码的 GeoJSON，请重新导出。"))
        if not given.get("boundary") and not self.errors:
            self.add_error("boundary", _("请粘贴边界，或选择文件。"))
        return given


class BoundaryForm(BoundaryFields, VerbForm):
    """A drawing of the ground there is."""


class RedrawForm(Dated, BoundaryForm):
    """Other ground from a day on."""

    field_order = ["boundary", "file", "crs", "on"]


class WordsForm(VerbForm):
    """Other words for an estate or a building."""

    text = forms.CharField(label=_("别名"), max_length=80)


class EntranceForm(VerbForm):
    """A stairwell."""

    name = forms.CharField(label=_("单元"), max_length=40)


class MoveBuildingForm(VerbForm):
    """The node a building stands in from now on."""

    node = NodeChoice(label=_("新的微网格"))

    def prepare(self) -> None:
        """Nodes within reach."""
        self.fields["node"].limit(self.register.within(self.request, "path"))  # type: ignore[attr-defined]  # a NodeChoice


class MakeDoorForm(VerbForm):
    """Where the code will hang."""

    label = forms.CharField(label=_("张贴位置"), max_length=80, required=False)

    def prepare(self) -> None:
        """Named after the building unless said otherwise."""
        if isinstance(self.row, Building):
            self.fields["label"].initial = f"{self.row.estate or ''}{self.row.name}"
