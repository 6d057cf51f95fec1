"""Every read of people: who holds what where, the three teams, who is away and who stands in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.models import Node
from yemai.base.territory.rules import STEP
from yemai.kernel.refusals import Absent
from yemai.kernel.sealing import blind, unseal

from .models import Absence, Appointment, Department, Person, PostKind
from .reach import ancestor_paths, can_grant, current_grants, reach_of
from .terms import Duty, Permission, Team


@dataclass(frozen=True)
class Member:
    """Somebody in a team of a node, with all the posts they hold in it (一员多岗) and whether they are there."""

    person: Person
    posts: tuple[PostKind, ...]
    duties: tuple[Duty, ...]
    public_phone: str
    absent_until: datetime | None
    deputy: Person | None


def in_force(on: date | None = None) -> Q:
    """Appointments held on a day (today)."""
    day = on or timezone.localdate()
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def appointments_of(person: Person, on: date | None = None) -> QuerySet[Appointment]:
    """The posts a person holds on a day (today), ex-officio ones included, deputised ones not."""
    return (
        Appointment.objects.filter(in_force(on), person=person)
        .select_related("post_kind", "node", "department", "derived_from__post_kind")
        .order_by("post_kind__rank", "pk")
    )


def absence_of(person: Person, at: datetime | None = None) -> Absence | None:
    """The absence a person is on at a moment (now)."""
    return _away(at).filter(person=person).select_related("deputy").first()


def is_absent(person: Person, at: datetime | None = None) -> bool:
    """Is this person away at a moment (now)?"""
    return _away(at).filter(person=person).exists()


def absences_of(person: Person, since: datetime) -> QuerySet[Absence]:
    """A person's absences that end after `since`, the next one first."""
    return person.absences.filter(to_at__gt=since).select_related("deputy").order_by("from_at")


def deputising_of(person: Person, at: datetime | None = None) -> QuerySet[Absence]:
    """The absences in which this person stands in for somebody at a moment (now)."""
    return _away(at).filter(deputy=person, person__is_active=True).select_related("person")


def acts_for(person: Person) -> frozenset[int]:
    """The ids of those in whose name a person acts now: their own, and of everybody away whose deputy they are.

    Remembered on the person object, as their reach is.
    """
    known: frozenset[int] | None = getattr(person, "_acts_for", None)
    if known is None:
        known = frozenset({person.pk, *deputising_of(person).values_list("person", flat=True)})
        person._acts_for = known  # type: ignore[attr-defined]  # read back above
    return known


def _away(at: datetime | None) -> QuerySet[Absence]:
    moment = at or timezone.now()
    return Absence.objects.filter(from_at__lte=moment, to_at__gt=moment)


def absences_by_person(people: Iterable[Person], at: datetime | None = None) -> dict[int, Absence]:
    """Who of these people is away at a moment (now), by person id; one query."""
    away = _away(at).filter(person__in=[person.pk for person in people]).select_related("deputy")
    return {absence.person_id: absence for absence in away}


def team_of(node: Node, at: datetime | None = None, *, public_only: bool = False) -> dict[str, list[Member]]:
    """The three teams of a node as `{"management": [...], "work": [...], "volunteer": [...]}`; three queries.

    `public_only` keeps the posts that are displayed on the public board.
    """
    moment = at or timezone.now()
    held = (
        Appointment.objects.filter(in_force(timezone.localdate(moment)), node=node, person__is_active=True)
        .exclude(post_kind__team=Team.NONE)
        .select_related("person", "post_kind")
        .order_by("post_kind__rank", "valid_from", "pk")
    )
    if public_only:
        held = held.filter(post_kind__is_public=True)
    by_team: dict[str, dict[int, list[Appointment]]] = {str(team): {} for team in Team if team != Team.NONE}
    for appointment in held:
        by_team[appointment.post_kind.team].setdefault(appointment.person_id, []).append(appointment)
    away = absences_by_person([rows[0].person for team in by_team.values() for rows in team.values()], moment)
    return {
        team: [_member(rows, away.get(person_id)) for person_id, rows in people.items()]
        for team, people in by_team.items()
    }


def heads_of(node: Node, at: datetime | None = None) -> list[Member]:
    """Public posts of a node outside the three teams (网格长, 社区民警 ...), one entry per person."""
    moment = at or timezone.now()
    held: dict[int, list[Appointment]] = {}
    for appointment in (
        Appointment.objects.filter(
            in_force(timezone.localdate(moment)),
            node=node,
            person__is_active=True,
            post_kind__team=Team.NONE,
            post_kind__is_public=True,
        )
        .select_related("person", "post_kind")
        .order_by("post_kind__rank", "valid_from", "pk")
    ):
        held.setdefault(appointment.person_id, []).append(appointment)
    away = absences_by_person([rows[0].person for rows in held.values()], moment)
    return [_member(rows, away.get(person_id)) for person_id, rows in held.items()]


def _member(rows: Sequence[Appointment], absence: Absence | None) -> Member:
    kinds = {row.post_kind_id: row.post_kind for row in rows}
    carried = {duty for row in rows for duty in row.duties}
    return Member(
        person=rows[0].person,
        posts=tuple(kinds.values()),
        duties=tuple(duty for duty in Duty if duty.value in carried),
        public_phone=next((row.public_phone for row in rows if row.public_phone), ""),
        absent_until=absence.to_at if absence else None,
        deputy=absence.deputy if absence else None,
    )


