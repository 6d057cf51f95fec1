"""While an answer is written: does it answer, what did others write to alike cases. Advice only; nothing here blocks a step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yemai.base.access.doors import signed_in
from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent

from ..queries import listing
from ..queries.replies import ANSWER_VERBS, good_answers, judged
from ..terms import TEXT_MAX, Verb


@signed_in
@require_POST
def check(request: HttpRequest, case_id: int, verb: str) -> HttpResponse:
    """What the check says of the words typed so far."""
    person, kind = request.user, _answering(verb)
    assert isinstance(person, Person)  # noqa: S101 - signed_in
    case = listing.case_for(person, case_id)
    text = request.POST.get("text", "") or request.POST.get("answer", "")
    answer = judged(case, kind, text[:TEXT_MAX], person)
    return render(request, "cases/partials/answer_check.html", {"answer": answer, "is_empty": not text.strip()})


@signed_in
def alike(request: HttpRequest, case_id: int, verb: str) -> HttpResponse:
    """Good answers to alike cases, each to be put in with one click."""
    person, kind = request.user, _answering(verb)
    assert isinstance(person, Person)  # noqa: S101 - signed_in
    case = listing.case_for(person, case_id)
    found = good_answers(person, case) if kind == Verb.SUBMIT_FEEDBACK else []
    return render(request, "cases/partials/good_answers.html", {"answers": found, "field": field_of(kind)})


def field_of(verb: Verb) -> str:
    """The id of the field an answer is written in."""
    return "id_answer" if verb == Verb.REJECT else "id_text"


def _answering(verb: str) -> Verb:
    if verb not in {one.value for one in ANSWER_VERBS}:
        raise Absent()
    return Verb(verb)
