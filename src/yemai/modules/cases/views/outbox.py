"""Answers for a phone's outbox, which sends forms and reads JSON."""

from django import forms
from django.http import HttpRequest, JsonResponse


def wants_json(request: HttpRequest) -> bool:
    """Whether the form was sent by a phone's outbox rather than by a page."""
    return "application/json" in request.headers.get("Accept", "")


def form_problem(form: forms.Form, status: int = 422) -> JsonResponse:
    """What is wrong with a form, as a problem document (RFC 9457) the outbox shows beside the entry."""
    why = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
    detail = " ".join(text for texts in why.values() for text in texts)
    document = {"title": detail, "status": status, "detail": detail, "errors": why}
    return JsonResponse(
        document, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )
