"""People in the back office: accounts and absences, posts, kinds of posts and departments."""

from .accounts import AbsenceRegister, PersonRegister
from .posts import AppointmentRegister, DepartmentRegister, PostKindRegister

__all__ = ["AbsenceRegister", "AppointmentRegister", "DepartmentRegister", "PersonRegister", "PostKindRegister"]
