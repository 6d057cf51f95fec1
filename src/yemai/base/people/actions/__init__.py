"""Every write to people: accounts and departments, posts, absences."""

from .absences import end_absence, report_absence
from .accounts import (
    change_department,
    change_person,
    close_account,
    create_department,
    create_person,
    open_back_office,
    reopen_account,
    set_password,
    set_preferences,
)
from .appointments import appoint, end_appointment, follow_ground, install_posts
from .checks import Actor
from .kinds import change_post_kind, create_post_kind

__all__ = [
    "Actor",
    "appoint",
    "change_department",
    "change_person",
    "change_post_kind",
    "close_account",
    "create_department",
    "create_person",
    "create_post_kind",
    "end_absence",
    "end_appointment",
    "follow_ground",
    "install_posts",
    "open_back_office",
    "reopen_account",
    "report_absence",
    "set_password",
    "set_preferences",
]
