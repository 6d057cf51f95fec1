"""Writes to posts: install the kinds, appoint, end, let ex-officio posts and posts on changed ground follow."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.models import Node, Tier
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..models import Appointment, Department, Person, PostKind
from ..posts import fitted, presets
from ..reach import can_grant, forget
from ..terms import Duty, Relation
from .checks import Actor, beyond, tell


def install_posts() -> int:
    """Add the shipped kinds of post this ladder can use; returns how many were new. What is there stays as it is."""
    with writing():
        tiers = list(Tier.objects.order_by("depth"))
        there = {kind.key: kind for kind in PostKind.objects.all()}
        before = len(there)
        for preset in fitted(presets(), tiers):
            if preset.key in there:
                continue
            there[preset.key] = PostKind.objects.create(
                key=preset.key,
                name=preset.name,
                name_en=preset.name_en,
                tier_key=preset.tier_key,
                for_department=not preset.tier,
                team=preset.team,
                permissions=list(preset.permissions),
                grants=list(preset.grants),
                duties_text=preset.duties,
                is_public=preset.public,
                derived_from=there[preset.of] if preset.of else None,
                derived_relation=preset.relation,
                rank=preset.rank,
            )
        return len(there) - before


def appoint(
    *,
    actor: Actor,
    person: Person,
    post_kind: PostKind | str,
    node: Node | None = None,
    department: Department | None = None,
    duties: Iterable[str] = (),
    public_phone: str = "",
    valid_from: date | None = None,
    now: datetime,
) -> Appointment:
    """Put a person on a post from a day (today) on, with the ex-officio posts that come along.

    Raises Refused: `not-yours` (beyond the granter's reach or permissions), `own-post` (nobody appoints themselves),
    `wrong-place`, `no-such-post`, `closed-account`, `already-holds`, `invalid`.
    """
    kind = _kind(post_kind)
    start = valid_from or timezone.localdate(now)
    carried = [duty for duty in Duty if duty.value in set(duties)]
    if len(carried) != len(set(duties)):
        raise Refused("invalid", _("职责只能从四大员中选择。"), status=422, fields={"duties": _("请重新选择")})
    _check_place(kind, node, department, start)
    _check_grant(actor, person, kind, node, department, now)
    with writing():
        holder = Person.objects.select_for_update().get(pk=person.pk)
        if not holder.is_active:
            raise Refused("closed-account", _("这个账号已停用，请先恢复账号再任职。"))
        same = Appointment.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=start),
            person=holder,
            post_kind=kind,
            node=node,
            department=department,
            derived_from__isnull=True,
        )
        if same.exists():
            raise Refused("already-holds", _("此人已在这里担任这一岗位，没有重复添加。"))
        appointment = Appointment.objects.create(
            person=holder,
            post_kind=kind,
            node=node,
            department=department,
            duties=[duty.value for duty in carried],
            public_phone=public_phone.strip(),
            valid_from=start,
        )
        _derive(appointment)
        after = {"person": holder.pk, "post": kind.key, "place": str(node or department), "from": start}
        tell("appoint", appointment, actor=actor, now=now, after=after)
    forget(person, actor)
    return appointment


def _derive(source: Appointment) -> None:
    """Start the ex-officio posts of an appointment, and theirs in turn, where their tier fits."""
    if source.node is None:
        return
    for kind in source.post_kind.derives.all():
        node = source.node if kind.derived_relation == Relation.SAME else source.node.parent
        if node is None or kind.for_department or (kind.tier_key and kind.tier_key != node.tier.key):
            continue
        derived = Appointment.objects.create(
            person=source.person,
            post_kind=kind,
            node=node,
            duties=source.duties,
            public_phone=source.public_phone,
            valid_from=source.valid_from,
            valid_to=source.valid_to,
            derived_from=source,
        )
        _derive(derived)


def end_appointment(*, actor: Actor, appointment: Appointment, on: date | None = None, now: datetime) -> Appointment:
    """End a post on a day (today, when it loses its reach at once), and every ex-officio post that came with it.

    Raises Refused: `ex-officio` (end the post it derives from), `already-ended`, `not-yours`, `own-post`.
    """
    if appointment.derived_from_id is not None:
        raise Refused("ex-officio", _("这是兼任岗位，会随原岗位一起结束；请结束原岗位。"))
    _check_grant(actor, appointment.person, appointment.post_kind, appointment.node, appointment.department, now)
    day = on or timezone.localdate(now)
    with writing():
        current = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if current.valid_to is not None and current.valid_to <= day:
            raise Refused("already-ended", _("这一任职已经结束，无需重复操作。"))
        _end_with_derived(current, day)
        after = {"person": current.person_id, "post": current.post_kind.key, "to": current.valid_to}
        tell("end_appointment", current, actor=actor, now=now, after=after)
    appointment.refresh_from_db()
    forget(appointment.person, actor)
    return appointment


def _end_with_derived(appointment: Appointment, on: date) -> None:
    """A post not begun yet ends on the day it would have begun, so it was never held."""
    appointment.valid_to = max(on, appointment.valid_from)
    appointment.save(update_fields=["valid_to"])
    for derived in appointment.derives.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on)):
        _end_with_derived(derived, on)


def end_all(person: Person, on: date) -> None:
    """End every post a person holds; within the transaction of whoever closes the account."""
    held = Appointment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), person=person)
    for appointment in held.filter(derived_from__isnull=True):
        _end_with_derived(appointment, on)


def follow_ground(*, before: Node, after: Sequence[Node], on: date) -> None:
    """Posts on a node that closed go on at every node that took its ground over, or end with it where none did.

    Called inside the transaction that closes the node. A department that served it serves its one successor.
    """
    held = Appointment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), node=before)
    for appointment in held.filter(derived_from__isnull=True).select_related("post_kind"):
        until = appointment.valid_to
        _end_with_derived(appointment, on)
        for node in after:
            _go_on(appointment, node, max(on, appointment.valid_from), until)
    if len(after) == 1:
        Department.objects.filter(node=before).update(node=after[0])


def _go_on(ended: Appointment, node: Node, start: date, until: date | None) -> None:
    """The same post at another node, unless it is held there already (two nodes became one)."""
    there = Appointment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=start),
        person=ended.person_id,
        post_kind=ended.post_kind_id,
        node=node,
        derived_from__isnull=True,
    )
    if there.exists():
        return
    _derive(
        Appointment.objects.create(
            person_id=ended.person_id,
            post_kind=ended.post_kind,
            node=node,
            duties=ended.duties,
            public_phone=ended.public_phone,
            valid_from=start,
            valid_to=until,
        )
    )


def _kind(post_kind: PostKind | str) -> PostKind:
    if isinstance(post_kind, PostKind):
        return post_kind
    found = PostKind.objects.filter(key=post_kind).first()
    if found is None:
        raise Refused("no-such-post", _("没有这种岗位，请从列表中选择。"), status=422)
    return found


def _check_place(kind: PostKind, node: Node | None, department: Department | None, on: date) -> None:
    """A department's post goes with a department, any other with an open node of its tier."""
    fits = department is not None and node is None and department.is_active if kind.for_department else False
    if not kind.for_department and node is not None and department is None:
        is_open = node.valid_to is None or node.valid_to > on
        fits = is_open and (not kind.tier_key or kind.tier_key == node.tier.key)
    if not fits:
        text = _("这个岗位不能设在这里，请按岗位所属的层级或部门选择。")
        raise Refused("wrong-place", text, status=422, fields={"node": text})


def _check_grant(
    actor: Actor, person: Person, kind: PostKind, node: Node | None, department: Department | None, now: datetime
) -> None:
    if actor is None:
        return
    if actor.pk == person.pk and not actor.is_superuser:
        raise Refused("own-post", _("不能给自己任免岗位，请由上级办理。"), status=403)
    if not can_grant(actor, kind, node.path if node else "", now, department=department):
        raise beyond()
