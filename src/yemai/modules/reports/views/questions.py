"""The questions put to a person, for a phone: one line each; and what they said before, to be corrected."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yemai.base.access.doors import signed_in
from yemai.kernel.refusals import Refused

from ..actions import answer, correct
from ..queries import ASKED_SHOWN, REMEMBERED_SHOWN, answers_of, asked_of, remembered
from .forms import actor_of


@signed_in
def mine(request: HttpRequest) -> HttpResponse:
    """Answer what is asked; what stands in other lines is kept although one of them is wrong."""
    actor, now = actor_of(request), timezone.now()
    wrong: dict[str, str] = {}
    if request.method == "POST":
        done = _taken_in(request, wrong)
        if done:
            messages.success(
                request, ngettext("已记下 %(n)d 项，谢谢。", "已记下 %(n)d 项，谢谢。", done) % {"n": done}
            )
        elif not wrong:
            messages.info(request, _("没有要保存的内容。"))
        if not wrong:
            return redirect("reports:questions")
    asked = list(asked_of(actor)[:ASKED_SHOWN])
    before = remembered(asked)
    lines = [
        (one, before.get((one.question_id, one.subject)), wrong.get(f"a-{one.pk}", ""), request.POST.get(f"a-{one.pk}", ""))
        for one in asked
    ]  # fmt: skip
    said = [(one, wrong.get(f"c-{one.pk}", "")) for one in answers_of(actor)[:REMEMBERED_SHOWN]]
    shown = {"lines": lines, "said": said, "today": timezone.localdate(now)}
    return render(request, "reports/questions.html", shown, status=422 if wrong else 200)


def _taken_in(request: HttpRequest, wrong: dict[str, str]) -> int:
    """Keep every line that was filled or changed; how many. What is refused goes into `wrong` by its field."""
    actor, now, done = actor_of(request), timezone.now(), 0
    for one in asked_of(actor)[:ASKED_SHOWN]:
        value = request.POST.get(f"a-{one.pk}", "").strip()
        if value:
            try:
                answer(one, value, actor=actor, now=now)
                done += 1
            except Refused as refused:
                wrong[f"a-{one.pk}"] = str(refused.text)
    for said in answers_of(actor)[:REMEMBERED_SHOWN]:
        value = request.POST.get(f"c-{said.pk}", said.value).strip()
        if value and value != said.value:
            try:
                correct(said, value, actor=actor, now=now)
                done += 1
            except Refused as refused:
                wrong[f"c-{said.pk}"] = str(refused.text)
    return done
