"""Forms of people and posts in the back office."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.office.forms import Checkboxes, RowForm, SearchSelect, VerbForm
from yemai.base.territory.forms import NodeChoice
from yemai.base.territory.models import Tier

from .models import Department, Person, PostKind
from .queries import deputies_for
from .terms import PERMISSION_LABELS, Duty, Permission, Relation

PERMISSIONS = [(permission.value, label) for permission, label in PERMISSION_LABELS.items()]


def is_operator(request: Any) -> bool:
    """A superuser: the account made at the machine itself."""
    return bool(getattr(request.user, "is_superuser", False))


def departments_within(register: Any, request: Any) -> Any:
    """Active departments on the asker's ground."""
    ground = register.office.reach(request, Permission.PERSON_APPOINT).q("node__path")
    return Department.objects.filter(ground, is_active=True)


class PersonForm(RowForm):
    """An account. The number is written, never shown: it lies sealed."""

    phone = forms.CharField(
        label=_("手机号"), max_length=30, required=False, help_text=_("加密保存，不在后台显示。修改时留空表示不变。")
    )
    password = forms.CharField(
        label=_("初始密码"), required=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("至少 10 个字符；留空则只能用企业微信等方式登录。"),
    )  # fmt: skip
    locale = forms.ChoiceField(label=_("语言"), choices=settings.LANGUAGES, required=False)

    class Meta:
        fields = "__all__"


class AppointmentForm(RowForm):
    """A person on a post."""

    node = NodeChoice(label=_("网格"), required=False, help_text=_("网格岗位选网格，部门岗位选部门，二者选一。"))
    duties = forms.MultipleChoiceField(label=_("四大员职责"), choices=Duty.choices, required=False, widget=Checkboxes)
    valid_from = forms.DateField(label=_("任职日期"), initial=timezone.localdate)
    left_to_action = frozenset({"person", "node", "department", "valid_from"})

    class Meta:
        fields = "__all__"


class PostKindForm(RowForm):
    """A kind of post."""

    permissions = forms.MultipleChoiceField(label=_("权限"), choices=PERMISSIONS, required=False, widget=Checkboxes)
    grants = forms.MultipleChoiceField(
        label=_("可授予的权限"), choices=PERMISSIONS, required=False, widget=Checkboxes,
        help_text=_("自己没有、但任命他人时可以给出的权限。"),
    )  # fmt: skip
    tier_key = forms.ChoiceField(label=_("所在层级"), required=False)
    derived_relation = forms.ChoiceField(
        label=_("兼任所在"), choices=Relation.choices, required=False, initial=Relation.SAME
    )

    class Meta:
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tier_key" in self.fields:
            tiers = [(tier.key, tier.label) for tier in Tier.objects.order_by("depth")]
            self.fields["tier_key"].choices = [("", _("任何层级")), *tiers]  # type: ignore[attr-defined]  # a ChoiceField


class DepartmentForm(RowForm):
    """A unit."""

    node = NodeChoice(label=_("服务的镇街"))

    class Meta:
        fields = "__all__"


class AbsenceForm(RowForm):
    """Somebody away."""

    from_at = forms.DateTimeField(label=_("开始时间"))
    to_at = forms.DateTimeField(label=_("结束时间"))
    left_to_action = frozenset({"person", "from_at", "to_at"})

    class Meta:
        fields = "__all__"


# --- verbs ---------------------------------------------------------------------------------------------------------


class AppointForm(VerbForm):
    """A post for the person whose page this is."""

    post_kind = forms.ModelChoiceField(label=_("岗位"), queryset=PostKind.objects.all(), widget=SearchSelect)
    node = NodeChoice(label=_("网格"), required=False)
    department = forms.ModelChoiceField(
        label=_("部门"), queryset=Department.objects.none(), required=False, widget=SearchSelect
    )
    duties = forms.MultipleChoiceField(label=_("四大员职责"), choices=Duty.choices, required=False, widget=Checkboxes)
    public_phone = forms.CharField(label=_("公示电话"), max_length=30, required=False)
    valid_from = forms.DateField(label=_("任职日期"))

    def prepare(self) -> None:
        """Places within reach."""
        ground = self.register.office.reach(self.request, Permission.PERSON_APPOINT)
        self.fields["node"].limit(ground.q("path"))  # type: ignore[attr-defined]  # a NodeChoice
        self.fields["department"].queryset = departments_within(self.register, self.request)  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["valid_from"].initial = timezone.localdate()


class PasswordForm(VerbForm):
    """A new password, typed twice."""

    password = forms.CharField(
        label=_("新密码（至少 10 个字符）"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=_("再输一遍新密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        """Both the same."""
        given = super().clean() or self.cleaned_data
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", _("两次输入的密码不一样。"))
        return given


class AwayForm(VerbForm):
    """When the person is away, and who stands in."""

    from_at = forms.DateTimeField(label=_("开始时间"))
    to_at = forms.DateTimeField(label=_("结束时间"))
    deputy = forms.ModelChoiceField(
        label=_("代理人"), queryset=Person.objects.none(), required=False, widget=SearchSelect, empty_label=_("不指定")
    )
    reason = forms.CharField(label=_("事由"), max_length=120, required=False)

    def prepare(self) -> None:
        """Colleagues who may stand in."""
        if isinstance(self.row, Person):
            self.fields["deputy"].queryset = deputies_for(self.row)  # type: ignore[attr-defined]  # a ModelChoiceField


class EndForm(VerbForm):
    """The day a post ends."""

    on = forms.DateField(label=_("离任日期"), help_text=_("离任当天起不再有权限。"))

    def prepare(self) -> None:
        """Today, unless said otherwise."""
        self.fields["on"].initial = timezone.localdate()
