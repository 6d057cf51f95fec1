"""Who and what stands ready on a piece of ground: the three teams and the stations."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from yemai.base.people.models import Appointment
from yemai.base.people.queries import in_force
from yemai.base.people.terms import Team
from yemai.base.territory.models import Node
from yemai.modules.planning.models import Station


@dataclass(frozen=True)
class Forces:
    """People by team (each counted once in a team) and stations, on a piece of ground and below it."""

    teams: list[tuple[str, int]]
    stations: int


def forces_on(node: Node, today: date) -> Forces:
    """Two questions, however much ground there is."""
    below = {"node__path__gte": node.path, "node__path__lt": node.path + "z"}
    posts = Appointment.objects.filter(in_force(today), person__is_active=True, **below).exclude(
        post_kind__team=Team.NONE
    )
    counted = dict(posts.order_by().values_list("post_kind__team").annotate(n=Count("person", distinct=True)))
    teams = [(str(team.label), counted.get(team.value, 0)) for team in Team if team != Team.NONE]
    return Forces(teams, Station.objects.filter(ended_on__isnull=True, **below).count())
