"""Forms of the catalogue in the back office."""

import re
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.office.forms import RowForm, VerbForm
from yemai.kernel.worktime import Limit

from .actions.responsibilities import ResponsibilityLine
from .models import Catalogue, ResponsibilityList


class CatalogueForm(RowForm):
    """The words and days of a version."""

    class Meta:
        fields = "__all__"


class CategoryForm(RowForm):
    """A class."""

    keywords = forms.CharField(
        label=_("关键词"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("居民常用的说法，用空格、逗号或顿号分开；用于登记时建议类别。"),
    )  # fmt: skip

    class Meta:
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "keywords" in self.fields:
            self.initial["keywords"] = " ".join(self.instance.keywords)

    def clean_keywords(self) -> list[str]:
        """Each once."""
        return list(dict.fromkeys(word for word in re.split(r"[\s,，、;；]+", self.cleaned_data["keywords"]) if word))


class TemplateForm(RowForm):
    """A reply template."""

    class Meta:
        fields = "__all__"


class ConditionForm(RowForm):
    """A filing condition; a row of a table, so each field says its name itself."""

    class Meta:
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = str(field.label or "")

    def clean_limit(self) -> str:
        """As the kernel reads it."""
        try:
            return str(Limit.parse(self.cleaned_data["limit"]))
        except ValueError:
            raise forms.ValidationError(_("应为数字加单位，如 2UH、4WH、3WD、7ND。")) from None


class CopyForm(VerbForm):
    """The next version."""

    version = forms.CharField(label=_("新版本号"), max_length=32)
    label = forms.CharField(label=_("名称"), max_length=80)
    basis = forms.CharField(label=_("依据"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    effective_from = forms.DateField(
        label=_("生效日期"), help_text=_("到这一天，新上报的事件改用新版本；已分类的事件不变。")
    )

    def prepare(self) -> None:
        """The words of the version copied."""
        if isinstance(self.row, Catalogue):
            self.initial = {"label": self.row.label, "basis": self.row.basis, "effective_from": timezone.localdate()}


class ResponsibilityListForm(VerbForm):
    """A whole new version of the responsibility list, a line for each class."""

    version = forms.CharField(label=_("版本号"), max_length=32)
    basis = forms.CharField(label=_("依据"), required=False, max_length=300, help_text=_("文件名与文号。"))
    effective_from = forms.DateField(label=_("生效日期"))
    lines = forms.CharField(
        label=_("清单"), widget=forms.Textarea(attrs={"rows": 18}), max_length=200_000,
        help_text=_(
            "每行一条，可从表格里整块粘贴：类别（代码或名称，可写大类）、主办单位、协办单位（顿号分开）、"
            "属地网格编码、依据；后三列可以不写。"
        ),
    )  # fmt: skip

    def prepare(self) -> None:
        """The lines of the version copied, to be changed."""
        self.initial = {"effective_from": timezone.localdate()}
        if isinstance(self.row, ResponsibilityList):
            self.initial |= {"basis": self.row.basis, "lines": as_lines(self.row)}

    def clean_lines(self) -> list[ResponsibilityLine]:
        """Cells parted by tabs or, where there is none, by commas or blanks."""
        found = []
        for line in self.cleaned_data["lines"].splitlines():
            cells = line.split("\t") if "\t" in line else re.split(r"[,，]|\s+", line.strip())
            what, lead, joint, where, basis = ([cell.strip() for cell in cells] + [""] * 5)[:5]
            if what or lead:
                found.append(
                    ResponsibilityLine(what, lead, tuple(re.split(r"[、;；/]", joint)) if joint else (), where, basis)
                )
        return found


def as_lines(responsibility_list: ResponsibilityList) -> str:
    """A version as it is typed in."""
    rows = responsibility_list.lines.select_related("lead", "node").prefetch_related("joint")
    return "\n".join(
        "\t".join(
            (one.code, one.lead.name, "、".join(unit.name for unit in one.joint.all()), one.node.code if one.node else "",
             one.basis)
        ).rstrip()
        for one in rows
    )  # fmt: skip
