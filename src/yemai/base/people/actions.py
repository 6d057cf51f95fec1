"""Every write to people: accounts, departments, appointments with their ex-officio posts, absences."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.models import Node, Tier
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused
from yemai.kernel.sealing import blind, seal

from .models import Absence, Appointment, Department, Person, PostKind
from .posts import fitted, presets
from .queries import deputies_for, may_administer
from .reach import can_grant, forget, reach_of
from .terms import DepartmentKind, Duty, Permission, Relation, Size

LONGEST_ABSENCE = timedelta(days=366)
Actor = Person | None
"""Who acts; None is the operator at the machine itself: installing, loading the demo town, importing."""


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


def create_person(
    *,
    actor: Actor,
    username: str,
    name: str,
    name_en: str = "",
    password: str | None = None,
    phone: str = "",
    email: str = "",
    locale: str = "zh-hans",
    size: str = Size.NORMAL,
    is_staff: bool = False,
    now: datetime,
) -> Person:
    """Open an account without any post yet; `password=None` leaves only other ways to sign in.

    Raises Refused `not-yours`, or `invalid` with the field at fault. Only a superuser opens the back office to others.
    """
    if actor is not None and not (actor.is_superuser or reach_of(actor, Permission.PERSON_APPOINT, now)):
        raise _beyond()
    if is_staff and actor is not None and not actor.is_superuser:
        raise _beyond()
    person = Person(
        username=Person.normalize_username(username.strip()),
        name=name.strip(),
        name_en=name_en.strip(),
        email=email.strip().lower(),
        locale=locale,
        size=size,
        is_staff=is_staff,
        joined_at=now,
    )
    _seal_phone(person, phone)
    with writing():
        if password is not None:
            _check_password(password, person)
        person.set_password(password)
        _save_checked(person)
    return person


def change_person(
    *, actor: Actor, person: Person, name: str, name_en: str, email: str, phone: str | None = None, now: datetime
) -> Person:
    """Change name, e-mail and (unless None) phone of another's account. Raises Refused `not-yours` or `invalid`."""
    _administering(actor, person)
    with writing():
        person.name, person.name_en, person.email = name.strip(), name_en.strip(), email.strip().lower()
        if phone is not None:
            _seal_phone(person, phone)
        _save_checked(person)
    return person


def close_account(*, actor: Actor, person: Person, now: datetime) -> None:
    """Stop somebody from signing in; their posts end today. Raises Refused `not-yours`."""
    _administering(actor, person)
    with writing():
        today = timezone.localdate(now)
        for appointment in _open_appointments(person, today).filter(derived_from__isnull=True):
            _end_with_derived(appointment, today)
        person.is_active = False
        person.save(update_fields=["is_active"])
    forget(person)


def reopen_account(*, actor: Actor, person: Person, now: datetime) -> None:
    """Let somebody sign in again, without any of their former posts. Raises Refused `not-yours`."""
    _administering(actor, person)
    with writing():
        person.is_active = True
        person.save(update_fields=["is_active"])


def set_password(*, actor: Actor, person: Person, password: str, now: datetime) -> None:
    """Give somebody who forgot theirs a new password. Raises Refused `not-yours` or `weak-password`."""
    _administering(actor, person)
    _check_password(password, person)
    with writing():
        person.set_password(password)
        person.save(update_fields=["password"])


def set_preferences(*, actor: Person, locale: str, size: str, now: datetime) -> None:
    """A person's own language and size of letters. Raises Refused `invalid`."""
    if locale not in dict(settings.LANGUAGES) or size not in Size.values:
        raise Refused("invalid", _("没有这个选项，请从页面给出的选项中选择。"), status=422)
    with writing():
        actor.locale, actor.size = locale, size
        actor.save(update_fields=["locale", "size"])


def create_department(
    *, actor: Actor, code: str, name: str, name_en: str = "", kind: str = DepartmentKind.LINE, node: Node, now: datetime
) -> Department:
    """A unit that serves a node and what lies below. Raises Refused `not-yours` or `invalid`."""
    if actor is not None and not (
        actor.is_superuser or reach_of(actor, Permission.PERSON_APPOINT, now).covers(node.path)
    ):
        raise _beyond()
    department = Department(code=code, name=name, name_en=name_en, kind=kind, node=node)
    with writing():
        _save_checked(department)
    return department


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
    appointment.refresh_from_db()
    forget(appointment.person, actor)
    return appointment


def _end_with_derived(appointment: Appointment, on: date) -> None:
    """A post not begun yet ends on the day it would have begun, so it was never held."""
    appointment.valid_to = max(on, appointment.valid_from)
    appointment.save(update_fields=["valid_to"])
    for derived in appointment.derives.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on)):
        _end_with_derived(derived, on)


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

    Raises Refused: `not-yours`, `invalid` (times), `overlaps`, `not-a-deputy`, `deputy-away`.
    """
    if actor is not None and actor.pk != person.pk and not may_administer(actor, person):
        raise _beyond()
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
    forget(person, deputy, actor)
    return absence


def _check_deputy(person: Person, deputy: Person, from_at: datetime, to_at: datetime, now: datetime) -> None:
    if not deputies_for(person, now).filter(pk=deputy.pk).exists():
        text = _("代理人须是同网格、上级、相邻网格或同部门的在岗人员，请另选。")
        raise Refused("not-a-deputy", text, status=422, fields={"deputy": text})
    if _overlapping(deputy, from_at, to_at).exists():
        text = _("代理人这段时间自己也请假，请另选。")
        raise Refused("deputy-away", text, status=422, fields={"deputy": text})


def end_absence(*, actor: Actor, absence: Absence, now: datetime) -> None:
    """Back early, or not going at all. Raises Refused `not-yours` or `already-ended`."""
    if actor is not None and actor.pk != absence.person_id and not may_administer(actor, absence.person):
        raise _beyond()
    with writing():
        if absence.to_at <= now:
            raise Refused("already-ended", _("这次请假已经结束，无需重复操作。"))
        if absence.from_at >= now:
            absence.delete()
        else:
            absence.to_at = now
            absence.save(update_fields=["to_at"])
    forget(absence.person, absence.deputy, actor)


def _overlapping(person: Person, from_at: datetime, to_at: datetime) -> QuerySet[Absence]:
    return Absence.objects.filter(person=person, from_at__lt=to_at, to_at__gt=from_at)


def _open_appointments(person: Person, on: date) -> QuerySet[Appointment]:
    return Appointment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), person=person)


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
        raise _beyond()


def _administering(actor: Actor, person: Person) -> None:
    if actor is not None and not may_administer(actor, person):
        raise _beyond()


def _beyond() -> Refused:
    return Refused("not-yours", _("这超出了您的管辖范围或权限，没有做任何改动；请由上级办理。"), status=403)


def _seal_phone(person: Person, phone: str) -> None:
    """Sealed for reading, blinded for finding; spaces and dashes do not make another number."""
    digits = "".join(character for character in phone if character.isdigit() or character == "+")
    person.phone_sealed = seal(digits, settings.SEALING_KEYS) if digits else ""
    person.phone_blind = blind(digits, settings.BLIND_KEY) if digits else ""


def _check_password(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        text = " ".join(error.messages)
        raise Refused("weak-password", text, status=422, fields={"password": text}) from error


def _save_checked(row: Person | Department) -> None:
    """Save what passes the model's own checks; raises Refused `invalid` naming each field at fault."""
    try:
        row.full_clean(exclude=["password"])
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        raise Refused("invalid", _("有几项填写不对，没有保存。"), status=422, fields=fields) from error
    row.save()
