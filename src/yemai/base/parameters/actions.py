"""Writes of parameters and the calendar: always a new version, always noticed by every process."""

from datetime import date
from typing import Any

from django.db.models import F, Max
from django.utils.translation import gettext as _

from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .models import CalendarDay, Parameter, Revision
from .terms import DECLARED


def set_parameter(key: str, value: Any, *, effective_from: date, basis: str = "") -> Parameter:
    """Give a parameter a new version from a day on. Raises Refused `no-such-parameter`."""
    if key not in DECLARED:
        raise Refused("no-such-parameter", _("没有这个参数。"), status=422)
    with writing():
        last = Parameter.objects.filter(key=key).aggregate(last=Max("version"))["last"] or 0
        made = Parameter.objects.create(
            key=key, version=last + 1, value=value, basis=basis, effective_from=effective_from
        )
        touch()
    return made


def set_calendar_day(day: date, *, is_workday: bool, note: str = "") -> CalendarDay:
    """Declare one day worked or off."""
    with writing():
        made, _new = CalendarDay.objects.update_or_create(day=day, defaults={"is_workday": is_workday, "note": note})
        touch()
    return made


def touch() -> None:
    """Tell every process that something changed; called by the back office too."""
    if not Revision.objects.filter(pk=1).update(number=F("number") + 1):
        Revision.objects.create(pk=1, number=1)
