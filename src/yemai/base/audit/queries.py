"""Reads of the audit trail, limited to the ground an auditor reaches."""

from django.db.models import Model, Q, QuerySet

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.territory.models import Node

from .models import Entry, Look


def entries_for(actor: Person) -> QuerySet[Entry]:
    """Changes on the ground the actor may audit, newest first."""
    return Entry.objects.filter(_within(actor)).select_related("actor")


def looks_for(actor: Person) -> QuerySet[Look]:
    """Looks at personal records on the ground the actor may audit, newest first."""
    return Look.objects.filter(_within(actor)).select_related("actor")


def looks_at(subject: Model) -> QuerySet[Look]:
    """Who looked at one record, newest first: what its person may ask for (PIPL art. 45).

    The caller has found `subject` through a query limited to the asker.
    """
    return Look.objects.filter(subject_kind=subject._meta.label_lower, subject_id=str(subject.pk)).select_related(
        "actor"
    )


def _within(actor: Person) -> Q:
    """The actor's ground; what lies on no ground (parameters, the calendar) shows to those who audit a whole town."""
    found = reach(actor, Permission.AUDIT_VIEW)
    if any(found.covers(path) for path in Node.objects.filter(parent=None).values_list("path", flat=True)):
        return found.q("path") | Q(path="")
    return found.q("path")
