"""How far a person's posts reach over the ground: worked out once per person object, asked as often as needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone

from yemai.base.territory.rules import STEP, is_within, lineage, minimal, subtree

from .models import Absence, Appointment, Department, Person, PostKind
from .terms import Permission, Relation

_MEMO = "_grants"


@dataclass(frozen=True)
class Reach:
    """The ground and the departments on which one permission holds.

    `paths` are minimal prefixes of node paths: none lies under another. A permission held in a department reaches
    that department's own matters, never the ground.
    """

    paths: tuple[str, ...] = ()
    departments: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.paths or self.departments)

    def covers(self, path: str | None) -> bool:
        """Does a node with this path lie in the reach? Nothing without a place ever does."""
        return bool(path) and any(is_within(str(path), top) for top in self.paths)

    def q(self, field: str = "path") -> Q:
        """The reach as indexed ranges over a path column; an empty reach matches no row."""
        found = Q(pk__in=[])
        for top in self.paths:
            lower, upper = subtree(top)
            found |= Q(**{f"{field}__gte": lower, f"{field}__lt": upper})
        return found


@dataclass(frozen=True)
class Grant:
    """One post as it counts for reach: own (no window) or acted for an absent person between two moments."""

    permissions: frozenset[str]
    may_hand_out: frozenset[str]
    path: str
    department_id: int | None
    department_path: str
    valid_from: date
    valid_to: date | None
    window: tuple[datetime, datetime] | None = None

    def holds(self, at: datetime, on: date) -> bool:
        """Is the post held at this moment (local date `on`)?"""
        if self.window and not self.window[0] <= at < self.window[1]:
            return False
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


_OWN = (
    "post_kind__permissions",
    "post_kind__grants",
    "node__path",
    "department_id",
    "department__node__path",
    "valid_from",
    "valid_to",
)
_ACTED = tuple(f"person__appointments__{name}" for name in _OWN)


def grants_of(person: Person) -> tuple[Grant, ...]:
    """All posts of a person and of those they ever deputise for; two queries, then kept on the person object."""
    kept: tuple[Grant, ...] | None = getattr(person, _MEMO, None)
    if kept is not None:
        return kept
    own = [_grant(row) for row in Appointment.objects.filter(person=person).values_list(*_OWN).order_by("pk")]
    acted = [
        _grant(row[:-2], window=(row[-2], row[-1]))
        for row in Absence.objects.filter(
            deputy=person, person__is_active=True, person__appointments__isnull=False
        ).values_list(*_ACTED, "from_at", "to_at")
    ]
    kept = (*own, *acted)
    setattr(person, _MEMO, kept)
    return kept


def forget(*people: Person | None) -> None:
    """Drop what was worked out for these people, after their posts or absences changed."""
    for person in people:
        if person is not None and hasattr(person, _MEMO):
            delattr(person, _MEMO)


def _grant(row: Sequence[Any], window: tuple[datetime, datetime] | None = None) -> Grant:
    permissions, grants, path, department_id, department_path, valid_from, valid_to = row
    return Grant(
        permissions=frozenset(permissions),
        may_hand_out=frozenset(permissions) | frozenset(grants),
        path=path or "",
        department_id=department_id,
        department_path=department_path or "",
        valid_from=valid_from,
        valid_to=valid_to,
        window=window,
    )


def current_grants(person: Person | AnonymousUser, at: datetime | None = None) -> list[Grant]:
    """The posts in force at a moment (now): none for a stranger or for someone whose account is closed."""
    if not isinstance(person, Person) or not person.is_active or person.pk is None:
        return []
    moment = at or timezone.now()
    on = timezone.localdate(moment)
    return [grant for grant in grants_of(person) if grant.holds(moment, on)]


def reach_of(person: Person | AnonymousUser, permission: str, at: datetime | None = None) -> Reach:
    """Where a person holds a permission at a moment (now), deputising included."""
    holding = [grant for grant in current_grants(person, at) if permission in grant.permissions]
    return Reach(
        _grounds(grant.path for grant in holding),
        frozenset(grant.department_id for grant in holding if grant.department_id is not None),
    )


def granting_reach(person: Person, permission: str, at: datetime | None = None) -> Reach:
    """Where a person may hand out a permission: they appoint there and hold it, or their appointing post lends it."""
    grants = current_grants(person, at)
    appointing = [grant for grant in grants if Permission.PERSON_APPOINT in grant.permissions]
    lending = [grant.path for grant in appointing if permission in grant.may_hand_out]
    holding = [grant.path for grant in grants if grant.path and permission in grant.permissions]
    places = [grant.path for grant in appointing if grant.path]
    both = [max(a, b, key=len) for a, b in product(places, holding) if is_within(a, b) or is_within(b, a)]
    return Reach(_grounds([*lending, *both]))


def _grounds(paths: Iterable[str]) -> tuple[str, ...]:
    """Minimal prefixes; a department's post has no ground ("") and must not come to mean everywhere."""
    return tuple(minimal(path for path in paths if path))


def ancestor_paths(path: str) -> list[str]:
    """The paths of a node and of everything above it, the nearest first."""
    return lineage(path)[::-1]


def places_of(post_kind: PostKind, path: str) -> list[tuple[PostKind, str]]:
    """A post with all ex-officio posts that come with it, each with the path it sits on (no tier check)."""
    found = [(post_kind, path)]
    for derived in post_kind.derives.all():
        above = path if derived.derived_relation == Relation.SAME else path[:-STEP]
        if above:
            found += places_of(derived, above)
    return found


def can_grant(
    person: Person, post_kind: PostKind, path: str, at: datetime | None = None, *, department: Department | None = None
) -> bool:
    """May this person put somebody on a post here? Never beyond their own reach, nor a permission they can't give.

    Counts the ex-officio posts that come along. A department's posts are given where the department serves. Someone
    on a superuser account, made at the machine itself, may staff an empty system.
    """
    if person.is_superuser and person.is_active:
        return True
    where = department.node.path if department else path
    if not reach_of(person, Permission.PERSON_APPOINT, at).covers(where):
        return False
    return all(
        granting_reach(person, permission, at).covers(place)
        for kind, place in places_of(post_kind, where)
        for permission in kind.permissions
    )
