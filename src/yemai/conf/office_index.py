"""What the first page of the back office calls for: only what the asker may mend, each with the way there."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.jobs.models import Job
from yemai.base.parameters.queries import calendar_warning


@dataclass(frozen=True)
class Call:
    """Something that waits for somebody."""

    text: str
    url: str
    icon: str


def calls(site: Any, request: HttpRequest) -> list[Call]:
    """Messages and jobs that were given up, and a calendar that is about to end; two counts at most."""
    found = []
    failed = _count(site, request, "outbox.message")
    if failed:
        text = _("%(count)d 条消息发送失败，需要查看") % {"count": failed}
        found.append(Call(text, reverse("admin:outbox_message_changelist"), "sms_failed"))
    given_up = _count(site, request, "jobs.job", state=Job.State.FAILED)
    if given_up:
        text = _("%(count)d 个后台任务失败，可以重试") % {"count": given_up}
        found.append(Call(text, reverse("admin:jobs_job_changelist") + "?state__exact=failed", "pending_actions"))
    warning = calendar_warning(timezone.localdate())
    if warning and _register(site, "parameters.calendarday").may_look(request):
        found.append(Call(warning, reverse("admin:parameters_calendarday_changelist"), "calendar_month"))
    return found


def _register(site: Any, label: str) -> Any:
    return site._registry[apps.get_model(label)]


def _count(site: Any, request: HttpRequest, label: str, **narrowed: Any) -> int:
    register = _register(site, label)
    return register.get_queryset(request).filter(**narrowed).count() if register.may_look(request) else 0
