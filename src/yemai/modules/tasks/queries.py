"""Tasks, programmes and meetings as an actor may see them: who keeps the ledger all of their ground, everybody their own."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Appointment, Person
from yemai.base.people.queries import in_force
from yemai.base.territory.models import Node
from yemai.kernel.refusals import Absent

from .models import Measure, Meeting, Programme, Task
from .terms import LIVE, TaskState

EDIT = Permission.TASK_EDIT


def grounds_for(actor: Person) -> QuerySet[Node]:
    """Where the actor keeps the ledger, the highest first."""
    seen = Node.objects.filter(reach(actor, EDIT).q("path"), valid_to__isnull=True)
    return seen.select_related("tier").defer("boundary").order_by("tier__depth", "path")


def tasks_for(actor: Person) -> QuerySet[Task]:
    """The tasks an actor may see, the most pressing first."""
    seen = Q(owner=actor) | reach(actor, EDIT).q("node__path")
    return Task.objects.filter(seen).select_related("owner", "node", "measure__programme")


def task_for(actor: Person, task_id: int) -> Task:
    """One of them. Raises Absent."""
    found = tasks_for(actor).filter(pk=task_id).first()
    if found is None:
        raise Absent()
    return found


def narrowed(tasks: QuerySet[Task], *, state: str, is_late: bool, today: date, programme: str) -> QuerySet[Task]:
    """Narrowed by what stands in the address: "live" is whatever is not over."""
    if state == "live":
        tasks = tasks.filter(state__in=LIVE)
    elif state:
        tasks = tasks.filter(state=state)
    if is_late:
        tasks = tasks.filter(state=TaskState.OPEN, due_on__lt=today)
    if programme.isdecimal() and len(programme) < 18:
        tasks = tasks.filter(measure__programme=int(programme))
    return tasks


def live_on(node: Node, until: date) -> QuerySet[Task]:
    """What is due on a piece of ground and below it by a day, and not over."""
    return (
        Task.objects.filter(
            node__path__gte=node.path, node__path__lt=node.path + "z", state__in=LIVE, due_on__lte=until
        )
        .select_related("owner", "node")
        .order_by("due_on", "id")
    )


def programmes_for(actor: Person) -> QuerySet[Programme]:
    """The programmes on the actor's ground."""
    return Programme.objects.filter(reach(actor, EDIT).q("node__path")).select_related("node")


def programme_for(actor: Person, programme_id: int) -> Programme:
    """One of them. Raises Absent."""
    found = programmes_for(actor).filter(pk=programme_id).first()
    if found is None:
        raise Absent()
    return found


@dataclass(frozen=True)
class Standing:
    """How far a measure is: its tasks by state."""

    measure: Measure
    live: int
    late: int
    done: int


def standings(programme: Programme, today: date) -> list[Standing]:
    """Each measure with its tasks; one question."""
    late = Q(tasks__state=TaskState.OPEN, tasks__due_on__lt=today)
    rows = programme.measures.annotate(
        live=Count("tasks", filter=Q(tasks__state__in=LIVE)),
        late=Count("tasks", filter=late),
        done=Count("tasks", filter=Q(tasks__state=TaskState.DONE)),
    ).order_by("number")
    return [Standing(one, one.live, one.late, one.done) for one in rows]


def meetings_for(actor: Person) -> QuerySet[Meeting]:
    """The meetings held on the actor's ground, the newest first."""
    return Meeting.objects.filter(reach(actor, EDIT).q("node__path")).select_related("node", "held_by")


OWNERS_MOST = 500


def owners_on(node: Node, today: date) -> QuerySet[Person]:
    """Who may be given a task there: whoever holds a post on the ground, below it, or in a unit that stands there."""
    below = {"node__path__gte": node.path, "node__path__lt": node.path + "z"}
    units = {"department__node__path__gte": node.path, "department__node__path__lt": node.path + "z"}
    posts = Appointment.objects.filter(in_force(today)).filter(Q(**below) | Q(**units))
    return Person.objects.filter(pk__in=posts.values("person"), is_active=True).order_by("name")[:OWNERS_MOST]
