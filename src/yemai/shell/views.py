"""The shell's own few addresses: language, text size, the service worker and its page without a line."""

from datetime import timedelta

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.i18n import set_language as django_set_language

from yemai.base.access.doors import public
from yemai.base.people.actions import set_preferences
from yemai.base.people.models import Person

YEAR = timedelta(days=365)


@public
def set_language(request: HttpRequest) -> HttpResponse:
    """Chinese or English, kept in a cookie."""
    return HttpResponse(status=405) if request.method != "POST" else django_set_language(request)


@public
def set_size(request: HttpRequest) -> HttpResponse:
    """Ordinary or elder text size, kept in a cookie and, of somebody signed in, for all their devices."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = redirect(back)
    if request.method == "POST":
        size = "elder" if request.POST.get("size") == "elder" else "normal"
        if isinstance(request.user, Person):
            set_preferences(actor=request.user, size=size, now=timezone.now())
        response.set_cookie("size", size, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return response


@public
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from the root so that it serves every page."""
    place = finders.find("yemai/js/service-worker.js")
    if not place:
        raise Http404
    with open(place, encoding="utf-8") as file:  # noqa: PTH123 - finders give a str
        body = file.read()
    shell = [
        static(name)
        for name in (
            "vendor/bootstrap/bootstrap.min.css",
            "yemai/yemai.css",
            "yemai/js/app.js",
            "vendor/icons/bootstrap-icons.svg",
        )
    ]
    listed = ", ".join(f'"{url}"' for url in shell)
    return HttpResponse(body.replace('"__SHELL__"', listed), content_type="text/javascript; charset=utf-8")


@public
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows where a page was never seen."""
    return render(request, "shell/offline.html")
