"""The working pages of staff: queues, the register, a case, and every step of it. One set for phone and desk."""

import uuid
from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yemai.base.access.doors import signed_in
from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record_look
from yemai.base.files.queries import photo_response
from yemai.base.people.models import Department, Person
from yemai.base.people.queries import acts_for, holders
from yemai.kernel.refusals import Absent, Refused

from .. import rules
from ..actions import take_step
from ..forms import StepForm
from ..models import Case
from ..queries import listing
from ..queries.catalogue import propose_categories
from ..queries.detail import FIRST, case_view, circle_of, invited_to, photo_of, reporter_contact
from ..queries.proposed import bounce_rates, propose_people, propose_units
from ..queries.replies import ANSWER_VERBS, filled, judged
from ..steps import STEPS, StepRule
from ..terms import TEXT_MAX, Rung, Stage, Verb, Who
from .answers import field_of
from .filtering import choices, extra_of, filter_from, whole
from .kept import Kept
from .outbox import form_problem, wants_json
from .paging import page_of

QUEUE_TITLES = {
    "mine": gettext_lazy("我的在办"),
    "take": gettext_lazy("待接办"),
    "consult": gettext_lazy("待会商"),
    "check": gettext_lazy("待核查"),
    "rate": gettext_lazy("待评价"),
    "intake": gettext_lazy("待受理"),
    "dispatch": gettext_lazy("待派遣"),
    "decide": gettext_lazy("待审批"),
    "bounced": gettext_lazy("退单"),
    "units": gettext_lazy("本单位在办"),
}
NEEDS = {
    "take": (Permission.CASE_HANDLE,),
    "consult": (Permission.CASE_CONSULT,),
    "check": (Permission.CASE_CHECK,),
    "rate": (Permission.CASE_CHECK, Permission.CASE_CONSULT),
    "intake": (Permission.CASE_INTAKE,),
    "dispatch": (Permission.CASE_DISPATCH,),
    "decide": (Permission.CASE_DISPATCH, Permission.CASE_SUPERVISE),
    "bounced": (Permission.CASE_DISPATCH, Permission.CASE_SUPERVISE),
    "units": (Permission.CASE_DEPARTMENT,),
}
"""Whoever holds one of these somewhere has the queue; the same as its query in `listing` looks for."""
QUICK = {
    Verb.TAKE, Verb.ESCALATE, Verb.SUBMIT_FEEDBACK, Verb.CHECK_PASS, Verb.ACCEPT, Verb.ASSIGN, Verb.CONSULT, Verb.DECIDE,
    Verb.INVITE_SCORE,
}  # fmt: skip
"""Steps offered on the row itself, so that nobody has to leave the list."""


def queues_of(person: Person) -> list[str]:
    """The queues a person has, in the order of their work; everybody has what is in their own name."""
    return ["mine", *(name for name, wanted in NEEDS.items() if any(reach(person, one) for one in wanted))]


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """The first queue with something in it."""
    assert isinstance(request.user, Person)  # noqa: S101 - signed_in
    names = queues_of(request.user)
    first = next((name for name in names if listing.QUEUES[name](request.user).exists()), names[0])
    return redirect("cases:queue", name=first)


@signed_in
def queue(request: HttpRequest, name: str) -> HttpResponse:
    """One work queue, by lamp; its filters stand in the address."""
    person, now = _person(request), timezone.now()
    names = queues_of(person)
    if name not in names:
        raise Absent()
    by = filter_from(request)
    found = listing.narrowed(listing.QUEUES[name](person), by, now)
    page = page_of(request, found if name == "bounced" else listing.by_due(found), keys=listing.order_of(name))
    return render(
        request,
        "cases/queue.html",
        {
            "title": QUEUE_TITLES[name],
            "name": name,
            "tabs": [(key, QUEUE_TITLES[key], listing.QUEUES[key](person).count()) for key in names],
            "rows": [row_of(case, person, now) for case in page.items],
            "page": page,
            "by": by,
            "departments": Department.objects.filter(is_active=True).order_by("code") if name == "dispatch" else (),
            "bounces": bounce_rates(now) if name == "bounced" else None,
            **choices(),
        },
    )


@signed_in
def register(request: HttpRequest) -> HttpResponse:
    """Every case one may see, newest first, narrowed by the address."""
    person, now = _person(request), timezone.now()
    by = filter_from(request)
    page = page_of(request, listing.newest(listing.narrowed(listing.cases_for(person), by, now)), keys=("-id",))
    return render(
        request,
        "cases/register.html",
        {
            "title": _("事件台账"),
            "rows": [row_of(case, person, now, with_steps=False) for case in page.items],
            "page": page,
            "by": by,
            "extra": extra_of(request),
            **choices(),
        },
    )


