"""The Django app of the messages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagesConfig(AppConfig):
    """Messages; the label is `outbox`, because Django's own flash messages already bear the label `messages`."""

    name = "yemai.base.messages"
    label = "outbox"
    verbose_name = _("消息")

    def ready(self) -> None:
        """Register the jobs that run on the clock."""
        from . import jobs  # noqa: F401 - imported for its registrations
