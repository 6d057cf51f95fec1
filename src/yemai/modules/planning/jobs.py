"""Plans and proposals are worked out behind the pages; each may be run twice."""

import logging
from datetime import datetime

from yemai.base.jobs.actions import progress
from yemai.base.jobs.models import Job
from yemai.base.jobs.registry import job
from yemai.kernel.refusals import Refused

from .actions import fail, keep_plan, keep_proposal
from .models import Plan, Proposal
from .proposing import proposed
from .queries import ground_of
from .results import settings_of
from .rules.division import divide
from .terms import State

MANY = 300
"""From so many buildings on, a second process is worth its start."""
WORKERS = 2
log = logging.getLogger("yemai.planning")


@job("planning.divide")
def make_plan(work: Job, now: datetime) -> dict[str, int]:
    """Divide the ground of a study; how many of its pieces are done is said on the way."""
    plan = Plan.objects.select_related("study__node").filter(pk=work.payload["plan"]).first()
    if plan is None or plan.state == State.DONE:
        return {}
    ground = ground_of(plan.study)
    houses = ground.houses(keeps_teams=plan.keeps_teams, crosses_estates=plan.crosses_estates)
    sizes, weights = settings_of(plan.least, plan.most, plan.weights)
    found = divide(
        houses, sizes=sizes, weights=weights, workers=WORKERS if len(houses) >= MANY else 1, seconds=float(plan.seconds),
        told=lambda done, total: progress(work, done, total),
    )  # fmt: skip
    keep_plan(plan, found, ground, houses)
    return {"buildings": len(houses), "groups": len(found.groups)}


@job("planning.propose")
def make_proposal(work: Job, now: datetime) -> dict[str, str]:
    """Work out sites or joint branches."""
    proposal = Proposal.objects.select_related("node").filter(pk=work.payload["proposal"]).first()
    if proposal is None or proposal.state == State.DONE:
        return {}
    try:
        keep_proposal(proposal, proposed(proposal))
    except Refused as refused:
        fail(proposal, str(refused.text))
    return {}
