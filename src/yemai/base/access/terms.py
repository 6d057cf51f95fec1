"""The permission names of the whole system: one enum, so a name is never spelt twice."""

from yemai.base.people.terms import Permission

__all__ = ["Permission"]
