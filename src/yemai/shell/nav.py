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
    """One entry: where to, what it is called, its icon, and who has it (nobody named: everybody signed in).

    `on_phone` puts it into the phone's tabs (five at most, with "more"); `counted` names the number beside it, which
    `shell:counts` fills in.
    """

    name: str
    label: Any
    icon: str
    needs: frozenset[Permission] = frozenset()
    staff_only: bool = False
    on_phone: bool = False
    counted: str = ""


SEES_CASES = frozenset({Permission.CASE_VIEW, Permission.CASE_DEPARTMENT})
WAYS = (
    Way("cases:home", _("工作台"), "inbox", on_phone=True, counted="work"),
    Way("cases:field_new", _("上报"), "plus-lg", frozenset({Permission.CASE_HANDLE}), on_phone=True),
    Way("cases:intake_new", _("接待登记"), "telephone", frozenset({Permission.CASE_INTAKE}), on_phone=True),
    Way("cases:register", _("事件台账"), "journal-text", SEES_CASES, on_phone=True),
    Way("cases:hot_issues", _("热点问题"), "files", SEES_CASES),
    Way("cockpit:node", _("驾驶舱"), "building", frozenset({Permission.CASE_VIEW})),
    Way("one_map:page", _("一张图"), "globe", SEES_CASES | {Permission.TERRITORY_EDIT}),
    Way("cameras:register", _("公共摄像头"), "camera", frozenset({Permission.CASE_VIEW, Permission.TERRITORY_EDIT})),
    Way("components:register", _("部件"), "pin-map", frozenset({Permission.CASE_VIEW, Permission.TERRITORY_EDIT})),
    Way("case_files:imports", _("导入事件"), "upload", frozenset({Permission.IMPORT_RUN})),
    Way("boundary_files:boundaries", _("网格边界"), "geo-alt", frozenset({Permission.TERRITORY_EDIT})),
    Way("adjustments:desk", _("网格调整"), "arrow-repeat", frozenset({Permission.TERRITORY_EDIT})),
    Way("planning:desk", _("规划"), "signpost-split", frozenset({Permission.TERRITORY_EDIT})),
    Way("reports:list", _("报表"), "clipboard-check", frozenset({Permission.REPORT_EDIT})),
    Way("ledgers:list", _("台账"), "list", SEES_CASES | {Permission.TERRITORY_EDIT, Permission.PERSON_VIEW}),
    Way("rhythm:beats", _("工作节奏"), "clock", frozenset({Permission.TASK_EDIT})),
    Way("tasks:ledger", _("任务台账"), "check-circle", SEES_CASES | {Permission.TASK_EDIT}),
    Way("assessment:desk", _("考核评星"), "clipboard-check", frozenset({Permission.ASSESSMENT_RUN})),
    Way("assessment:mine", _("我的考核"), "star", SEES_CASES),
    Way("cases:boards", _("网格公示"), "people"),
    Way("messages:list", _("消息"), "bell"),
    Way("me", _("我的"), "person-circle"),
    Way("admin:index", _("后台"), "sliders", staff_only=True),
)


def items_for(person: Any, path: str) -> list[dict[str, Any]]:
    """The entries of the menu for a person, the one that is open marked."""
    if not isinstance(person, Person):
        return []
    held = permissions_of(person)
    found: list[dict[str, Any]] = []
    for way in WAYS:
        if (way.needs and not way.needs & held) or (way.staff_only and not person.is_staff):
            continue
        try:
            url = reverse(way.name)
        except NoReverseMatch:
            continue
        found.append(
            {"url": url, "label": way.label, "icon": way.icon, "on_phone": way.on_phone, "counted": way.counted}
        )
    # The longest address that begins this path is the one that is open: /work/new/ is not the work desk.
    opened = max((item["url"] for item in found if path.startswith(item["url"])), key=len, default="")
    return [item | {"open": item["url"] == opened} for item in found]


def search_address(person: Any) -> str:
    """Where the search box in the head leads; "" for strangers and for whoever holds no post."""
    if not isinstance(person, Person) or not permissions_of(person):
        return ""
    try:
        return reverse("search:page")
    except NoReverseMatch:
        return ""


def reach_flags(person: Any) -> dict[str, bool]:
    """What a template may offer: `field` (reports on the ground), `intake`, `export`."""
    held = permissions_of(person) if isinstance(person, Person) else frozenset()
    return {
        "field": Permission.CASE_HANDLE in held,
        "intake": Permission.CASE_INTAKE in held,
        "export": Permission.EXPORT_RUN in held,
    }
