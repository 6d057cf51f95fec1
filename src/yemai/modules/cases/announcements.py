"""Which step tells whom: one table; the outbox's own rules decide by which channel."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from yemai.base.access.terms import Permission
from yemai.base.messages.actions import announce as put_out
from yemai.base.messages.contacts import Contact as Recipient
from yemai.base.people.models import Person
from yemai.base.people.queries import department_people, holders

from . import words
from .actors import Actor, Resident
from .models import Assignment, Case, Contact
from .sealing import unseal_text
from .terms import Verb

TELLS: dict[Verb, tuple[str, tuple[str, ...]]] = {
    Verb.REPORT: ("case.reported", ("leader", "worker", "reporter")),
    Verb.ACCEPT: ("case.accepted", ("handler", "reporter")),
    Verb.ASK_VERIFICATION: ("case.verify", ("verifier",)),
    Verb.CONFIRM_REPORT: ("case.verified", ("leader",)),
    Verb.REJECT: ("case.voided", ("reporter", "followers")),
    Verb.MERGE: ("case.merged", ("reporter", "followers")),
    Verb.ASSIGN: ("case.assigned", ("handler", "department")),
    Verb.DECIDE: ("case.assigned", ("handler", "department")),
    Verb.RETURN: ("case.returned", ("leader", "centre")),
    Verb.ESCALATE: ("case.escalated", ("leader", "centre")),
    Verb.CONSULT: ("case.consulting", ("team",)),
    Verb.REQUEST_EXTENSION: ("case.requested", ("centre",)),
    Verb.REQUEST_SUSPENSION: ("case.requested", ("centre",)),
    Verb.APPROVE_EXTENSION: ("case.decided", ("handler", "department", "reporter")),
    Verb.SUSPEND: ("case.decided", ("handler", "department", "reporter")),
    Verb.DECLINE_REQUEST: ("case.decided", ("handler", "department")),
    Verb.SUBMIT_FEEDBACK: ("case.feedback", ("checker",)),
    Verb.CHECK_PASS: ("case.score_invited", ("reporter", "merged")),
    Verb.CHECK_FAIL: ("case.rework", ("handler", "department")),
    Verb.SCORE: ("case.closed", ("handler", "department", "followers")),
    Verb.CLOSE: ("case.closed", ("handler", "department", "followers")),
    Verb.REQUEST_REOPEN: ("case.reopen_requested", ("supervisor",)),
    Verb.CONFIRM_REOPEN: ("case.reopened", ("handler", "department", "reporter")),
    Verb.REMIND: ("case.reminded", ("handler", "department", "leader")),
    Verb.SUPERVISE: ("case.supervised", ("handler", "department", "leader")),
    Verb.COMMENT: ("case.comment", ("handler", "reporter")),
}

RESIDENTS = frozenset({"reporter", "followers", "merged"})


def announce(
    case: Case,
    verb: Verb,
    *,
    actor: Actor,
    now: datetime,
    content: dict[str, Any],
    links: Mapping[int, str],
    is_public: bool,
) -> None:
    """Write the outbox rows of one step inside its transaction; the actor is not told of their own doing.

    Titles go to group robots too, so they name class and place, never a resident's words. `links` are score tokens.
    Residents hear of public steps alone, and not of what a resident did.
    """
    told = TELLS.get(verb)
    if told is None:
        return
    event, audiences = told
    if verb == Verb.SCORE and content.get("asks_reopen"):
        event, audiences = "case.reopen_requested", ("supervisor", *audiences)
    put_out(
        event,
        audiences={name: audience(case, name, actor) for name in audiences if name not in RESIDENTS},
        node=case.node,
        title=f"{verb.label}：{case.category_name} · {case.node.name}",
        text=f"{case}：{case.headline}",
        url=f"/cases/{case.pk}/",
        now=now,
        key=f"case-{case.pk}-{case.version}",
    )
    outside = RESIDENTS.intersection(audiences) if is_public else frozenset()
    if isinstance(actor, Resident):
        outside -= {"reporter"}
    for name in outside:
        for about, people in residents(case, name):
            put_out(
                event,
                audiences={name: people},
                node=case.node,
                title=_("您反映的事有了进展（%(code)s）") % {"code": about.tracking_code},
                text=words.progress(case),
                url=f"/s/{links[about.pk]}/" if about.pk in links else f"/r/{about.tracking_code}/",
                now=now,
                key=f"case-{case.pk}-{case.version}-{about.pk}-{name}",
            )


def residents(case: Case, name: str) -> list[tuple[Case, list[Recipient]]]:
    """Who reported, who follows, or whose report was merged into this one: those who left a number and want news."""
    if name == "merged":
        told = Contact.objects.filter(case__main_case=case)
    else:
        role = Contact.Role.REPORTER if name == "reporter" else Contact.Role.FOLLOWER
        told = Contact.objects.filter(case=case, role=role)
    wanting = told.filter(wants_news=True).exclude(phone_sealed="").select_related("case")
    return [(one.case, [Recipient(phone=unseal_text(one.phone_sealed), locale=one.case.language)]) for one in wanting]


def audience(case: Case, name: str, actor: Actor | None = None) -> list[Person]:
    """The staff behind a name of the table."""
    found: list[Person] = []
    if name == "handler" and case.handler:
        found = [case.handler]
    elif name == "verifier" and case.verifier:
        found = [case.verifier]
    elif name == "leader":
        found = holders(Permission.CASE_CONSULT, case.node, nearest=True)
    elif name in ("worker", "team"):
        found = holders(Permission.CASE_HANDLE, case.node, nearest=True)
    elif name == "centre":
        found = holders(Permission.CASE_DISPATCH, case.node)
    elif name == "supervisor":
        found = holders(Permission.CASE_SUPERVISE, case.node)
    elif name == "checker":
        found = holders(Permission.CASE_CHECK, case.node)
    elif name == "department":
        units = case.assignments.filter(state=Assignment.State.OPEN).values_list("department_id", flat=True)
        found = department_people(list(units))
    return [person for person in found if not isinstance(actor, Person) or person.pk != actor.pk]
