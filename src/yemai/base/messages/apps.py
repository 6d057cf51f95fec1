"""The Django app of the messages."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagesConfig(AppConfig):
    """Messages; the label is `outbox`, because Django's own flash messages already bear the label `messages`."""

    name = "yemai.base.messages"
    label = "outbox"
    verbose_name = _("消息")

    def ready(self) -> None:
        """Register the jobs that run on the clock, and let group robots go along with the team of a node that ends."""
        from yemai.base.territory.events import ended

        from . import jobs  # noqa: F401 - imported for its registrations

        ended.connect(_follow, dispatch_uid="outbox.follow_ground")


def _follow(sender: Any, *, before: Any, team: Any, **_said: Any) -> None:
    from .models import Robot  # models are not there yet when this module is read

    if team:
        Robot.objects.filter(node=before).update(node=team[0])
