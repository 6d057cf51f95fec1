"""Every write to people: accounts and departments, posts, absences."""

from .absences import end_absence, report_absence
from .accounts import (
    change_person,
    close_account,
    create_department,
    create_person,
    reopen_account,
    set_password,
    set_preferences,
)
from .appointments import appoint, end_appointment, follow_ground, install_posts
from .checks import Actor

__all__ = [
    "Actor",
    "appoint",
    "change_person",
    "close_account",
    "create_department",
    "create_person",
    "end_absence",
    "end_appointment",
    "follow_ground",
    "install_posts",
    "reopen_account",
    "report_absence",
    "set_password",
    "set_preferences",
]
