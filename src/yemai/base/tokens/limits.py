"""How often strangers may write: per device and per address, counted by the minute, shared by all processes."""

import hashlib
import ipaddress

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

WINDOW_SECONDS = 60
DEVICE_COOKIE = "yemai_device"


def seconds_to_wait(request: HttpRequest) -> int | None:
    """Count this write; None while there is room, else the seconds until there is again.

    The device's own limit comes first, so that one busy phone doesn't use up what its office shares.
    """
    now = int(timezone.now().timestamp())
    window, left = now // WINDOW_SECONDS, WINDOW_SECONDS - now % WINDOW_SECONDS
    for kind, who, most in _counted(request):
        if most:
            key = f"api-writes:{kind}:{hashlib.sha256(who.encode()).hexdigest()[:32]}:{window}"
            used = cache.get(key, 0)
            if used >= most:
                return left
            cache.set(key, used + 1, 2 * WINDOW_SECONDS)
    return None


def _counted(request: HttpRequest) -> list[tuple[str, str, int]]:
    device = request.COOKIES.get(DEVICE_COOKIE, "")
    found = [("device", device, settings.API_WRITES_PER_DEVICE)] if device else []
    return [*found, ("address", _address(request), settings.API_WRITES_PER_ADDRESS)]


def _address(request: HttpRequest) -> str:
    """The asker's address; of IPv6 the network, since one household has 2^64 of them."""
    text: str = request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)
