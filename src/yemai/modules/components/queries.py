"""Reads of the register, limited to the ground an actor works on or keeps."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yemai.base.access.queries import Reach, reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent

from .models import Component
from .terms import Condition


def keeping_reach(actor: Person) -> Reach:
    """The ground whose register an actor keeps."""
    return reach(actor, Permission.TERRITORY_EDIT)


def components_for(actor: Person, words: str = "") -> QuerySet[Component]:
    """Components that are not removed, by code; `words` is a part of the name or the beginning of a code."""
    ground = reach(actor, Permission.CASE_VIEW).q("node__path") | keeping_reach(actor).q("node__path")
    found = Component.objects.filter(ground).exclude(condition=Condition.REMOVED)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(code__startswith=words))
    return found.select_related("node").defer("node__boundary").order_by("code")


def component_for(actor: Person, component_id: int) -> Component:
    """One of them. Raises Absent."""
    found = components_for(actor).filter(pk=component_id).first()
    if found is None:
        raise Absent(_("没有找到这个部件，或您无权查看。"))
    return found
