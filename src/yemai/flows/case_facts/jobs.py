"""The worker keeps the facts: what changed within a second or two, everything once at the start, and the counts by night."""

from datetime import datetime

from yemai.base.jobs.actions import enqueue, progress
from yemai.base.jobs.models import Job
from yemai.base.jobs.registry import every, job, pulse
from yemai.base.transactions import writing
from yemai.modules.assessment.actions import note_changed, rebuild_counts, take_pending
from yemai.modules.cases.models import Case

from .reading import facts_of

AT_ONCE = 2000


@pulse
def take_changed(_now: datetime) -> int:
    """Write the facts of cases that changed."""
    return take_pending(facts_of)


@job("case_facts.fill")
def fill(work: Job, _now: datetime) -> dict[str, int]:
    """Let every case become a fact anew: when a town begins to assess, or after what a fact says has changed."""
    ids = list(Case.objects.order_by("pk").values_list("pk", flat=True))
    for at in range(0, len(ids), AT_ONCE):
        with writing():
            note_changed(ids[at : at + AT_ONCE])
        progress(work, min(at + AT_ONCE, len(ids)), len(ids))
    return {"cases": len(ids)}


@job("case_facts.count")
def count(_work: Job, _now: datetime) -> dict[str, int]:
    """Count everything anew from the facts."""
    return {"counts": rebuild_counts()}


@every("case_facts.begin", minutes=60)
def begin(_now: datetime) -> int:
    """Fill the facts of a town that has cases and no facts yet: once."""
    enqueue("case_facts.fill", key="case_facts.fill first")
    return 1
