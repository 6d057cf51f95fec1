"""Every write to the message tables but sending: announcing, reading, rules, robots, trying again."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from yemai.base.access.queries import may
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record
from yemai.base.jobs.actions import enqueue
from yemai.base.jobs.models import Job
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.base.transactions import writing
from yemai.kernel.refusals import Absent, Refused
from yemai.kernel.sealing import blind, seal

from . import queries
from .announcing import rows_for
from .contacts import Contact
from .models import Message, MessageRule, Robot
from .outgoing import check_address
from .terms import ROBOT_PER_MINUTE, Audience, Channel, Event, MessageState, RobotKind

__all__ = [
    "Contact",
    "announce",
    "change_robot",
    "install_rules",
    "mark_all_read",
    "mark_read",
    "register_robot",
    "set_rule",
    "try_again",
]

DELIVERY = "messages.deliver"
"""The kind of job that sends what is due, on the clock and on call."""


def announce(
    event: str,
    *,
    audiences: Mapping[str, Iterable[Person | Contact]],
    node: Node | None,
    title: object,
    text: object,
    url: str,
    now: datetime,
    key: str,
    urgent: bool = False,
) -> int:
    """Write the outbox rows of one event; the number of rows asked for (those already there are not written again).

    Call it inside the transaction that causes the event, so that both happen or neither. `title` and `text` may be lazy
    translations: each recipient gets their own language. `url` is a path of this site ("" for none). `key` names the
    cause: one recipient gets one message by one channel for it, however often it is announced and whichever audiences
    name them. Group robots get title and link alone: put nothing personal into a title. `urgent` ignores quiet hours.
    """
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError(f"not a path of this site: {url!r}")
    rows = rows_for(event, audiences, node=node, words=(title, text), url=url, now=now, key=key, urgent=urgent)
    if not rows:
        return 0
    with writing():
        Message.objects.bulk_create(rows, ignore_conflicts=True)
        if any(row.state == MessageState.WAITING and row.due_at <= now for row in rows):
            _wake(now)
    return len(rows)


def _wake(now: datetime) -> None:
    """Ask for a delivery now instead of at the next full minute; one waiting request is enough for all."""
    if not Job.objects.filter(kind=DELIVERY, state=Job.State.WAITING, run_at__lte=now).exists():
        enqueue(DELIVERY, run_at=now)


def mark_read(message_id: int, *, actor: Person, now: datetime) -> Message:
    """Mark one of the actor's own messages as read; doing it twice keeps the first time. Raises Absent."""
    with writing():
        message = queries.message_for(actor, message_id)
        if message.read_at is None:
            message.read_at = now
            message.save(update_fields=["read_at"])
    return message


def mark_all_read(*, actor: Person, up_to: int, now: datetime) -> int:
    """Mark everything the actor had on the screen as read: messages newer than `up_to` stay unread."""
    with writing():
        return queries.box(actor).filter(pk__lte=up_to, read_at__isnull=True).update(read_at=now)


def try_again(message_id: int, *, actor: Person, now: datetime) -> Message:
    """Send a failed message once more. Raises Absent when it is none the actor may tend, Refused `not-failed`."""
    with writing():
        message = queries.failure_for(actor, message_id)
        changed = Message.objects.filter(pk=message.pk, state=MessageState.FAILED).update(
            state=MessageState.WAITING, due_at=now, attempts=0, error=""
        )
        if not changed:
            raise Refused("not-failed", _("这条消息已在重新发送，无需再点。"))
        if message.robot_id is not None:
            Robot.objects.filter(pk=message.robot_id).update(blocked_until_at=None)
        path = message.node.path if message.node else ""
        record(actor=actor, action="try_again", subject=message, now=now, before={"error": message.error}, path=path)
        _wake(now)
    message.refresh_from_db()
    return message


def may_edit(actor: Person, path: str) -> bool:
    """Does the actor keep the messages of this ground? A superuser keeps all of them."""
    return actor.is_superuser or may(actor, Permission.MESSAGE_EDIT, path)


