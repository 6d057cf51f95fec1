"""Who may do what where: the questions every other module asks before it reads or writes."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from yemai.base.people import reach as people_reach
from yemai.base.people.models import Department, Person, PostKind
from yemai.base.people.reach import Reach
from yemai.base.territory.models import Node

from .terms import Permission

__all__ = ["Reach", "can_grant", "grantable_posts", "may", "permissions_of", "reach"]


def reach(person: Person | AnonymousUser, permission: Permission, at: datetime | None = None) -> Reach:
    """Where a person holds a permission at a moment (now): own posts and those they deputise for.

    At most two queries for a person object, however many permissions are asked; nobody signed in reaches nothing.
    """
    return people_reach.reach_of(person, permission, at)


def may(
    person: Person | AnonymousUser, permission: Permission, path: str | None = None, at: datetime | None = None
) -> bool:
    """Does a person hold a permission on the node with this path; without a path, anywhere at all?"""
    found = reach(person, permission, at)
    return bool(found) if path is None else found.covers(path)


def permissions_of(person: Person | AnonymousUser, at: datetime | None = None) -> frozenset[Permission]:
    """Every permission a person holds somewhere: what their menu may offer."""
    return frozenset(
        Permission(name)
        for grant in people_reach.current_grants(person, at)
        for name in grant.permissions
        if name in frozenset(Permission)
    )


def can_grant(
    person: Person,
    post_kind: PostKind,
    node: Node | None = None,
    department: Department | None = None,
    at: datetime | None = None,
) -> bool:
    """May this person put somebody on this post here? Never beyond their own reach or permissions."""
    return people_reach.can_grant(person, post_kind, node.path if node else "", at, department=department)


def grantable_posts(person: Person, node: Node | None = None, department: Department | None = None) -> list[PostKind]:
    """The kinds of post this person may fill on a node or in a department."""
    kinds = PostKind.objects.filter(for_department=department is not None).prefetch_related("derives")
    fitting = [kind for kind in kinds if not kind.tier_key or (node is not None and kind.tier_key == node.tier.key)]
    return [kind for kind in fitting if can_grant(person, kind, node, department)]