def holders(what: str, node: Node | None, at: datetime | None = None, *, nearest: bool = False) -> list[Person]:
    """The people who hold a permission (or a kind of post, by its key) on a node or above it, the nearest first.

    Somebody away is replaced by their deputy where there is one. `nearest` keeps only the lowest node that has
    anybody: whom to tell, rather than who may. Four queries.
    """
    if node is None:
        return []
    moment = at or timezone.now()
    held = (
        Appointment.objects.filter(
            in_force(timezone.localdate(moment)),
            node__path__in=ancestor_paths(node.path),
            person__is_active=True,
            post_kind__in=_kinds(what),
        )
        .select_related("person", "node")
        .order_by("-node__path", "post_kind__rank", "pk")
    )
    by_path: dict[str, list[Person]] = {}
    for appointment in held:
        if appointment.node:
            by_path.setdefault(appointment.node.path, []).append(appointment.person)
    levels = sorted(by_path, key=len, reverse=True)[: 1 if nearest else None]
    return _present([person for path in levels for person in by_path[path]], moment)


def department_people(department_ids: Iterable[int], at: datetime | None = None) -> list[Person]:
    """The people who act for any of these departments, deputies in place of those away."""
    moment = at or timezone.now()
    held = (
        Appointment.objects.filter(
            in_force(timezone.localdate(moment)),
            department__in=list(department_ids),
            person__is_active=True,
            post_kind__in=_kinds(Permission.CASE_DEPARTMENT),
        )
        .select_related("person")
        .order_by("post_kind__rank", "pk")
    )
    return _present([appointment.person for appointment in held], moment)


def _kinds(what: str) -> list[int]:
    """Ids of the kinds of post with this key or this permission; JSON lists are compared here, for every database."""
    if what not in frozenset(Permission):
        return list(PostKind.objects.filter(key=what).values_list("pk", flat=True))
    return [pk for pk, permissions in PostKind.objects.values_list("pk", "permissions") if what in permissions]


def _present(people: Sequence[Person], at: datetime) -> list[Person]:
    """Each once, in order, with the deputy in place of whoever is away."""
    away = absences_by_person(people, at)
    found: dict[int, Person] = {}
    for person in people:
        absence = away.get(person.pk)
        there = absence.deputy if absence and absence.deputy and absence.deputy.is_active else person
        found.setdefault(there.pk, there)
    return list(found.values())


def people_for(actor: Person | AnonymousUser) -> QuerySet[Person]:
    """Everybody the actor may look up: whoever holds or held a post within their reach, and the actor."""
    if not isinstance(actor, Person):
        return Person.objects.none()
    if actor.is_superuser:
        return Person.objects.all()
    reach = reach_of(actor, Permission.PERSON_VIEW)
    posts = Appointment.objects.filter(person=OuterRef("pk"))
    within = Exists(posts.filter(reach.q("node__path") | reach.q("department__node__path")))
    if not reach_of(actor, Permission.PERSON_APPOINT):
        return Person.objects.filter(Q(pk=actor.pk) | Q(within))
    return Person.objects.filter(Q(pk=actor.pk) | Q(within) | ~Exists(posts))


def person_for(actor: Person | AnonymousUser, person_id: int) -> Person:
    """One person the actor may look up. Raises Absent where there is no such person or the actor may not see them."""
    person = people_for(actor).filter(pk=person_id).first()
    if person is None:
        raise Absent(_("没有找到这个人，可能已不在您的管辖范围内。"))
    return person


def phone_of(person: Person) -> str:
    """A person's number, "" when unknown. Whoever shows it to somebody else records that look (base/audit)."""
    return unseal(person.phone_sealed, settings.SEALING_KEYS) if person.phone_sealed else ""


def person_by_phone(phone: str) -> Person | None:
    """Whose number this is, found without unsealing any."""
    digits = plain_phone(phone)
    return Person.objects.filter(phone_blind=blind(digits, settings.BLIND_KEY)).first() if digits else None


def plain_phone(phone: str) -> str:
    """Digits and a leading plus: spaces and dashes do not make another number."""
    return "".join(character for character in phone if character.isdigit() or character == "+")


def departments_within(path: str) -> QuerySet[Department]:
    """The active departments that serve a node or anything above it: those a case there may be sent to."""
    return Department.objects.filter(is_active=True, node__path__in=ancestor_paths(path))


def may_administer(actor: Person, person: Person) -> bool:
    """May the actor change this account (name, password, second factor)? Only where they could grant its every post.

    Otherwise resetting a password would be a way to a reach the actor does not have.
    """
    if actor.pk == person.pk or (person.is_superuser and not actor.is_superuser):
        return False
    if not actor.is_superuser and not reach_of(actor, Permission.PERSON_APPOINT):
        return False
    held = Appointment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=timezone.localdate()), person=person)
    return all(
        can_grant(actor, row.post_kind, row.node.path if row.node else "", department=row.department)
        for row in held.select_related("post_kind", "node", "department__node")
    )


def deputies_for(person: Person, at: datetime | None = None) -> QuerySet[Person]:
    """Who may stand in for a person: colleagues at, above, beside or just below one of their posts, or in their unit.

    Only those whose own post carries some permission: an absence must not hand a volunteer the records of a grid.
    """
    moment = at or timezone.now()
    on = timezone.localdate(moment)
    own = [grant for grant in current_grants(person, moment) if grant.window is None]
    near = Q(pk__in=[])
    for grant in own:
        if grant.department_id is not None:
            near |= Q(department=grant.department_id)
            continue
        near |= Q(node__path__in=ancestor_paths(grant.path)) | Q(node__parent__path=grant.path)
        if len(grant.path) > STEP:
            near |= Q(node__parent__path=grant.path[:-STEP])
    colleagues = Appointment.objects.filter(near, in_force(on), person=OuterRef("pk")).exclude(
        post_kind__permissions=[]
    )
    return Person.objects.filter(Exists(colleagues), is_active=True).exclude(pk=person.pk).order_by("name", "pk")
