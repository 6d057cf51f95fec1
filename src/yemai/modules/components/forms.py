"""The form of a survey's table."""

from django import forms
from django.utils.translation import gettext_lazy as _

from yemai.kernel.coordinates import Crs


class TableForm(forms.Form):
    """A file and what its coordinates mean."""

    file = forms.FileField(
        label=_("部件普查表"), help_text=_(".csv 或 .xlsx；至少有标识码、名称、经度、纬度四列。"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.xls,.ods,.txt,.tsv"}),
    )  # fmt: skip
    crs = forms.CharField(
        label=_("坐标系"), max_length=60, initial=Crs.WGS84,
        help_text=_("WGS84、GCJ02、BD09、CGCS2000，或高斯投影带的 EPSG 编号，如 EPSG:4549。"),
    )  # fmt: skip
    skips = forms.BooleanField(label=_("有疑点的行跳过，其余照写"), required=False)
