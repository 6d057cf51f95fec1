"""Writes of parameters and the calendar: always a new version, always noticed by every process.

Whether the actor may is asked by the caller (`parameter.edit`): this room lies below the one that knows.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .events import changed
from .models import CalendarDay, Parameter, Revision
from .queries import forget, parameter
from .rules import is_fit
from .terms import DECLARED


def set_parameter(
    key: str,
    value: Any,
    *,
    effective_from: date,
    effective_to: date | None = None,
    basis: str = "",
    actor: AbstractBaseUser | None = None,
    now: datetime | None = None,
) -> Parameter:
    """Give a parameter a new version from a day on, or for the days before `effective_to`.

    The newest version that holds wins: one without an end also ends every older one where it begins. `actor` None is
    the system. Raises Refused 422 `no-such-parameter`, `bad-parameter` (not the shape of its default, or nonsense),
    `bad-dates`.
    """
    if key not in DECLARED:
        raise Refused("no-such-parameter", _("没有这个参数。"), status=422, fields={"key": _("请重新选择")})
    if not is_fit(key, value):
        text = _("“%(label)s”的值不对，没有保存。请照默认值的样子填写。") % {"label": DECLARED[key].label}
        raise Refused("bad-parameter", text, status=422, fields={"value": text})
    if effective_to is not None and effective_to <= effective_from:
        text = _("失效日期要晚于生效日期。")
        raise Refused("bad-dates", text, status=422, fields={"effective_to": text})
    with writing():
        touch()  # first: it takes the row's lock, so two writers never pick one version number
        before = parameter(key, effective_from)
        versions = Parameter.objects.filter(key=key)
        last = versions.aggregate(last=Max("version"))["last"] or 0
        if effective_to is None:
            versions.filter(Q(effective_to=None) | Q(effective_to__gt=effective_from)).update(
                effective_to=effective_from
            )
        made = Parameter.objects.create(
            key=key,
            version=last + 1,
            value=value,
            basis=basis,
            effective_from=effective_from,
            effective_to=effective_to,
        )
        forget()  # `before` was read under the new stamp, and would stand for it until the transaction ends
        after = {"value": value, "from": str(effective_from), "to": str(effective_to or "")}
        _tell("set_parameter", made, actor, now, {"value": before}, after)
    return made


def set_calendar_day(
    day: date, *, is_workday: bool, note: str = "", actor: AbstractBaseUser | None = None, now: datetime | None = None
) -> CalendarDay:
    """Declare one day worked or off. Deadlines across it change: whoever keeps some listens to `events.changed`."""
    with writing():
        touch()
        old = CalendarDay.objects.filter(day=day).first()
        made, _new = CalendarDay.objects.update_or_create(day=day, defaults={"is_workday": is_workday, "note": note})
        before = {"is_workday": old.is_workday, "note": old.note} if old else {}
        _tell("set_calendar_day", made, actor, now, before, {"day": str(day), "is_workday": is_workday, "note": note})
    return made


def clear_calendar_day(day: date, *, actor: AbstractBaseUser | None = None, now: datetime | None = None) -> bool:
    """Take a declaration back, so that the holiday library rules again; False when there was none."""
    with writing():
        touch()
        old = CalendarDay.objects.filter(day=day).first()
        if old is None:
            return False
        _tell(
            "clear_calendar_day", old, actor, now, {"day": str(day), "is_workday": old.is_workday, "note": old.note}, {}
        )
        old.delete()
    return True


def touch() -> None:
    """Tell every process that something changed; called inside the writing transaction, by the back office too."""
    # A random stamp, not a count: a count rolled back and taken again would pass for what was read in between.
    Revision.objects.update_or_create(pk=1, defaults={"number": secrets.randbits(62)})
    forget()


def _tell(
    verb: str,
    instance: Parameter | CalendarDay,
    actor: AbstractBaseUser | None,
    now: datetime | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    changed.send(
        sender=type(instance),
        actor=actor,
        now=now or timezone.now(),
        verb=verb,
        instance=instance,
        before=dict(before),
        after=dict(after),
    )
