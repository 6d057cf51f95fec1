"""Writes to the kinds of posts: what a post is called, and what it lets its holder do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.models import Node, Tier
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..models import Absence, Person, PostKind
from ..reach import granting_reach, reach_of
from ..terms import Permission
from .checks import Actor, beyond, save_checked, tell

WORDS = ("name", "name_en", "team", "duties_text", "is_public", "rank")


def create_post_kind(
    *,
    actor: Actor,
    key: str,
    tier_key: str | None,
    for_department: bool,
    derived_from: PostKind | None,
    derived_relation: str,
    permissions: Iterable[str],
    grants: Iterable[str],
    now: datetime,
    **words: Any,
) -> PostKind:
    """A new kind of post; `words` are WORDS. Where it is held and what it derives from stay so for good.

    Raises Refused `not-yours` (a permission the actor can't hand out on the whole ground), `invalid`.
    """
    carried, lent = _known(permissions), _known(grants)
    _check_reach(actor, {*carried, *lent}, now)
    if for_department and (tier_key or derived_from):
        text = _("部门岗位不分层级，也不能由其他岗位兼任。")
        raise Refused("invalid", text, status=422, fields={"for_department": text})
    if tier_key and not Tier.objects.filter(key=tier_key).exists():
        text = _("没有这个层级，请重新选择。")
        raise Refused("invalid", text, status=422, fields={"tier_key": text})
    kind = PostKind(
        key=key, tier_key=tier_key or None, for_department=for_department, derived_from=derived_from,
        derived_relation=derived_relation, permissions=carried, grants=lent, **words,
    )  # fmt: skip
    with writing():
        save_checked(kind)
        tell("create_post_kind", kind, actor=actor, now=now, after=_shown(kind))
    return kind


def change_post_kind(
    *, actor: Actor, kind: PostKind, permissions: Iterable[str], grants: Iterable[str], now: datetime, **words: Any
) -> PostKind:
    """Change the words of a kind and what its holders may do, from now on and for all who hold it.

    Raises Refused `not-yours` (as `create_post_kind`, of what is added and of what is taken away), `own-post` (nobody
    changes what their own post may do).
    """
    carried, lent = _known(permissions), _known(grants)
    with writing():
        found = PostKind.objects.select_for_update().get(pk=kind.pk)
        before = _shown(found)
        changed = {*carried, *lent} ^ {*found.permissions, *found.grants}
        differs = set(carried) != set(found.permissions) or set(lent) != set(found.grants)
        _check_reach(actor, changed or ({*carried, *lent} if differs else set()), now)
        if differs and actor is not None and not actor.is_superuser and _bears(actor, found, now):
            raise Refused("own-post", _("不能修改自己所任岗位的权限，请由上级办理。"), status=403)
        found.permissions, found.grants = carried, lent
        for name in WORDS:
            if name in words:
                setattr(found, name, words[name])
        save_checked(found)
        tell("change_post_kind", found, actor=actor, now=now, before=before, after=_shown(found))
    return found


def _known(names: Iterable[str]) -> list[str]:
    """In the order of the enum, each once. Raises Refused for a name that is no permission."""
    given = set(names)
    found: list[str] = [permission.value for permission in Permission if permission.value in given]
    if len(found) != len(given):
        text = _("没有这项权限，请重新选择。")
        raise Refused("invalid", text, status=422, fields={"permissions": text})
    return found


def _check_reach(actor: Actor, permissions: Iterable[str], now: datetime) -> None:
    """A kind holds everywhere: only who appoints, and may hand out each of these, on the whole ground decides it."""
    if actor is None or actor.is_superuser:
        return
    roots = list(Node.objects.filter(parent=None, valid_to=None).values_list("path", flat=True))
    reaches = [reach_of(actor, Permission.PERSON_APPOINT, now)]
    reaches += [granting_reach(actor, permission, now) for permission in permissions]
    if not roots or not all(reach.covers(root) for reach in reaches for root in roots):
        raise beyond()


def _bears(person: Person, kind: PostKind, now: datetime) -> bool:
    """Does the person hold such a post, or stand in for somebody who does?"""
    acted = Absence.objects.filter(deputy=person, to_at__gt=now).values("person")
    today = timezone.localdate(now)
    held = kind.appointments.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=today))
    return held.filter(Q(person=person) | Q(person__in=acted)).exists()


def _shown(kind: PostKind) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in (*WORDS, "permissions", "grants")}
