"""A person's own pages: posts, absences, preferences, and how they sign in."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST

from yemai.base.people import actions
from yemai.base.people.adapters import keep_preferences
from yemai.base.people.models import Person
from yemai.base.people.queries import absences_of, appointments_of, deputising_of
from yemai.kernel.refusals import Absent, Refused

from .doors import signed_in
from .forms import AbsenceForm, PreferencesForm


def _me(request: HttpRequest) -> Person:
    """Whoever the door let in."""
    if not isinstance(request.user, Person):
        raise Absent
    return request.user


@signed_in
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """我的: posts, who I stand in for, absences, preferences."""
    return _my_page(request)


def _my_page(request: HttpRequest, absence_form: AbsenceForm | None = None, status: int = 200) -> HttpResponse:
    person, now = _me(request), timezone.now()
    context = {
        "person": person,
        "appointments": appointments_of(person),
        "deputising": deputising_of(person, now),
        "absences": absences_of(person, now),
        "absence_form": absence_form or AbsenceForm(person, now),
        "preferences_form": PreferencesForm(initial={"locale": person.locale, "size": person.size}),
        "now": now,
    }
    return render(request, "people/me.html", context, status=status)


@signed_in
@require_POST
def report_absence(request: HttpRequest) -> HttpResponse:
    """Note an absence; what was typed stays on the page when it is refused."""
    person, now = _me(request), timezone.now()
    form = AbsenceForm(person, now, request.POST)
    if not form.is_valid():
        return _my_page(request, form, status=422)
    try:
        actions.report_absence(actor=person, person=person, now=now, **form.cleaned_data)
    except Refused as refused:
        for field, text in refused.fields.items():
            form.add_error(field, str(text))
        if not refused.fields:
            form.add_error(None, str(refused.text))
        return _my_page(request, form, status=refused.status)
    messages.success(request, _("已登记请假。"))
    return redirect("me")


@signed_in
@require_POST
def end_absence(request: HttpRequest, absence_id: int) -> HttpResponse:
    """Back early, or not going."""
    person, now = _me(request), timezone.now()
    absence = absences_of(person, now).filter(pk=absence_id).first()
    if absence is None:
        raise Absent(_("没有找到这次请假，可能已经结束。"))
    actions.end_absence(actor=person, absence=absence, now=now)
    messages.success(request, _("已销假。"))
    return redirect("me")


@signed_in
@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    """Language and size of letters, here and on every device signed in on later."""
    person = _me(request)
    actions.set_preferences(
        actor=person, locale=request.POST.get("locale", ""), size=request.POST.get("size", ""), now=timezone.now()
    )
    with override(person.locale):
        messages.success(request, _("已保存。"))
    response = redirect("me")
    keep_preferences(response, person)
    return response


@signed_in
@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """How I sign in: password, second factor, outside identities."""
    person = _me(request)
    factors = {row.type: row for row in Authenticator.objects.filter(user=person)}
    codes = factors.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "person": person,
        "totp": factors.get(Authenticator.Type.TOTP),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "identities": SocialAccount.objects.filter(user=person).count(),
        "providers": get_social_adapter().list_providers(request),
    }
    return render(request, "people/security.html", context)


def outside(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Dress a view of an outside provider: 404 where it is not set up, and people are sent on by a page.

    Browsers apply the policy on form targets to redirects after a form too, and the provider's address is known only
    once it was asked; so a redirect to it would be blocked.
    """

    @wraps(view)
    def going(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except SocialApp.DoesNotExist:
            raise Absent(_("这里没有开通这种登录方式，请用密码登录。")) from None
        host = urlsplit(response.url).netloc if isinstance(response, HttpResponseRedirect) else ""
        if host:
            # WeChat's own pages want to see this mark; others ignore it.
            mark = "#wechat_redirect" if host == "open.weixin.qq.com" else ""
            return render(
                request, "socialaccount/login_redirect.html", {"redirect_to": f"{response['Location']}{mark}"}
            )
        return response

    return going
