"""Delivery on the clock and on call, and addresses forgotten when they have served; each is safe to run twice."""

from dataclasses import asdict
from datetime import datetime, timedelta

from yemai.base.jobs.registry import every
from yemai.base.parameters.queries import parameter
from yemai.base.transactions import writing

from .actions import DELIVERY
from .delivery import BATCH, deliver_due
from .models import Message
from .terms import MessageState


@every(DELIVERY, minutes=1)
def deliver(now: datetime) -> dict[str, int]:
    """Send what is due."""
    return asdict(deliver_due(now))


@every("messages.forget_addresses", minutes=60)
def forget_addresses(now: datetime) -> int:
    """What was sent long ago, or was never deliverable, keeps no address."""
    since = now - timedelta(days=parameter("contact_keep_days"))
    done = Message.objects.filter(created_at__lt=since, state__in=(MessageState.SENT, MessageState.FAILED))
    with writing():
        return (
            Message.objects.filter(pk__in=done.exclude(address_sealed="").order_by("pk").values("pk")[:BATCH])
        ).update(address_sealed="")
