"""Forms of the register of cameras."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .terms import Answer


class CameraForm(forms.Form):
    """One camera."""

    name = forms.CharField(label=_("名称"), max_length=80)
    owner = forms.CharField(label=_("管理单位"), max_length=80)
    contact = forms.CharField(
        label=_("向谁申请"), max_length=120, help_text=_("写岗位或办公室，不写个人手机号，如“派出所值班室”。")
    )
    lon = forms.FloatField(label=_("经度"), min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("纬度"), min_value=-90, max_value=90)


class MomentField(forms.DateTimeField):
    """A moment by the browser's own picker, local time."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    input_formats = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")


class ViewForm(forms.Form):
    """What is to be viewed, and why."""

    purpose = forms.CharField(label=_("事由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    case_number = forms.CharField(label=_("案卷号"), max_length=24, required=False)
    from_at = MomentField(label=_("录像时段，从"))
    to_at = MomentField(label=_("到"))


class AnswerForm(forms.Form):
    """What became of a request."""

    answer = forms.ChoiceField(label=_("结果"), choices=[one for one in Answer.choices if one[0] != Answer.WAITING])
    text = forms.CharField(label=_("说明"), max_length=300, required=False)
