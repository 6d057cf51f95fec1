"""The Django app of people and posts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """People, posts, teams and absences."""

    name = "yemai.base.people"
    label = "people"
    verbose_name = _("人员与岗位")
