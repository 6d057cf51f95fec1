"""Believes X-Forwarded-* from the proxies named in YEMAI_PROXIES and from nobody else."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")


class TrustedProxies:
    """Middleware: REMOTE_ADDR becomes the last address that no trusted proxy vouches for; others' headers are dropped.

    Without it anybody could claim an address (and pass the rate limits) or HTTPS (and get secure pages over HTTP).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_trusted(request.META.get("REMOTE_ADDR", "")):
            for header in FORWARDED:
                request.META.pop(header, None)
        else:
            hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
            while hops and is_trusted(hops[-1]):
                hops.pop()
            if hops and _is_address(hops[-1]):
                request.META["REMOTE_ADDR"] = hops[-1]
        return self.get_response(request)


def is_trusted(address: str) -> bool:
    """Is this one of our own proxies?"""
    return _is_address(address) and any(
        ipaddress.ip_address(address) in network for network in settings.TRUSTED_PROXIES
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
