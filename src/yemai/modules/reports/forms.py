"""Forms of reports."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class FormForm(forms.Form):
    """A sender's workbook."""

    file = forms.FileField(
        label=_("上级发来的表格"),
        help_text=_("原样上传 .xlsx，不用改动；不超过 5 MB。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )
    name = forms.CharField(label=_("名称"), max_length=120, required=False, help_text=_("不填就用文件名。"))
    sender = forms.CharField(label=_("要求报送的单位"), max_length=120, required=False)
    purpose = forms.CharField(
        label=_("用途"), max_length=200, required=False, help_text=_("要填姓名、电话等人员信息时必须写明，会留下记录。")
    )
    node = forms.ChoiceField(label=_("范围"))

    def __init__(self, *args: Any, nodes: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["node"] = forms.ChoiceField(label=_("范围"), choices=nodes)


class LayoutForm(forms.Form):
    """A changed workbook."""

    file = forms.FileField(label=_("新的表格"), widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}))


class RowsForm(forms.Form):
    """What a row is and where the rows lie."""

    rows = forms.CharField(max_length=100)
    sheet = forms.CharField(max_length=60)
    purpose = forms.CharField(max_length=200, required=False)
    header_first = forms.IntegerField(label=_("表头首行"), min_value=1, max_value=400)
    header_last = forms.IntegerField(label=_("表头末行"), min_value=1, max_value=400)
    body_last = forms.IntegerField(
        label=_("数据区末行"), min_value=1, max_value=400, help_text=_("合计、填表人等行以上的最后一行。")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class FillForm(forms.Form):
    """For which ground and time."""

    node = forms.CharField(max_length=20)
    first = forms.DateField(label=_("从"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("到"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
