"""One page: what adopting a plan does to the ground, and from which day on."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.access.doors import needs
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.territory.standing import standing_on
from yemai.kernel.refusals import Refused
from yemai.modules.planning.queries import plan_for

from .adopting import adopt_plan
from .dividing import division_of


class AdoptForm(forms.Form):
    """The day."""

    on = forms.DateField(
        label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("以后的日期会先安排好，当天自动生效；在那之前都可以撤销。"),
    )  # fmt: skip


@needs(Permission.TERRITORY_EDIT)
def adopt(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Micro-grids that end, those that come, what is touched; sent, it leads to the adjustment's own page."""
    assert isinstance(request.user, Person)  # noqa: S101 - the door needs a permission
    plan = plan_for(request.user, plan_id)
    form = AdoptForm(request.POST or None, initial={"on": timezone.localdate().isoformat()})
    if request.method == "POST" and form.is_valid():
        try:
            made = adopt_plan(plan, on=form.cleaned_data["on"], actor=request.user, now=timezone.now())
        except Refused as refused:
            form.add_error("on" if "on" in refused.fields else None, str(refused.text))
        else:
            return redirect("adjustments:adjustment", adjustment_id=made.pk)
    division = division_of(plan)
    names = {one.pk: one.label for one in division.before}
    after = [
        {"name": one.name, "buildings": len(one.buildings), "households": one.households, "team": names.get(one.keeps or 0)}
        for one in division.after
    ]  # fmt: skip
    shown = {"plan": plan, "form": form, "division": division, "after": after, "touched": standing_on(division.before)}
    return render(request, "adopted_plan/adopt.html", shown, status=422 if form.errors else 200)
