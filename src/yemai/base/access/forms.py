"""Forms of signing in and of a person's own pages, in our words."""

from datetime import datetime
from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from yemai.base.people.models import Person
from yemai.base.people.queries import deputies_for
from yemai.base.people.terms import Size


def plain(form: forms.BaseForm) -> None:
    """Drop placeholders that repeat the label and help that leads to pages we do not have."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        if isinstance(field.widget, forms.PasswordInput):
            field.help_text = ""


class SignIn(account_forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("用户名")
        self.fields["password"].label = _("密码")
        self.fields["remember"].label = _("在这台设备上保持登录（公用设备请勿勾选）")
        plain(self)


class PasswordAgain(account_forms.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The password once more, before a change to how one signs in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("密码")
        plain(self)


class ChangePassword(account_forms.ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    """The old password and, twice, the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("当前密码")
        self.fields["password1"].label = _("新密码（至少 10 个字符）")
        self.fields["password2"].label = _("再输一遍新密码")
        plain(self)


class SetPassword(account_forms.SetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """A first password, for somebody who so far came in through an outside identity alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("密码（至少 10 个字符）")
        self.fields["password2"].label = _("再输一遍密码")
        plain(self)


class Code(mfa_forms.AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The code of the second factor, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self)


class CodeAgain(mfa_forms.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The code once more, before a change to how one signs in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self)


class FirstCode(totp_forms.ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """The first code of a new second factor, which proves the app was set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code(self)


def _as_code(form: forms.BaseForm) -> None:
    form.fields["code"].label = _("验证码")
    form.fields["code"].widget.attrs["inputmode"] = "numeric"
    plain(form)


class PreferencesForm(forms.Form):
    """Language and size of letters."""

    locale = forms.ChoiceField(label=_("语言"), choices=settings.LANGUAGES)
    size = forms.ChoiceField(label=_("字号"), choices=Size.choices)


class MomentInput(forms.DateTimeInput):
    """The browser's own picker of day and time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class AbsenceForm(forms.Form):
    """When somebody is away and who acts for them."""

    from_at = forms.DateTimeField(label=_("开始时间"), widget=MomentInput())
    to_at = forms.DateTimeField(label=_("结束时间"), widget=MomentInput())
    deputy = forms.ModelChoiceField(
        label=_("代理人"),
        queryset=Person.objects.none(),
        required=False,
        empty_label=_("不指定"),
        help_text=_("请假期间，代理人以您的岗位权限处理事务。"),
    )
    reason = forms.CharField(label=_("事由"), max_length=120, required=False)

    def __init__(self, person: Person, now: datetime, data: Any = None) -> None:
        super().__init__(data)
        deputy = self.fields["deputy"]
        if isinstance(deputy, forms.ModelChoiceField):
            deputy.queryset = deputies_for(person, now)
