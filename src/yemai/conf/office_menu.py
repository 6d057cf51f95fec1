"""The groups of the back office's sidebar and what its pages say of the town; asked once a page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yemai.base.access.terms import Permission
from yemai.base.parameters.queries import parameter
from yemai.base.territory.queries import has_town
from yemai.base.territory.queries import town as root

GROUPS: tuple[tuple[Any, tuple[tuple[str, str], ...]], ...] = (
    (
        gettext_lazy("地域"),
        (
            ("territory.tier", "stairs"),
            ("territory.node", "account_tree"),
            ("territory.estate", "holiday_village"),
            ("territory.building", "apartment"),
            ("territory.door", "qr_code_2"),
        ),
    ),
    (
        gettext_lazy("人员与岗位"),
        (
            ("people.person", "person"),
            ("people.appointment", "badge"),
            ("people.postkind", "work"),
            ("people.department", "domain"),
            ("people.absence", "event_busy"),
        ),
    ),
    (
        gettext_lazy("事件"),
        (
            ("cases.case", "folder_open"),
            ("cases.catalogue", "menu_book"),
            ("cases.category", "category"),
            ("cases.responsibilitylist", "assignment_ind"),
            ("triage.trainedmodel", "psychology"),
            ("cases.replytemplate", "edit_note"),
            ("case_files.importrun", "upload_file"),
        ),
    ),
    (
        gettext_lazy("规则"),
        (
            ("parameters.parameter", "tune"),
            ("parameters.calendarday", "calendar_month"),
            ("outbox.messagerule", "rule"),
            ("outbox.robot", "smart_toy"),
        ),
    ),
    (
        gettext_lazy("运行"),
        (
            ("outbox.message", "sms_failed"),
            ("jobs.job", "pending_actions"),
        ),
    ),
    (
        gettext_lazy("审计"),
        (
            ("audit.entry", "history"),
            ("audit.look", "visibility"),
        ),
    ),
)
"""Title, then registers by model label with their icons, in the order of the work."""
TITLES = {"outbox.message": gettext_lazy("发送失败的消息"), "cases.case": gettext_lazy("事件台账")}
"""Where a register shows something else than all rows of its table."""


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups and registers the asker may open."""
    registers = {model._meta.label_lower: register for model, register in admin.site._registry.items()}
    groups: list[dict[str, Any]] = []
    for title, entries in GROUPS:
        items = []
        for label, icon in entries:
            register = registers[label]
            if register.has_view_permission(request):
                link = reverse(f"admin:{label.replace('.', '_')}_changelist")
                name = TITLES.get(label, register.model._meta.verbose_name_plural)
                items.append({"title": name, "icon": icon, "link": link, "active": request.path.startswith(link)})
        if items:
            groups.append({"title": title, "separator": bool(groups), "items": items})
    return groups


def shows_trail(request: HttpRequest) -> bool:
    """Whoever may not read the trail gets no button to it."""
    return bool(admin.site.holds_everywhere(request, Permission.AUDIT_VIEW))  # type: ignore[attr-defined]  # our site


def demo_mark(request: HttpRequest) -> list[str] | None:
    """The demo town says so on every page."""
    return [_("演示镇 · 虚构"), "warning"] if parameter("demo_town") else None


def town(request: HttpRequest) -> str:
    """The town this office keeps."""
    return root().name if has_town() else ""
