"""Writes to absences: who is away, and who acts for them."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..models import Absence, Person
from ..queries import deputies_for, may_administer
from ..reach import forget
from .checks import Actor, beyond, tell

LONGEST_ABSENCE = timedelta(days=366)


def report_absence(
    *,
    actor: Actor,
    person: Person,
    deputy: Person | None = None,
    reason: str = "",
    from_at: datetime,
    to_at: datetime,
    now: datetime,
) -> Absence:
    """Note that a person is away and who acts for them. Reported by themselves or by whoever administers them.

    Raises Refused: `not-yours`, `own-post` (somebody else's absence with oneself as deputy), `invalid` (times),
    `overlaps`, `not-a-deputy`, `deputy-away`.
    """
    if actor is not None and actor.pk != person.pk and not may_administer(actor, person):
        raise beyond()
    if deputy is not None and _takes_over(actor, person, deputy):
        text = _("不能指定自己代理别人，请由上级办理。")
        raise Refused("own-post", text, status=403, fields={"deputy": text})
    if not from_at < to_at or to_at <= now or to_at - from_at > LONGEST_ABSENCE:
        text = _("结束时间要晚于开始时间和现在，且不超过一年。")
        raise Refused("invalid", text, status=422, fields={"to_at": text})
    with writing():
        Person.objects.select_for_update().get(pk=person.pk)
        if _overlapping(person, from_at, to_at).exists():
            raise Refused("overlaps", _("这段时间已经登记过请假，请先取消原来的登记。"))
        if deputy is not None:
            _check_deputy(person, deputy, from_at, to_at, now)
        absence = Absence.objects.create(
            person=person, deputy=deputy, reason=reason.strip()[:120], from_at=from_at, to_at=to_at
        )
        after = {"person": person.pk, "deputy": deputy and deputy.pk, "from": from_at, "to": to_at}
        tell("report_absence", absence, actor=actor, now=now, after=after)
    forget(person, deputy, actor)
    return absence


def _takes_over(actor: Actor, person: Person, deputy: Person) -> bool:
    """Naming oneself another's deputy would be appointing oneself to their posts."""
    return actor is not None and not actor.is_superuser and actor.pk == deputy.pk != person.pk


def _check_deputy(person: Person, deputy: Person, from_at: datetime, to_at: datetime, now: datetime) -> None:
    if not deputies_for(person, now).filter(pk=deputy.pk).exists():
        text = _("代理人须是同网格、上下级、相邻网格或同部门的在岗工作人员，请另选。")
        raise Refused("not-a-deputy", text, status=422, fields={"deputy": text})
    if _overlapping(deputy, from_at, to_at).exists():
        text = _("代理人这段时间自己也请假，请另选。")
        raise Refused("deputy-away", text, status=422, fields={"deputy": text})


def end_absence(*, actor: Actor, absence: Absence, now: datetime) -> None:
    """Back early, or not going at all. Raises Refused `not-yours` or `already-ended`."""
    if actor is not None and actor.pk != absence.person_id and not may_administer(actor, absence.person):
        raise beyond()
    with writing():
        if absence.to_at <= now:
            raise Refused("already-ended", _("这次请假已经结束，无需重复操作。"))
        before = {
            "person": absence.person_id,
            "deputy": absence.deputy_id,
            "from": absence.from_at,
            "to": absence.to_at,
        }
        tell("end_absence", absence, actor=actor, now=now, before=before)
        if absence.from_at >= now:
            absence.delete()
        else:
            absence.to_at = now
            absence.save(update_fields=["to_at"])
    forget(absence.person, absence.deputy, actor)


def _overlapping(person: Person, from_at: datetime, to_at: datetime) -> QuerySet[Absence]:
    return Absence.objects.filter(person=person, from_at__lt=to_at, to_at__gt=from_at)
