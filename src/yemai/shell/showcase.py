"""Sample values for the page that shows every part of the look; invented, and saved nowhere."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from yemai.modules.cases.terms import SCORE_LABELS, Lamp, Stage


class SampleForm(forms.Form):
    """One field of each kind."""

    words = forms.CharField(label="什么事", widget=forms.Textarea(attrs={"rows": 3}), help_text="写几个字就行。")
    place = forms.CharField(label="在哪里", required=False)
    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), ("1", "暴露垃圾"), ("2", "井盖缺损")])
    outcome = forms.ChoiceField(
        label="处置结果", choices=[("a", "已解决"), ("b", "部分解决"), ("c", "未解决")], widget=forms.RadioSelect
    )
    told = forms.BooleanField(label="同时告诉上报人", required=False)
    day = forms.DateField(label="完成日期", widget=forms.DateInput(attrs={"type": "date"}))
    photos = forms.FileField(
        label="照片", required=False, widget=forms.FileInput(attrs={"accept": "image/*", "data-photo-input": "6"})
    )


def samples(now: datetime) -> dict[str, Any]:
    """What the page shows."""
    wrong = SampleForm({"words": "", "outcome": "a"})
    wrong.is_valid()
    return {
        "lamps": list(Lamp.values),
        "stages": list(Stage.values),
        "scores": sorted(SCORE_LABELS.items(), reverse=True),
        "form": SampleForm(auto_id="a_%s"),
        "wrong": wrong,
        "moments": [now + timedelta(hours=hours) for hours in (-30, -1, 2, 20, 44, 200, 9000)],
        "lengths": [0, 45, 200, 1440, 3100],
        "page": {"next_cursor": "x", "query": "lamp=red"},
        "rows": [
            {"lamp": name, "title": title, "due": now + timedelta(hours=hours)}
            for name, title, hours in (
                ("red", "河边护栏断了一节，就在步道拐弯那儿，小孩跑过去一头就栽下去了！", -20),
                ("yellow", "1栋顶楼的又在搭阳光房，钢架昨天吊上去了", 1),
                ("green", "楼上空调水一直滴在我家雨棚上，滴滴答答一夜", 50),
                ("grey", "架空层空着也是空着，能不能弄个小书屋？", 900),
            )
        ],
    }