def register_robot(
    *,
    actor: Person,
    now: datetime,
    node: Node,
    kind: str,
    name: str,
    url: str,
    secret: str = "",
    audiences: Iterable[str] = (),
    per_minute: int = ROBOT_PER_MINUTE,
) -> Robot:
    """Keep a group robot, its address and signing secret sealed; the same address again replaces what was kept.

    `audiences` empty means all. Raises Absent outside the actor's reach; Refused `bad-webhook`, `bad-robot` (422),
    `robot-elsewhere` (409: the address belongs to another node, whose keeper must give it up).
    """
    if not may_edit(actor, node.path):
        raise Absent(_("没有这个网格，或您无权为它设置机器人。"))
    address, chosen = url.strip(), list(dict.fromkeys(audiences))
    if kind not in RobotKind.values or not set(chosen) <= set(Audience.values) or not 1 <= per_minute <= 20:
        raise Refused("bad-robot", _("机器人的设置不对，请检查类型、对象和每分钟上限（1-20）。"), status=422)
    check_address(address)
    fields: dict[str, Any] = {
        "kind": kind,
        "name": name.strip()[:60],
        "audiences": chosen,
        "url_sealed": seal(address, settings.SEALING_KEYS),
        "secret_sealed": seal(secret.strip(), settings.SEALING_KEYS) if secret.strip() else "",
        "per_minute": per_minute,
        "is_active": True,
        "blocked_until_at": None,
        "last_error": "",
    }
    with writing():
        mark = blind(address, settings.BLIND_KEY)
        robot, made = Robot.objects.select_for_update().get_or_create(url_blind=mark, defaults={**fields, "node": node})
        if not made:
            if robot.node_id != node.pk:
                raise Refused("robot-elsewhere", _("这个机器人已登记在别的网格，请先在那里停用。"))
            Robot.objects.filter(pk=robot.pk).update(**fields)
            robot.refresh_from_db()
        record(actor=actor, action="register_robot", subject=robot, now=now, after=_shown(robot), path=node.path)
    return robot


def change_robot(
    robot: Robot, *, actor: Person, now: datetime, name: str, audiences: Iterable[str], per_minute: int, is_active: bool
) -> Robot:
    """Rename a group robot, choose whom it speaks for, slow it down or silence it; its address stays.

    Raises Absent outside the actor's reach; Refused `bad-robot` (422).
    """
    if not may_edit(actor, robot.node.path):
        raise Absent(_("没有这个机器人，或您无权修改它。"))
    chosen = list(dict.fromkeys(audiences))
    if not name.strip() or not set(chosen) <= set(Audience.values) or not 1 <= per_minute <= ROBOT_PER_MINUTE:
        raise Refused("bad-robot", _("机器人的设置不对，请检查名称、对象和每分钟上限（1-20）。"), status=422)
    with writing():
        found = Robot.objects.select_for_update(of=("self",)).select_related("node").get(pk=robot.pk)
        before = _shown(found)
        found.name, found.audiences = name.strip()[:60], chosen
        found.per_minute, found.is_active = per_minute, is_active
        if is_active:
            found.blocked_until_at = None
        found.save(update_fields=["name", "audiences", "per_minute", "is_active", "blocked_until_at"])
        record(actor=actor, action="change_robot", subject=found, now=now, before=before, after=_shown(found))
    return found


def _shown(robot: Robot) -> dict[str, Any]:
    return {name: getattr(robot, name) for name in ("kind", "name", "audiences", "per_minute", "is_active")}


def set_rule(
    *, actor: Person, now: datetime, event: str, audience: str, channel: str, enabled: bool, quiet: bool
) -> MessageRule:
    """Say whether an audience hears of an event by a channel, and whether that waits for morning.

    Rules hold for every node: whether the actor keeps messages for the whole ground is asked by the caller. Raises
    Refused `bad-rule` (422).
    """
    if event not in Event.values or audience not in Audience.values or channel not in Channel.values:
        raise Refused("bad-rule", _("没有这个事项、对象或渠道，请重新选择。"), status=422)
    with writing():
        rule = MessageRule.objects.select_for_update().filter(event=event, audience=audience, channel=channel).first()
        before = {"enabled": rule.enabled, "quiet": rule.quiet} if rule else {}
        rule = rule or MessageRule(event=event, audience=audience, channel=channel)
        rule.enabled, rule.quiet = enabled, quiet
        rule.save()
        after = {"enabled": enabled, "quiet": quiet, "rule": str(rule)}
        record(actor=actor, action="set_rule", subject=rule, now=now, before=before, after=after)
    return rule


def install_rules() -> int:
    """Add the shipped rules that are missing; what was changed in the back office stays. How many were added."""
    shipped = json.loads(files(__package__).joinpath("presets", "rules.json").read_text(encoding="utf-8"))
    rows = [
        MessageRule(event=line["event"], audience=line["audience"], channel=channel, quiet=line.get("quiet", True))
        for line in shipped
        for channel in line["channels"]
    ]
    with writing():
        before = MessageRule.objects.count()
        MessageRule.objects.bulk_create(rows, ignore_conflicts=True)
        return MessageRule.objects.count() - before
