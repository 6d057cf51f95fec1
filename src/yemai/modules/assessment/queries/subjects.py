"""Subjects by name, and which of them are an actor's own."""

from collections.abc import Iterable

from django.utils import timezone

from yemai.base.people.models import Appointment, Department, Person
from yemai.base.people.queries import in_force
from yemai.base.territory.models import Node, Tier

from ..subjects import Subject


def settling_subject() -> Subject | None:
    """The tier on which cases settle (微网格), as a kind of subject; None before there is ground."""
    depth = Tier.objects.filter(is_settling=True).values_list("depth", flat=True).first()
    return None if depth is None else Subject(f"area_{depth + 1}")


def tiers_assessed() -> list[Subject]:
    """The tiers of the ground that there are, from the town down."""
    return [Subject(f"area_{depth + 1}") for depth in Tier.objects.order_by("depth").values_list("depth", flat=True)]


def names_of(subject: Subject, ids: Iterable[int]) -> dict[int, str]:
    """What each subject is called today; one query."""
    model = Node if subject.is_area else Department if subject == Subject.DEPARTMENT else Person
    return {one.pk: str(one.label) for one in model._default_manager.filter(pk__in=list(ids))}


def own_subjects(actor: Person) -> dict[str, set[int]]:
    """Of each sort (person, department, area) which subjects are the actor's own: themselves, and where they hold posts."""
    posts = Appointment.objects.filter(in_force(timezone.localdate()), person=actor)
    found: dict[str, set[int]] = {"person": {actor.pk}, "department": set(), "area": set()}
    for node, department in posts.values_list("node_id", "department_id"):
        if department is not None:
            found["department"].add(department)
        elif node is not None:
            found["area"].add(node)
    return found


def sort_of(subject: str) -> str:
    """person, department or area."""
    kind = Subject(subject)
    return "person" if kind.is_person else "area" if kind.is_area else "department"
