"""The Django app of people and posts."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """People, posts, teams and absences."""

    name = "yemai.base.people"
    label = "people"
    verbose_name = _("人员与岗位")

    def ready(self) -> None:
        """Let posts follow the ground."""
        from yemai.base.territory.events import ended

        from . import standing  # noqa: F401 - it tells what stands on the ground

        ended.connect(_follow, dispatch_uid="people.follow_ground")


def _follow(sender: Any, *, before: Any, team: Any, on: Any, **_rest: Any) -> None:
    from .actions import follow_ground  # models are not there yet when this module is read

    follow_ground(before=before, after=team, on=on)