def row_of(case: Case, person: Person, now: Any, *, with_steps: bool = True) -> dict[str, Any]:
    """A row of a list: the case, its lamp, and the few steps that can be taken from it.

    The buttons come from the row's own columns (no query per row); the server asks the table again when one is pressed.
    """
    return {
        "case": case,
        "lamp": rules.lamp(Stage(case.stage), case.clock_warn_at, case.clock_due_at, now),
        "steps": quick_steps(case, person, now) if with_steps else [],
    }


def quick_steps(case: Case, person: Person, now: Any) -> list[StepRule]:
    """The quick steps of a row, judged without reading more than the row holds."""
    stands = {
        who
        for permission, who in (
            (Permission.CASE_HANDLE, Who.WORKER),
            (Permission.CASE_INTAKE, Who.INTAKE),
            (Permission.CASE_CONSULT, Who.LEADER),
            (Permission.CASE_DISPATCH, Who.CENTRE),
            (Permission.CASE_CHECK, Who.CHECKER),
        )
        if reach(person, permission).covers(case.path)
    }
    if case.handler_id in acts_for(person):
        stands.add(Who.HANDLER)
    if case.lead_department_id in reach(person, Permission.CASE_DEPARTMENT).departments:
        stands |= {Who.LEAD_UNIT, Who.DISPOSER}
    facts = rules.Facts(
        stage=Stage(case.stage),
        rung=Rung(case.rung),
        has_handler=case.handler_id is not None,
        has_lead_unit=case.lead_department_id is not None,
        due_at=case.due_at if case.started_at else None,
        extensions=case.extensions,
        open_joint_units=int(getattr(case, "joint_open", False)),
    )
    first = FIRST.get(Stage(case.stage), ())
    if Who.LEADER in stands and case.stage == Stage.HANDLING and case.rung == Rung.LEADER:
        first = (Verb.CONSULT, *first)  # handed up to the three teams: they are to be called together
    found = [row for row in rules.open_steps(facts, stands, now) if row.verb in QUICK]
    return sorted(found, key=lambda row: first.index(row.verb) if row.verb in first else len(first))[:3]


@signed_in
def case_page(request: HttpRequest, case_id: int) -> HttpResponse:
    """One case: what it is, what to do next, its whole story."""
    person, now = _person(request), timezone.now()
    view = case_view(person, listing.case_for(person, case_id), now)
    contact = None
    if view.may_see_reporter and request.GET.get("reporter"):
        record_look(actor=person, subject=view.case, purpose="case.reporter", now=now)
        contact = reporter_contact(view.case)
    return render(request, "cases/case.html", {"view": view, "case": view.case, "contact": contact, "now": now})


@signed_in
def step(request: HttpRequest, case_id: int, verb: str) -> HttpResponse:
    """One verb of the table: its form (GET) and its doing (POST)."""
    person, now = _person(request), timezone.now()
    case = listing.case_for(person, case_id)
    if verb not in Verb.values or verb == Verb.REPORT:
        raise Absent()
    row = STEPS[Verb(verb)]
    asked = {*row.demands, *row.asks}
    people = holders(Permission.CASE_HANDLE, case.node) if {"person", "people"} & asked else []
    circle = circle_of(case.node, people) if "people" in asked else []
    if request.method == "POST":
        form = StepForm(row, case, request.POST, request.FILES, people=people, circle=circle)
        kept = Kept(request, actor=person, now=now)
        if form.is_valid():
            try:
                done = _do(form, case, person, kept)
            except Refused as refused:
                if wants_json(request):
                    raise  # the phone's outbox reads a problem document and keeps the entry
                if refused.code == "stale":  # once told, one may go on from what is there now
                    sent = request.POST.copy()
                    sent["version"] = str(listing.case_for(person, case_id).version)
                    form.data = sent
                form.add_error(None, str(refused.text))
                for name, why in (refused.fields or {}).items():
                    form.add_error(name if name in form.fields else None, str(why))
                return _form_page(request, form, case, row, kept=kept, status=refused.status)
            if row.verb == Verb.INVITE_SCORE:
                return _show_invitation(request, done)
            if wants_json(request):
                return JsonResponse({"url": reverse("cases:case", args=[done.pk])}, status=201)
            messages.success(request, _("已%(verb)s。") % {"verb": row.verb.label})
            return _after(request, done, person)
        if wants_json(request):
            return form_problem(form)
        return _form_page(request, form, case, row, kept=kept, status=422)
    blocked = rules_block(row, case, person, now)
    if blocked is not None:
        raise blocked
    initial = {
        "version": case.version,
        "client_key": uuid.uuid4(),
        "people": invited_to(case) if "people" in asked else [],
    }
    return _form_page(request, StepForm(row, case, people=people, circle=circle, initial=initial), case, row)


