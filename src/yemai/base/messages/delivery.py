"""Sending what is due: each message claimed by compare-and-set, sent outside any transaction, its end written down."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation

from yemai.base.transactions import writing

from . import robots
from .channels import NoAddress, Refusal, Unavailable, email_line, send_email, send_sms
from .models import Message, Robot
from .rules import RATE_WINDOW, STUCK_AFTER, next_attempt
from .terms import Channel, MessageState, RobotKind

log = logging.getLogger("yemai.messages")
BATCH = 200
ERROR_MAX = 200


@dataclass
class Tally:
    """What one run did: messages sent, failed for good, put off."""

    sent: int = 0
    failed: int = 0
    put_off: int = 0


def deliver_due(now: datetime, limit: int = BATCH) -> Tally:
    """Send what is due by every channel, at most `limit` messages each; safe to run twice and by two workers at once.

    A message goes out at least once: a claim left by whoever died while sending is taken over after ten minutes.
    """
    tally = Tally()
    _take_over_stuck(now)
    for robot in Robot.objects.filter(pk__in=_due(now).filter(robot__isnull=False).values("robot")):
        _serve_robot(robot, now, limit, tally)
    with email_line() as line:
        _serve_each(Channel.EMAIL, lambda message: send_email(message, line), now, limit, tally)
    _serve_each(Channel.SMS, send_sms, now, limit, tally)
    return tally


def _due(now: datetime) -> QuerySet[Message]:
    return Message.objects.filter(state=MessageState.WAITING, due_at__lte=now)


def _take_over_stuck(now: datetime) -> None:
    stuck = Message.objects.filter(state=MessageState.SENDING, tried_at__lt=now - STUCK_AFTER)
    if stuck.exists():
        with writing():
            stuck.update(state=MessageState.WAITING)


def _claim(ids: Sequence[int], now: datetime) -> tuple[UUID, list[Message]]:
    """Take those of the messages that are still waiting: nobody else can send them now."""
    delivery = uuid4()
    with writing():
        Message.objects.filter(pk__in=ids, state=MessageState.WAITING).update(
            state=MessageState.SENDING, delivery=delivery, tried_at=now
        )
        held = list(Message.objects.filter(delivery=delivery, state=MessageState.SENDING).order_by("id"))
    return delivery, held


# --- one by one: e-mail and text messages ----------------------------------------------------------------------------


def _serve_each(channel: Channel, send: Callable[[Message], None], now: datetime, limit: int, tally: Tally) -> None:
    due = list(_due(now).filter(channel=channel).order_by("due_at", "id").values_list("pk", flat=True)[:limit])
    for pk in due:
        _delivery, held = _claim([pk], now)
        for message in Message.objects.filter(pk__in=[row.pk for row in held]).select_related("person"):
            try:
                send(message)
            except (Refusal, NoAddress) as error:
                _settle([message], now, tally, str(error), is_permanent=True)
            except Unavailable as error:
                _settle([message], now, tally, str(error), is_permanent=False)
                if error.for_all:
                    return  # the line is down: the others wait for the next run without losing an attempt
            except Exception as error:  # an adapter's own fault must not hold up everybody behind this message
                log.exception("message %s could not be sent", message.pk)
                _settle([message], now, tally, type(error).__name__, is_permanent=False)
            else:
                _settle([message], now, tally, "", is_permanent=False)


# --- group robots ----------------------------------------------------------------------------------------------------


def _serve_robot(robot: Robot, now: datetime, limit: int, tally: Tally) -> None:
    """Post what is due to one group: singly while the minute has room, else as digests; the rest waits its minute."""
    with translation.override(settings.LANGUAGE_CODE):
        while batch := _next_batch(robot, now, limit):
            answer = robots.post(robot, robots.words(RobotKind(robot.kind), batch), now)
            limit -= len(batch)
            _settle(batch, now, tally, answer.error, is_permanent=answer.is_permanent)
            _note(robot, answer, now)
            if not answer.is_sent:
                return


def _next_batch(robot: Robot, now: datetime, limit: int) -> list[Message]:
    """Claim the messages of the next posting under the robot's row lock, so two workers can't both see room."""
    with writing():
        locked = Robot.objects.select_for_update().get(pk=robot.pk)
        if not locked.is_active or (locked.blocked_until_at and locked.blocked_until_at > now):
            return []
        room = locked.per_minute - _used(locked, now)
        due = list(_due(now).filter(robot=locked).order_by("-urgent", "id")[: max(limit, 0)])
        if not due or room <= 0:
            return []
        size = 1 if len(due) <= room else robots.room_for(RobotKind(locked.kind), due)
        return _claim([message.pk for message in due[:size]], now)[1]


def _used(robot: Robot, now: datetime) -> int:
    """Postings of the last minute, failed ones too, counted from the table: a restart forgets nothing.

    A sliding minute and not a refilling bucket: a bucket lets nearly twice the limit pass within one minute.
    """
    recent = Message.objects.filter(robot=robot, tried_at__gt=now - RATE_WINDOW, tried_at__lte=now)
    return recent.values("delivery").distinct().count()


def _note(robot: Robot, answer: robots.Answer, now: datetime) -> None:
    """Keep on the robot what its keeper should see, and how long to leave it alone."""
    error = answer.error[:ERROR_MAX]
    until = now + answer.pause if answer.pause else None
    if (robot.last_error, robot.blocked_until_at) == (error, until):
        return
    robot.last_error, robot.blocked_until_at = error, until
    with writing():
        robot.save(update_fields=["last_error", "blocked_until_at"])


# --- the end of an attempt -------------------------------------------------------------------------------------------


def _settle(messages: Sequence[Message], now: datetime, tally: Tally, error: str, *, is_permanent: bool) -> None:
    """Write down how an attempt ended; only for claims still held."""
    with writing():
        for message in messages:
            attempts = message.attempts + 1
            again = None if is_permanent else next_attempt(attempts, now)
            if not error:
                end = {"state": MessageState.SENT, "sent_at": now, "error": "", "address_sealed": ""}
                tally.sent += 1
            elif again is None:
                end = {"state": MessageState.FAILED, "error": error[:ERROR_MAX]}
                tally.failed += 1
            else:
                end = {"state": MessageState.WAITING, "due_at": again, "error": error[:ERROR_MAX]}
                tally.put_off += 1
            Message.objects.filter(pk=message.pk, state=MessageState.SENDING, delivery=message.delivery).update(
                attempts=attempts, **end
            )
