"""Writes of adjustments: drafted after a rehearsal, confirmed, undone until the day, carried out on it."""

import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.audit.actions import record
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.base.territory.rules import common, is_within
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from . import plans
from .events import came_to_nothing
from .models import Adjustment
from .terms import WAITING, Kind, State

log = logging.getLogger("yemai.adjustments")
NOTE_MOST = 300
FARTHEST_DAYS = 366
"""Nobody can foresee a year's posts and buildings; a change planned farther ahead is refused."""


class _RehearsedError(Exception):
    """Takes the rehearsal back: whatever it wrote goes with it."""


def draft_adjustment(
    kind: Kind, before: Sequence[Node], plan: dict[str, Any], *, on: date, actor: Person, now: datetime, note: str = ""
) -> Adjustment:
    """Put a change up for confirmation, after a rehearsal that leaves nothing behind.

    Raises Refused for whatever the ground would refuse today, for a day more than a year ahead, and where another
    change of the same ground is waiting.
    """
    if (on - timezone.localdate(now)).days > FARTHEST_DAYS:
        text = _("最多可以提前一年安排，请改正生效日期。")
        raise Refused("too-far", text, status=422, fields={"on": text})
    with writing():
        _check_free(before)
        made = Adjustment.objects.create(
            kind=kind,
            on=on,
            plan=plan,
            path=common(one.path for one in before),
            note=note.strip()[:NOTE_MOST],
            made_by=actor,
            made_at=now,
        )
        made.before.set(before)
        _rehearse(made, now)
        record(
            actor=actor, action="draft_adjustment", subject=made, now=now, path=made.path,
            after={"kind": str(kind), "on": str(on), "nodes": [one.code for one in before]},
        )  # fmt: skip
    return made


def _check_free(before: Sequence[Node]) -> None:
    waiting = Adjustment.objects.filter(state__in=WAITING).prefetch_related("before")
    for other in waiting:
        for node in other.before.all():
            if any(is_within(node.path, one.path) or is_within(one.path, node.path) for one in before):
                what = {"name": node.label, "number": other.pk, "day": other.on}
                text = _("%(name)s 已有一项调整（第 %(number)s 号，%(day)s）在等待，请先执行或撤销它。")
                raise Refused("already-planned", text % what)


def _rehearse(adjustment: Adjustment, now: datetime) -> None:
    day = min(adjustment.on, timezone.localdate(now))
    try:
        with writing():
            plans.carry_out(adjustment, on=day, now=now)
            raise _RehearsedError
    except _RehearsedError:
        return


def confirm_adjustment(adjustment: Adjustment, *, actor: Person, now: datetime) -> Adjustment:
    """Let a drafted change come true: on its day, or at once when that is today or over. Raises Refused as the ground."""
    with writing():
        found = _waiting(adjustment, State.DRAFT)
        found.state = State.PLANNED
        found.save(update_fields=["state"])
        record(actor=actor, action="confirm_adjustment", subject=found, now=now, path=found.path)
        if found.on <= timezone.localdate(now):
            _carry_out(found, now)
    return found


def undo_adjustment(adjustment: Adjustment, *, actor: Person, now: datetime) -> Adjustment:
    """Take a change back before its day; the ground never knew of it. Raises Refused once it is true."""
    with writing():
        found = _waiting(adjustment, *WAITING)
        found.state, found.ended_at = State.UNDONE, now
        found.save(update_fields=["state", "ended_at"])
        record(actor=actor, action="undo_adjustment", subject=found, now=now, path=found.path)
        came_to_nothing.send(sender=Adjustment, adjustment=found, now=now)
    return found


def _waiting(adjustment: Adjustment, *states: State) -> Adjustment:
    found = Adjustment.objects.select_for_update(of=("self",)).get(pk=adjustment.pk)
    if found.state not in states:
        text = _("这项调整%(state)s，不能再这样处理。") % {"state": found.get_state_display()}
        raise Refused("not-waiting", text)
    return found


def _carry_out(adjustment: Adjustment, now: datetime) -> None:
    adjustment.after.set(plans.carry_out(adjustment, on=adjustment.on, now=now))
    adjustment.state, adjustment.ended_at = State.DONE, now
    adjustment.save(update_fields=["state", "ended_at"])


def carry_out_due(now: datetime) -> int:
    """Let every planned change whose day has come be true; what the ground refuses is kept with the reason."""
    due = Adjustment.objects.filter(state=State.PLANNED, on__lte=timezone.localdate(now)).order_by("on", "id")
    done = 0
    broken: Exception | None = None
    for one in due:
        try:
            with writing():
                found = _waiting(one, State.PLANNED)
                _carry_out(found, now)
            done += 1
        except Refused as refused:
            _refuse(one, str(refused.text), now)
        except Exception as error:  # one that breaks must not keep the others from their day; told below
            log.exception("adjustment %s broke", one.pk)
            broken = broken or error
    if broken is not None:
        raise broken
    return done


def _refuse(adjustment: Adjustment, why: str, now: datetime) -> None:
    with writing():
        won = Adjustment.objects.filter(pk=adjustment.pk, state=State.PLANNED).update(
            state=State.REFUSED, refusal=why, ended_at=now
        )
        if won:
            record(
                actor=None, action="refuse_adjustment", subject=adjustment, now=now, path=adjustment.path,
                after={"why": why},
            )  # fmt: skip
            came_to_nothing.send(sender=Adjustment, adjustment=adjustment, now=now)
