"""Adopting a plan: its groups become an adjustment, which its page confirms."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from yemai.base.people.models import Person
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused
from yemai.modules.adjustments import plans
from yemai.modules.adjustments.actions import draft_adjustment
from yemai.modules.adjustments.models import Adjustment
from yemai.modules.adjustments.terms import Kind
from yemai.modules.planning.actions import mark_adopted
from yemai.modules.planning.models import Plan

from .dividing import division_of


def adopt_plan(plan: Plan, *, on: date, actor: Person, now: datetime) -> Adjustment:
    """Draft the adjustment that makes a plan's groups micro-grids from a day on.

    Raises Refused as `division_of` and `draft_adjustment`, for a plan that is adopted, and where nothing would change.
    """
    if plan.adopted_on is not None:
        raise Refused("adopted", _("这个方案已经采用。"))
    division = division_of(plan)
    if not division.before:
        raise Refused("nothing-changes", _("方案和现有微网格完全一样，不需要调整。"))
    note = f"{plan.study.name} {_('方案 %(n)s') % {'n': plan.number}}"
    with writing():
        made = draft_adjustment(
            Kind.REDIVIDE, division.before, plans.dividing(division.after), on=on, actor=actor, now=now, note=note
        )
        mark_adopted(plan, on=on, adjustment=made.pk, actor=actor, now=now)
    return made


def free_plan(adjustment: Adjustment, *, now: datetime) -> None:
    """The change came to nothing: its plan, if it has one, is not adopted any more."""
    for plan in Plan.objects.filter(adjustment=adjustment.pk).select_related("study__node"):
        mark_adopted(plan, on=None, adjustment=None, actor=adjustment.made_by, now=now)
