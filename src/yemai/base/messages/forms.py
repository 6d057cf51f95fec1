"""Forms of messages in the back office: a robot's address and secret are written, never shown."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yemai.base.office.forms import Checkboxes, RowForm
from yemai.base.territory.forms import NodeChoice

from .terms import ROBOT_PER_MINUTE, Audience


class RobotForm(RowForm):
    """A group robot."""

    node = NodeChoice(label=_("所属节点"), help_text=_("它听到这个节点和下级的消息。"))
    audiences = forms.MultipleChoiceField(
        label=_("对象"), choices=Audience.choices, required=False, widget=Checkboxes, help_text=_("不选表示全部。")
    )
    url = forms.CharField(
        label=_("Webhook 地址"), max_length=400, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("从群机器人设置里复制；加密保存，以后不再显示。"),
    )  # fmt: skip
    secret = forms.CharField(
        label=_("加签密钥"), max_length=200, required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("钉钉“加签”方式才需要。"),
    )  # fmt: skip
    per_minute = forms.IntegerField(
        label=_("每分钟上限"), min_value=1, max_value=ROBOT_PER_MINUTE, initial=ROBOT_PER_MINUTE
    )

    class Meta:
        fields = "__all__"


class RuleForm(RowForm):
    """One cell of the table; said again it takes the new word. In the list its switches are named for those who don't see the row they stand in."""

    left_to_action = frozenset({"event"})

    class Meta:
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.instance
        if rule.pk:
            cell = f"{rule.get_event_display()} {rule.get_audience_display()} {rule.get_channel_display()}"
            for field in self.fields.values():
                field.widget.attrs["aria-label"] = f"{cell} {field.label}"
