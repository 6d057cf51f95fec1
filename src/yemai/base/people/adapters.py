"""How django-allauth is held: nobody signs up, an outside identity opens only a known person, secrets are sealed."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yemai.base.transactions import writing
from yemai.kernel.sealing import seal, unseal

from .models import Person

COOKIE_AGE = 365 * 24 * 3600
SIZE_COOKIE = "size"


class ClosedSignUp(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are opened by whoever appoints people; residents need none."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("这个账号已停用，请联系系统管理员。"),
        "enter_current_password": _("当前密码不对，请重新输入。"),
        "incorrect_password": _("密码不对，请重新输入。"),
        "invalid_login": _("用户名或密码不对。"),
        "rate_limited": _("操作太频繁，请稍后再试。"),
        "too_many_login_attempts": _("密码错误次数太多，为保护账号已暂停登录，请 15 分钟后再试。"),
        "username_password_mismatch": _("用户名或密码不对。连续输错会暂停登录。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failures are counted per account and address, so that a stranger elsewhere can't lock somebody out.

        The library's own key holds the account alone; all failures of one address are counted besides.
        """
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}@{self.get_client_ip(request)}"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the page of one's ways to sign in."""
        return reverse("mfa_index")

    def post_login(self, request: HttpRequest, user: Person, **rest: Any) -> HttpResponse:
        """Bring the person's language and size of letters to the device they signed in on."""
        response: HttpResponse = super().post_login(request, user, **rest)
        keep_preferences(response, user)
        return response


def keep_preferences(response: HttpResponse, person: Person) -> None:
    """Note language and size of letters on the device, where pages read them without asking the database."""
    for name, value in ((settings.LANGUAGE_COOKIE_NAME, person.locale), (SIZE_COOKIE, person.size)):
        response.set_cookie(
            name, value, max_age=COOKIE_AGE, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE)
        )


class KnownPeopleOnly(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """An outside identity (OpenID Connect, WeChat) never makes a person.

    It opens the one it was tied to before (by the person while signed in, or by whoever set it up), or the one whose
    registered e-mail the provider vouches for. Anybody else is told politely how to go on.
    """

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "connected_other": _("这个外部账号已绑定到另一人。"),
        "no_password": _("请先设置登录密码，再解除绑定，否则将无法登录。"),
        "disconnect_last": _("这是最后一个登录方式，不能解除绑定。"),
    }

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the person before anything is done; refuse where there is none."""
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        if not sociallogin.is_existing:
            person = _by_verified_email(sociallogin)
            if person is None:
                raise ImmediateHttpResponse(_refusal(request, sociallogin, "unknown"))
            with writing():
                sociallogin.connect(request, person)
        if not sociallogin.user.is_active:
            raise ImmediateHttpResponse(_refusal(request, sociallogin, "inactive"))


def _by_verified_email(sociallogin: SocialLogin) -> Person | None:
    """The person registered with an e-mail the provider says it verified; our register is kept by administrators."""
    for address in sociallogin.email_addresses:
        if address.verified is True and address.email:
            person = Person.objects.filter(email__iexact=address.email).first()
            if person is not None:
                return person
    return None


def _refusal(request: HttpRequest, sociallogin: SocialLogin, reason: str) -> HttpResponse:
    context = {"provider": sociallogin.provider, "reason": reason}
    return render(request, "socialaccount/refused.html", context, status=403)


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Second factors: their secrets lie sealed in the database, like all that must not be read there."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("验证码不对或已过期，请输入最新的一组。"),
        "cannot_delete_authenticator": _("不能停用两步验证。"),
        "cannot_generate_recovery_codes": _("请先启用两步验证，再生成恢复码。"),
    }

    def get_totp_label(self, user: Person) -> str:
        """The username: what the person knows this account by."""
        return user.username

    def encrypt(self, text: str) -> str:
        """Seal with the deployment's newest key."""
        return seal(text, settings.SEALING_KEYS)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what was sealed with any key still known."""
        return unseal(encrypted_text, settings.SEALING_KEYS)
