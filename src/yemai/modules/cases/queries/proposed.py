"""Proposals of unit and handler for a case, each with its reasons; a person decides."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yemai.base.people.models import Appointment, Department, Person
from yemai.base.people.queries import in_force
from yemai.base.people.reach import ancestor_paths

from ..models import Assignment, Case, Responsibility, ResponsibilityList
from ..proposing import BounceRate, BounceRates, PersonFacts, UnitFacts, rank_people, rank_units
from ..terms import OPEN_STAGES, ReturnReason, Stage

WINDOW = timedelta(days=365)
NEWEST = 2_000
"""History is read from so many of the newest cases of a class, however many there are."""
GROUND_NAMED = 10
FAR = 99


@dataclass(frozen=True)
class UnitProposal:
    """A unit, why, and what speaks against it."""

    unit: Department
    joint: list[Department]
    reasons: list[str]
    note: str = ""


@dataclass(frozen=True)
class PersonProposal:
    """Somebody of the ground, and why."""

    person: Person
    reasons: list[str]


def responsibilities_on(day: date | None = None) -> ResponsibilityList | None:
    """The newest list in force on `day` (today)."""
    return ResponsibilityList.objects.filter(effective_from__lte=day or timezone.localdate()).first()


def lines_for(case: Case, day: date | None = None) -> list[Responsibility]:
    """The lines of the list in force that speak of the case's class on its ground, closest first."""
    if case.category is None:
        return []
    found = responsibilities_on(day)
    if found is None or found.catalogue_id != case.category.catalogue_id:
        return []
    code = case.category.code
    lines = (
        Responsibility.objects.filter(
            responsibility_list=found, code__in=[code[:1], code[:3], code], lead__is_active=True
        )
        .select_related("lead", "node")
        .prefetch_related("joint")
    )
    here = [one for one in lines if one.node is None or case.path.startswith(one.node.path)]
    return sorted(here, key=_closeness, reverse=True)


def _closeness(line: Responsibility) -> int:
    return len(line.code) + (GROUND_NAMED + len(line.node.path) if line.node else 0)


def propose_units(case: Case, now: datetime) -> list[UnitProposal]:
    """At most three units for a classed case. Five queries, however long its kind's history is."""
    if case.category_id is None:
        return []
    lines: dict[int, Responsibility] = {}
    for line in lines_for(case, timezone.localdate(now)):
        lines.setdefault(line.lead_id, line)
    newest = Case.objects.filter(category=case.category_id, reported_at__gte=now - WINDOW).order_by("-reported_at")
    history = {
        row["department"]: row
        for row in Assignment.objects.filter(case__in=newest.values("pk")[:NEWEST], role=Assignment.Role.LEAD)
        .values("department")
        .annotate(
            done=Count("pk", filter=Q(state=Assignment.State.DONE)),
            returned=Count("pk", filter=Q(state=Assignment.State.RETURNED)),
        )
    }
    ranked = rank_units(
        UnitFacts(
            unit,
            _closeness(lines[unit]) if unit in lines else None,
            history[unit]["done"] if unit in history else 0,
            history[unit]["returned"] if unit in history else 0,
        )
        for unit in {*lines, *history}
    )
    units = Department.objects.in_bulk([one.facts.unit for one in ranked])
    noted = [one.facts.unit for one in ranked if one.is_noted]
    why = _return_reasons(newest, noted) if noted else {}
    return [
        UnitProposal(
            units[one.facts.unit],
            list(lines[one.facts.unit].joint.all()) if one.facts.unit in lines else [],
            _reasons(lines.get(one.facts.unit), one.facts.done),
            _note(one.facts.returned, why.get(one.facts.unit, [])) if one.is_noted else "",
        )
        for one in ranked
        if one.facts.unit in units and units[one.facts.unit].is_active
    ]


def _reasons(line: Responsibility | None, done: int) -> list[str]:
    said = []
    if line is not None:
        where = f"{line.node.label}·" if line.node else ""
        said.append(_("权责清单：%(line)s") % {"line": where + line.code + (f"（{line.basis}）" if line.basis else "")})
    if done:
        said.append(ngettext("一年内办结同类 %(n)d 件", "一年内办结同类 %(n)d 件", done) % {"n": done})
    return said


def _note(returned: int, reasons: list[str]) -> str:
    words = _("一年内退回同类 %(n)d 件") % {"n": returned}
    return words + (_("：%(why)s") % {"why": _("、").join(reasons)} if reasons else "")


def _return_reasons(newest: Any, units: list[int]) -> dict[int, list[str]]:
    """Why these units returned this kind, each reason once."""
    labels = dict(ReturnReason.choices)
    found: dict[int, list[str]] = defaultdict(list)
    rows = Assignment.objects.filter(
        case__in=newest.values("pk")[:NEWEST], role=Assignment.Role.LEAD, state=Assignment.State.RETURNED,
        department__in=units,
    )  # fmt: skip
    for unit, reason in rows.values_list("department", "return_reason").distinct():
        found[unit].append(str(labels.get(reason, reason)))
    return found


def propose_people(case: Case, people: list[Person], now: datetime) -> list[PersonProposal]:
    """At most two of `people` (who may handle it, deputies in place of those away) with reasons. Three queries."""
    if not people:
        return []
    ids = [person.pk for person in people]
    above = ancestor_paths(case.path)
    near: dict[int, int] = {}
    posts = Appointment.objects.filter(in_force(timezone.localdate(now)), person__in=ids, node__path__in=above)
    for person, path in posts.values_list("person", "node__path"):
        near[person] = min(near.get(person, FAR), above.index(path))
    load = Case.objects.filter(handler__in=ids, stage__in=OPEN_STAGES).values("handler").annotate(n=Count("pk"))
    open_now = {row["handler"]: row["n"] for row in load}
    done: dict[int, int] = {}
    if case.category_id:
        newest = Case.objects.filter(category=case.category_id, reported_at__gte=now - WINDOW).order_by("-reported_at")
        settled = Case.objects.filter(pk__in=newest.values("pk")[:NEWEST], handler__in=ids, stage=Stage.CLOSED)
        done = {row["handler"]: row["n"] for row in settled.values("handler").annotate(n=Count("pk"))}
    ranked = rank_people(PersonFacts(pk, near.get(pk, FAR), done.get(pk, 0), open_now.get(pk, 0)) for pk in ids)
    by_id = {person.pk: person for person in people}
    return [PersonProposal(by_id[one.person], _personal(one)) for one in ranked]


def _personal(one: PersonFacts) -> list[str]:
    said = [_("就在本网格") if one.distance == 0 else _("负责这片")] if one.distance < FAR else [_("代理岗位")]
    if one.done:
        said.append(_("办结过同类 %(n)d 件") % {"n": one.done})
    return [*said, _("手头 %(n)d 件") % {"n": one.open}]


def bounce_rates(now: datetime, days: int = 90) -> BounceRates:
    """How often lead assignments of the last `days` came back, by whether the unit was the first proposed."""
    since = now - timedelta(days=days)
    rows = (
        Assignment.objects.filter(assigned_at__gte=since, role=Assignment.Role.LEAD)
        .values("was_proposed")
        .annotate(sent=Count("pk"), returned=Count("pk", filter=Q(state=Assignment.State.RETURNED)))
    )
    found = {row["was_proposed"]: BounceRate(row["sent"], row["returned"]) for row in rows}
    none = BounceRate(0, 0)
    return BounceRates(since, found.get(True, none), found.get(False, none), found.get(None, none))
