"""A person's own page of tokens: what each may do, until when, when it was last used; a new one, shown once."""

from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from yemai.base.access.doors import signed_in
from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent, Refused

from .actions import make_token, revoke_token
from .queries import token_for, tokens_of
from .terms import LIFE_DAYS, LIFE_DAYS_MAX, Scope

SHOWN = 100


class TokenForm(forms.Form):
    """What a token is for, what it may do, for how long."""

    label = forms.CharField(label=_("用途"), max_length=80, help_text=_("如“QGIS 看图层”“夜间报表”。"))
    scopes = forms.MultipleChoiceField(
        label=_("可以做什么"), choices=Scope.choices, initial=[Scope.READ], widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=LIFE_DAYS_MAX, initial=LIFE_DAYS)


@signed_in
@never_cache
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def mine(request: HttpRequest) -> HttpResponse:
    """My tokens, and a form for one more; its secret is shown on the answer and nowhere else."""
    person, now = _me(request), timezone.now()
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        scopes = [Scope(one) for one in given["scopes"]]
        try:
            _token, secret = make_token(
                person, label=given["label"], scopes=scopes, life=timedelta(days=given["days"]), actor=person, now=now
            )
            form = TokenForm()
        except Refused as refused:
            form.add_error(None, str(refused.text))
    rows = [(one, [Scope(scope).label for scope in one.scopes]) for one in tokens_of(person)[:SHOWN]]
    shown = {"form": form, "rows": rows, "secret": secret, "now": now}
    return render(request, "tokens/mine.html", shown, status=422 if form.errors else 200)


@signed_in
@require_POST
def end(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke one, for good."""
    person = _me(request)
    revoke_token(token_for(person, token_id), actor=person, now=timezone.now())
    return redirect("tokens:mine")


def _me(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):
        raise Absent
    return request.user