def rules_block(row: StepRule, case: Case, person: Person, now: Any) -> Refused | None:
    """Why this step is not open to this person now."""
    from ..clock import extensions_max
    from ..queries.standing import facts_of, stands_of

    return rules.blocked_by(row, facts_of(case, now), stands_of(person, case), now, extensions_max=extensions_max(now))


def _do(form: StepForm, case: Case, person: Person, kept: Kept) -> Case:
    before, after = (
        kept.take_in(name, form.cleaned_data.get(name) or []) if name in form.fields else ()
        for name in ("photos_before", "photos")
    )
    return take_step(
        case.pk,
        form.row.verb,
        actor=person,
        now=timezone.now(),
        given=form.given(after, before),
        version=form.cleaned_data.get("version"),
        client_key=form.cleaned_data.get("client_key"),
    )


def _form_page(
    request: HttpRequest, form: StepForm, case: Case, row: StepRule, *, kept: Kept | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    proposals = propose_categories(case.text, case.title) if "category" in form.fields else []
    units = propose_units(case, now) if "department" in form.fields else []
    people = propose_people(case, form.people, now) if "person" in form.fields else []
    help = _answer_help(form, case, row, person=_person(request)) if row.verb in ANSWER_VERBS else None
    return render(
        request,
        "cases/partials/step_form.html" if getattr(request, "htmx", False) else "cases/step.html",
        {
            "form": form,
            "case": case,
            "row": row,
            "proposals": proposals,
            "units": units,
            "people": people,
            "help": help,
            "kept": kept.fields if kept else [],
            "next": _back(request),
        },
        status=status,
    )


def _answer_help(form: StepForm, case: Case, row: StepRule, *, person: Person) -> dict[str, Any]:
    """What stands beside the field of an answer: the check of what is in it, and templates with the case filled in."""
    written = str(form.data.get("answer" if row.verb == Verb.REJECT else "text", ""))[:TEXT_MAX]
    return {
        "field": field_of(row.verb),
        "answer": judged(case, row.verb, written, person) if written.strip() else None,
        "is_empty": not written.strip(),
        "templates": filled(case, row.verb, person, timezone.now()),
    }


def _after(request: HttpRequest, case: Case, person: Person) -> HttpResponse:
    """Back to where the step was taken from: the list it was in, or the case."""
    where = _back(request) or reverse("cases:case", args=[case.pk])
    if not listing.cases_for(person).filter(pk=case.pk).exists():
        where = _back(request) or reverse("cases:home")
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)


def _back(request: HttpRequest) -> str:
    """The list the step was opened from, "" where it was none of ours."""
    back = request.POST.get("next") or request.GET.get("next") or ""
    return back if back.startswith(("/work/", "/map/")) else ""


def _show_invitation(request: HttpRequest, case: Case) -> HttpResponse:
    """The QR a resident scans on the spot; shown once, its token is kept nowhere."""
    link = request.build_absolute_uri(reverse("cases:score", args=[case.score_token]))
    return render(
        request,
        "cases/invitation.html",
        {"case": case, "link": link, "qr": segno.make(link, error="m").svg_data_uri(scale=6)},
    )


@signed_in
def photo(request: HttpRequest, case_id: int, photo_id: int, size: str) -> HttpResponseBase:
    """A photo of a case, to those who may see the case."""
    found = photo_of(listing.case_for(_person(request), case_id), photo_id)
    if found is None:
        raise Absent()
    return photo_response(found.file, size, request=request)


@signed_in
def assign_many(request: HttpRequest) -> HttpResponse:
    """Assign the ticked rows of the dispatch queue to one unit; each that can't be is named, none is lost."""
    person, now = _person(request), timezone.now()
    if request.method != "POST":
        return redirect("cases:queue", name="dispatch")
    unit = whole(request.POST.get("department", ""))
    chosen = [pk for pk in map(whole, request.POST.getlist("case")) if pk is not None][:200]
    from ..actions import Given

    done, refused = 0, []
    for case in listing.cases_for(person).filter(pk__in=chosen).order_by("pk"):
        try:
            take_step(
                case.pk,
                Verb.ASSIGN,
                actor=person,
                now=now,
                given=Given(department=unit),
            )
            done += 1
        except Refused as why:
            refused.append(f"{case}: {why.text}")
    messages.success(request, _("已派遣 %(n)d 件。") % {"n": done})
    for line in refused[:20]:
        messages.warning(request, line)
    return redirect(_back(request) or reverse("cases:queue", args=["dispatch"]))


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # noqa: S101 - signed_in lets nobody else through
    return request.user
