"""What WeCom and DingTalk group robots are sent, how DingTalk's is signed, and what their answers mean."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from yemai.kernel.sealing import unseal

from .models import Message, Robot
from .outgoing import ForbiddenAddress, Unreachable, post_json
from .rules import cut_bytes, fitting, masked
from .terms import RobotKind

# Bytes of UTF-8 in one text message: WeCom cuts at 2,048; DingTalk takes 20,000 but nobody reads that on a phone.
TEXT_BYTES = {RobotKind.WECOM: 2000, RobotKind.DINGTALK: 4000}
HEAD_BYTES = 100
WECOM_TOO_FAST = frozenset({45009, 45033})
DINGTALK_TOO_FAST = frozenset({90030, 130101, 410100, 660026})
WECOM_TEMPORARY = frozenset({-1})
DINGTALK_TEMPORARY = frozenset({-1, 130102})
DINGTALK_BLOCK = timedelta(minutes=10)  # facts: over 20 a minute it shuts for ten minutes
WECOM_BLOCK = timedelta(minutes=1)


@dataclass(frozen=True)
class Answer:
    """What became of one posting: `error` is "" on success; `pause` asks to leave the robot alone for that long."""

    error: str = ""
    is_permanent: bool = False
    pause: timedelta | None = None

    @property
    def is_sent(self) -> bool:
        """Whether the group has it."""
        return not self.error


def entry(message: Message) -> str:
    """What of a message goes to a group: title and link alone; the rest stays behind the sign-in."""
    link = f"\n{settings.PUBLIC_URL}{message.url}" if message.url else ""
    return masked(message.title) + link


def numbered(messages: Sequence[Message]) -> list[str]:
    """The entries of a digest."""
    return [f"{number}. {entry(message)}" for number, message in enumerate(messages, start=1)]


def room_for(kind: RobotKind, messages: Sequence[Message]) -> int:
    """How many of the messages, from the first, one digest holds."""
    return fitting(numbered(messages), TEXT_BYTES[kind] - HEAD_BYTES)


def words(kind: RobotKind, messages: Sequence[Message]) -> str:
    """One message as it is, several as a numbered digest."""
    if len(messages) == 1:
        return cut_bytes(entry(messages[0]), TEXT_BYTES[kind])
    head = _("共 %(count)d 条消息") % {"count": len(messages)}
    return cut_bytes("\n".join([head, *numbered(messages)]), TEXT_BYTES[kind])


def signed(url: str, secret: str, now: datetime) -> str:
    """DingTalk's address with `timestamp` (ms) and `sign` = base64(HMAC-SHA256(secret, "timestamp\\nsecret"))."""
    if not secret:
        return url
    stamp = str(int(now.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    more = urlencode({"timestamp": stamp, "sign": base64.b64encode(digest).decode()})
    return f"{url}{'&' if urlsplit(url).query else '?'}{more}"


def post(robot: Robot, text: str, now: datetime) -> Answer:
    """Send one text to the group; never raises."""
    kind = RobotKind(robot.kind)
    try:
        url = unseal(robot.url_sealed, settings.SEALING_KEYS)
        if kind == RobotKind.DINGTALK and robot.secret_sealed:
            url = signed(url, unseal(robot.secret_sealed, settings.SEALING_KEYS), now)
    except ValueError:
        return Answer(_("机器人地址解不开：这台服务器没有它的密钥"), is_permanent=True)
    try:
        status, body = post_json(url, {"msgtype": "text", "text": {"content": text}})
    except ForbiddenAddress:
        return Answer(_("地址指向内部网络，已停止发送"), is_permanent=True)
    except Unreachable as error:
        return Answer(_("连接不上：%(why)s") % {"why": error})
    return meaning(kind, status, body)


def meaning(kind: RobotKind, status: int, body: dict[str, Any]) -> Answer:
    """The answer of a robot: both say 200 and put the truth into `errcode`."""
    code = body.get("errcode")
    if status == 200 and code == 0:
        return Answer()
    block = DINGTALK_BLOCK if kind == RobotKind.DINGTALK else WECOM_BLOCK
    said = str(body.get("errmsg", ""))[:120]
    error = f"HTTP {status} · {code} {said}" if code is not None else f"HTTP {status}"
    too_fast = DINGTALK_TOO_FAST if kind == RobotKind.DINGTALK else WECOM_TOO_FAST
    temporary = DINGTALK_TEMPORARY if kind == RobotKind.DINGTALK else WECOM_TEMPORARY
    if status == 429 or code in too_fast:
        return Answer(error, pause=block)
    if status >= 500 or status == 408 or code in temporary or (status == 200 and code is None):
        return Answer(error)
    return Answer(error, is_permanent=True)
