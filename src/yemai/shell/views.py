"""The shell's own few addresses: language, text size, counts, and what makes the pages work without a line."""

import hashlib
import json
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from yemai.base.access.doors import public, signed_in
from yemai.base.parameters.queries import parameter
from yemai.base.people.actions import set_preferences
from yemai.base.people.models import Person
from yemai.base.territory.queries import town_name
from yemai.modules.cases.queries.listing import lamp_q, mine
from yemai.modules.cases.terms import Lamp

from .showcase import samples

YEAR = timedelta(days=365)
KEPT_OFFLINE = (
    "vendor/bootstrap/bootstrap.min.css",
    "vendor/htmx/htmx.min.js",
    "vendor/icons/bootstrap-icons.svg",
    "yemai/tokens.css",
    "yemai/yemai.css",
    "yemai/parts.css",
    "yemai/paper.css",
    "yemai/emblem.svg",
    "yemai/js/app.js",
    "yemai/js/outbox.js",
    "yemai/js/photos.js",
    "yemai/js/place.js",
    "yemai/js/survey.js",
)
"""What the service worker keeps from the start; the map's library joins once it was used."""


def _back(request: HttpRequest) -> str:
    """The page a switch was pressed on, if it is one of ours."""
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if safe else "/"


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Chinese or English, kept in a cookie and, of somebody signed in, for all their devices."""
    response = redirect(_back(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        if isinstance(request.user, Person):
            set_preferences(actor=request.user, locale=language, now=timezone.now())
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax", secure=request.is_secure()
        )
    return response


@public
@require_POST
def set_size(request: HttpRequest) -> HttpResponse:
    """Ordinary or elder text size, kept in a cookie and, of somebody signed in, for all their devices."""
    response = redirect(_back(request))
    size = "elder" if request.POST.get("size") == "elder" else "normal"
    if isinstance(request.user, Person):
        set_preferences(actor=request.user, size=size, now=timezone.now())
    response.set_cookie("size", size, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return response


@signed_in
@require_GET
def counts(request: HttpRequest) -> HttpResponse:
    """The numbers beside the menu, as pieces that htmx puts in place."""
    person = request.user
    assert isinstance(person, Person)  # noqa: S101 - signed_in lets nobody else through
    found = mine(person)
    late = found.filter(lamp_q(Lamp.RED, timezone.now())).count()
    response = render(request, "shell/components/counts.html", {"work": found.count(), "late": late})
    response.headers["Cache-Control"] = "no-store"
    return response


@public
@require_GET
def who(request: HttpRequest) -> HttpResponse:
    """Who is signed in here now, for the outbox: a page kept on the phone may be older than the last signing in."""
    person = request.user.pk if isinstance(request.user, Person) else ""
    return JsonResponse({"person": str(person)}, headers={"Cache-Control": "no-store"})


@public
@require_GET
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from the root so that it serves every page; new assets make it a new one."""
    shell = json.dumps([*(static(name) for name in KEPT_OFFLINE), reverse("shell:offline"), reverse("shell:outbox")])
    shown = {
        "shell": shell,
        "print": hashlib.sha256(shell.encode()).hexdigest()[:12],
        "static_url": settings.STATIC_URL,
        "offline_url": reverse("shell:offline"),
    }
    return render(request, "shell/service-worker.js", shown, content_type="text/javascript; charset=utf-8")


@public
@require_GET
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to install the pages; written here because its icons carry hashed names."""
    name = town_name()
    icons = [
        ("yemai/icon-192.png", "192x192", "any"),
        ("yemai/icon-512.png", "512x512", "any"),
        ("yemai/icon-maskable-512.png", "512x512", "maskable"),
    ]
    return JsonResponse(
        {
            "name": f"{name}{_('叶脉')}",
            "short_name": name or str(_("叶脉")),
            "lang": "zh-Hans",
            "id": "/",
            "start_url": "/work/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f6f4f0",
            "theme_color": "#ffffff",
            "icons": [
                {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": use} for path, sizes, use in icons
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@public
@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows where a page was never seen."""
    return render(request, "shell/offline.html")


@public
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """What waits on this phone to be sent; the server knows nothing of it."""
    return render(request, "shell/outbox.html")


@public
@require_GET
def components(request: HttpRequest) -> HttpResponse:
    """Every part of the look on one page, for those who build pages; only where the town is invented."""
    if not (settings.DEBUG or parameter("demo_town")):
        raise Http404
    return render(request, "shell/components.html", samples(timezone.now()))
