"""The ways a signed-in person may go, by their permissions; a page that is not there is left out."""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from yemai.base.access.queries import permissions_of
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person


@dataclass(frozen=True)
class Way:
    """One entry: where to, what it is called, its icon, and who has it (nobody named: everybody signed in)."""

    name: str
    label: Any
    icon: str
    needs: frozenset[Permission] = frozenset()
    staff_only: bool = False
    on_phone: bool = False


WAYS = (
    Way("cases:home", _("工作台"), "inbox", on_phone=True),
    Way("cases:field_new", _("上报"), "plus-lg", frozenset({Permission.CASE_HANDLE}), on_phone=True),
    Way("cases:intake_new", _("登记来电来访"), "telephone", frozenset({Permission.CASE_INTAKE})),
    Way(
        "cases:register",
        _("事件台账"),
        "journal-text",
        frozenset({Permission.CASE_VIEW, Permission.CASE_DEPARTMENT}),
        on_phone=True,
    ),
    Way("case_files:imports", _("导入事件"), "upload", frozenset({Permission.IMPORT_RUN})),
    Way("cases:boards", _("网格公示"), "people"),
    Way("messages:list", _("消息"), "bell", on_phone=True),
    Way("me", _("我的"), "person-circle", on_phone=True),
    Way("admin:index", _("后台"), "sliders", staff_only=True),
)


def items_for(person: Any, path: str) -> list[dict[str, Any]]:
    """The entries of the menu for a person, the one that is open marked."""
    if not isinstance(person, Person):
        return []
    held = permissions_of(person)
    found = []
    for way in WAYS:
        if (way.needs and not way.needs & held) or (way.staff_only and not person.is_staff):
            continue
        try:
            url = reverse(way.name)
        except NoReverseMatch:
            continue
        is_open = (
            path == url
            or (len(url) > 1 and path.startswith(url) and way.name != "cases:home")
            or (way.name == "cases:home" and path.startswith("/work/") and not path.startswith("/work/new"))
        )
        found.append({"url": url, "label": way.label, "icon": way.icon, "open": is_open, "on_phone": way.on_phone})
    return found


def reach_flags(person: Any) -> dict[str, bool]:
    """What a template may offer: `field` (reports on the ground), `intake`, `export`."""
    held = permissions_of(person) if isinstance(person, Person) else frozenset()
    return {
        "field": Permission.CASE_HANDLE in held,
        "intake": Permission.CASE_INTAKE in held,
        "export": Permission.EXPORT_RUN in held,
    }
