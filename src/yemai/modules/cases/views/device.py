"""A resident's phone, known by a random cookie of its own: enough for "my reports", never an account."""

import hashlib
import secrets
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

from ..actors import Resident

COOKIE = "yemai_device"
YEAR = 365 * 24 * 3600


def resident_of(request: HttpRequest) -> Resident:
    """The resident behind a request; a new phone gets its cookie with the answer (see `remembers_device`)."""
    token = request.COOKIES.get(COOKIE, "")
    if len(token) < 20:
        token = getattr(request, "new_device", "") or secrets.token_urlsafe(24)
        request.new_device = token  # type: ignore[attr-defined] # read back by remembers_device
    return Resident(device_hash=hashlib.sha256(token.encode()).hexdigest())


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Give a phone that was met without a cookie its cookie."""
    if token := getattr(request, "new_device", ""):
        response.set_cookie(COOKIE, token, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure())


def remembers_device(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Set the phone's cookie when the view met a phone without one."""

    @wraps(view)
    def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        remember(request, response)
        return response

    return inner
