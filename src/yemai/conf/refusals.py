"""Turns what an action refuses into an answer: a page or a note for people, a problem document for machines."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yemai.kernel.refusals import Absent, Refused

PROBLEM_TYPE = "application/problem+json"
MACHINES = ("/api/", "/ogc")
"""Addresses that programs alone ask: what is refused there is a problem document, whatever they say they accept."""
TOAST_TARGET = "#toasts"
Absent.usual = gettext_lazy("没有找到，或您无权查看。")


class Refusals:
    """Middleware: a `Refused` raised by a view becomes its answer; every other exception goes on as it was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django when a view raised."""
        return answer(request, exception) if isinstance(exception, Refused) else None


class BodyLimit:
    """Middleware: a request longer than any form of ours is refused before a byte of it is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.BODY_MAX_BYTES:
            megabytes = settings.BODY_MAX_BYTES // 1024 // 1024
            text = _("一次最多发送 %(megabytes)s MB，这次没有收下。请减少照片或换小一些的文件再发。") % {
                "megabytes": megabytes
            }
            return answer(request, Refused("too-large", text, status=413))
        return self.get_response(request)


class PlainAddresses:
    """Middleware: an address with a NUL in it names nothing of ours, and no database would even look for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            text = _("这个地址不对，请从页面上的链接或二维码重新打开。")
            return answer(request, Refused("bad-address", text, status=400))
        return self.get_response(request)


def answer(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The refusal in the form its asker reads: problem document, note beside the page (htmx), or a whole page."""
    if wants_problem(request):
        return JsonResponse(
            problem(request, refused),
            status=refused.status,
            content_type=PROBLEM_TYPE,
            json_dumps_params={"ensure_ascii": False},
        )
    context = {"refused": refused}
    if request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers:
        response = render(request, "shell/refused_toast.html", context, status=refused.status)
        response["HX-Retarget"] = TOAST_TARGET
        response["HX-Reswap"] = "beforeend"
        return response
    return render(request, "shell/refused.html", context, status=refused.status)


def wants_problem(request: HttpRequest) -> bool:
    """Is the asker a machine: any address for programs, or one that prefers JSON to HTML?"""
    return (
        request.path.startswith(MACHINES)
        or request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )


def problem(request: HttpRequest, refused: Refused) -> dict[str, Any]:
    """The problem document: RFC 9457's members, our `code`, and `fields` where single fields are at fault."""
    document: dict[str, Any] = {
        "type": f"urn:yemai:refused:{refused.code}",
        "title": str(refused.text),
        "status": refused.status,
        "code": refused.code,
        "instance": request.path,
    }
    if refused.fields:
        document["fields"] = {name: str(text) for name, text in refused.fields.items()}
    return document
