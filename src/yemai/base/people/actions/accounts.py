"""Writes to accounts and departments: open, change, close, give a new password."""

from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.models import Node
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused
from yemai.kernel.sealing import blind, seal

from ..models import Department, Person
from ..queries import plain_phone
from ..reach import forget, reach_of
from ..terms import DepartmentKind, Permission, Size
from .appointments import end_all
from .checks import Actor, beyond, check_administers, save_checked, tell


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
        raise beyond()
    if is_staff and actor is not None and not actor.is_superuser:
        raise beyond()
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
        save_checked(person)
        tell("create_person", person, actor=actor, now=now, after={"username": person.username, "name": person.name})
    return person


def change_person(
    *, actor: Actor, person: Person, name: str, name_en: str, email: str, phone: str | None = None, now: datetime
) -> Person:
    """Change name, e-mail and (unless None) phone of another's account. Raises Refused `not-yours` or `invalid`."""
    check_administers(actor, person)
    with writing():
        before = _words_of(person)
        person.name, person.name_en, person.email = name.strip(), name_en.strip(), email.strip().lower()
        if phone is not None:
            _seal_phone(person, phone)
        save_checked(person)
        tell("change_person", person, actor=actor, now=now, before=before, after=_words_of(person))
    return person


def close_account(*, actor: Actor, person: Person, now: datetime) -> None:
    """Stop somebody from signing in; their posts end today. Raises Refused `not-yours`."""
    check_administers(actor, person)
    with writing():
        today = timezone.localdate(now)
        end_all(person, today)
        person.is_active = False
        person.save(update_fields=["is_active"])
        tell("close_account", person, actor=actor, now=now)
    forget(person)


def reopen_account(*, actor: Actor, person: Person, now: datetime) -> None:
    """Let somebody sign in again, without any of their former posts. Raises Refused `not-yours`."""
    check_administers(actor, person)
    with writing():
        person.is_active = True
        person.save(update_fields=["is_active"])
        tell("reopen_account", person, actor=actor, now=now)


def set_password(*, actor: Actor, person: Person, password: str, now: datetime) -> None:
    """Give somebody who forgot theirs a new password. Raises Refused `not-yours` or `weak-password`."""
    check_administers(actor, person)
    _check_password(password, person)
    with writing():
        person.set_password(password)
        person.save(update_fields=["password"])
        tell("set_password", person, actor=actor, now=now)


def set_preferences(*, actor: Person, locale: str | None = None, size: str | None = None, now: datetime) -> None:
    """A person's own language and size of letters; None leaves one as it is. Raises Refused `invalid`."""
    if locale not in {None, *dict(settings.LANGUAGES)} or size not in {None, *Size.values}:
        raise Refused("invalid", _("没有这个选项，请从页面给出的选项中选择。"), status=422)
    with writing():
        actor.locale, actor.size = locale or actor.locale, size or actor.size
        actor.save(update_fields=["locale", "size"])


def create_department(
    *, actor: Actor, code: str, name: str, name_en: str = "", kind: str = DepartmentKind.LINE, node: Node, now: datetime
) -> Department:
    """A unit that serves a node and what lies below. Raises Refused `not-yours` or `invalid`."""
    if actor is not None and not (
        actor.is_superuser or reach_of(actor, Permission.PERSON_APPOINT, now).covers(node.path)
    ):
        raise beyond()
    department = Department(code=code, name=name, name_en=name_en, kind=kind, node=node)
    with writing():
        save_checked(department)
        tell("create_department", department, actor=actor, now=now, after={"code": code, "name": name})
    return department


def change_department(
    *, actor: Actor, department: Department, name: str, name_en: str, kind: str, is_active: bool, now: datetime
) -> Department:
    """Rename a unit, or say that no more cases go to it. Raises Refused `not-yours`, `department-staffed`, `invalid`."""
    if actor is not None and not (
        actor.is_superuser or reach_of(actor, Permission.PERSON_APPOINT, now).covers(department.node.path)
    ):
        raise beyond()
    given = {"name": name.strip(), "name_en": name_en.strip(), "kind": kind, "is_active": is_active}
    with writing():
        found = Department.objects.select_for_update().get(pk=department.pk)
        if found.is_active and not is_active and _staffed(found, timezone.localdate(now)):
            text = _("这个部门还有人任职，请先结束他们的任职。")
            raise Refused("department-staffed", text, fields={"is_active": text})
        before = {field: getattr(found, field) for field in given}
        for field, value in given.items():
            setattr(found, field, value)
        save_checked(found)
        tell("change_department", found, actor=actor, now=now, before=before, after=given)
    return found


def _staffed(department: Department, on: date) -> bool:
    return department.appointments.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on)).exists()


def open_back_office(*, actor: Actor, person: Person, is_staff: bool, now: datetime) -> None:
    """Let somebody into the back office, where their posts decide what they see, or take that back.

    Raises Refused `not-yours` for everybody but a superuser, and for one's own account.
    """
    if actor is not None and (not actor.is_superuser or actor.pk == person.pk):
        raise beyond()
    with writing():
        before, person.is_staff = person.is_staff, is_staff
        person.save(update_fields=["is_staff"])
        what = {"before": {"is_staff": before}, "after": {"is_staff": is_staff}}
        tell("open_back_office", person, actor=actor, now=now, **what)


def _words_of(person: Person) -> dict[str, str]:
    """What the trail keeps of an account; of the phone only that it changed."""
    return {
        "name": person.name,
        "name_en": person.name_en,
        "email": person.email,
        "phone": person.phone_blind,
    }


def _seal_phone(person: Person, phone: str) -> None:
    """Sealed for reading, blinded for finding."""
    digits = plain_phone(phone)
    person.phone_sealed = seal(digits, settings.SEALING_KEYS) if digits else ""
    person.phone_blind = blind(digits, settings.BLIND_KEY) if digits else ""


def _check_password(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        text = " ".join(error.messages)
        raise Refused("weak-password", text, status=422, fields={"password": text}) from error
