"""What the demo town has learnt from its cases: facts, an assessment of the last thirty days to be looked at, and tasks."""

from datetime import datetime, timedelta

from django.utils import timezone

from yemai.base.people.models import Person
from yemai.base.territory.queries import town
from yemai.flows.case_facts.jobs import take_changed
from yemai.modules.assessment.actions.runs import compute_run, start_run
from yemai.modules.assessment.queries.results import versions_in_force
from yemai.modules.tasks.actions import Wanted, make_task, report_done, start_programme

from .reading import shipped

DAYS = 30


def count(now: datetime) -> None:
    """Tell the cases as facts and assess every kind of subject over the last thirty days; a person has still to confirm."""
    while take_changed(now):
        pass
    plan = shipped("town")
    assessor, today = Person.objects.get(username=plan["assessor"]), timezone.localdate(now)
    period = f"{today - timedelta(days=DAYS)}..{today - timedelta(days=1)}"
    for version in versions_in_force(today):
        run = start_run(version, node=town(), period=period, actor=assessor, now=now)
        compute_run(run.pk, now=now, say=lambda _done, _total: None)


def assign(now: datetime) -> None:
    """Start the programme of six aspects and give some of its tasks, one of them reported done and one late."""
    plan = shipped("town")
    chief, today = Person.objects.get(username=plan["chief"]), timezone.localdate(now)
    programme = start_programme(town(), actor=chief, now=now)
    for number, title, owner, days, done in plan["tasks"]:
        wanted = Wanted(
            title=title,
            owner=Person.objects.get(username=owner),
            due_on=today + timedelta(days=days),
            measure=programme.measures.get(number=number),
        )
        task = make_task(wanted, node=town(), actor=chief, now=now)
        if done:
            report_done(task, words=done, photo=None, actor=wanted.owner or chief, now=now)
