"""The one way out to an address somebody typed in: https, public peers, no redirects, no proxies, small answers."""

import ipaddress
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from yemai.kernel.refusals import Refused

CONNECT_SECONDS, READ_SECONDS = 5, 10
ANSWER_BYTES = 65_536


class ForbiddenAddress(Exception):
    """The name leads to an address inside our own network; never to be tried again unchanged."""


class Unreachable(Exception):
    """No usable answer this time."""


def local_allowed() -> bool:
    """Whether this deployment lets robots live on its own network (YEMAI_ALLOW_LOCAL_WEBHOOKS)."""
    return bool(settings.ALLOW_LOCAL_WEBHOOKS)


def check_address(url: str) -> None:
    """Refuse an address before it is kept. Raises Refused `bad-webhook` (422).

    What the name resolves to is looked at here for a quick answer, and again on every connection, because it changes.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and local_allowed()):
        raise _bad(_("机器人地址必须以 https:// 开头，请从群机器人设置里重新复制。"))
    if not parts.hostname or parts.username or parts.password:
        raise _bad(_("机器人地址不完整，请从群机器人设置里重新复制。"))
    if local_allowed():
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError):
        return  # not resolvable now; every sending checks again
    if not all(is_public(str(entry[4][0])) for entry in found):
        raise _bad(_("机器人地址指向内部网络，不能使用。请填写企业微信或钉钉给出的地址。"))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also when IPv4 hides inside IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def post_json(url: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """POST a JSON body; the status and the JSON object that came back ({} when it is none).

    Raises ForbiddenAddress, Unreachable.
    """
    scheme = urlsplit(url).scheme
    if scheme != "https" and not local_allowed():
        raise ForbiddenAddress(f"{scheme} is not https")
    with requests.Session() as session:
        session.trust_env = False  # a proxy would connect in our place, where we can't see to whom
        if not local_allowed():
            session.mount("https://", _PublicOnly())
        try:
            answer = session.post(
                url, json=body, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True
            )
            content = answer.raw.read(ANSWER_BYTES, decode_content=True)
        except (requests.RequestException, OSError) as error:
            if forbidden := _forbidden_behind(error):
                raise forbidden from error
            raise Unreachable(type(error).__name__) from error
    try:
        parsed = json.loads(content)
    except ValueError:
        parsed = {}
    return answer.status_code, parsed if isinstance(parsed, dict) else {}


class _CheckedConnection(HTTPSConnection):
    """Looks at whom it has reached before it says a word: safe against names that change their address in between."""

    def _new_conn(self) -> socket.socket:
        reached = super()._new_conn()
        peer = str(reached.getpeername()[0])
        if not is_public(peer):
            reached.close()
            raise ForbiddenAddress(peer)
        return reached


class _CheckedPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedConnection


class _PublicOnly(HTTPAdapter):
    """Requests' transport over connections that refuse private peers."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _CheckedPool}


def _forbidden_behind(error: BaseException | None) -> ForbiddenAddress | None:
    """The refusal of `_CheckedConnection`, however deeply the libraries have wrapped it."""
    while error is not None:
        if isinstance(error, ForbiddenAddress):
            return error
        error = error.__cause__ or error.__context__
    return None


def _bad(text: str) -> Refused:
    return Refused("bad-webhook", text, status=422, fields={"url": text})
