"""Jobs in the back office: what runs behind the pages, and trying again what was given up."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from yemai.base.office.marks import chosen, display
from yemai.base.office.registers import Register
from yemai.base.office.shown import as_json, one_line
from yemai.base.office.site import Asked
from yemai.base.office.verbs import Verb
from yemai.kernel.refusals import Absent

from .actions import retry
from .models import Job


@admin.register(Job)
class JobRegister(Register):
    """Read-only but for trying again; needs the permission of whoever keeps the system's settings."""

    needs, place = "parameter.edit", None
    list_display = ("kind", "shown_state", "run_at", "attempts", "how_far", "finished_at", "shown_error")
    list_filter = ("state",)
    search_fields = ("kind", "key", "error")
    search_help_text = _("任务名、唯一键或错误")
    ordering = ("-pk",)
    readonly_fields = ("shown_payload", "shown_result")
    fields = (
        ("kind", "state"), "key", ("run_at", "finished_at"), ("attempts", "done", "total"), "error", "shown_payload",
        "shown_result",
    )  # fmt: skip
    actions = ("retry_chosen",)
    verbs = (
        Verb(
            "retry", _("重试"), "replay", "retry", _("已重新排队，稍后会再次执行。"),
            shown=lambda _request, job: job.state == Job.State.FAILED,
            explained=_("任务可以安全地执行多次；请先看清错误，必要时先修好原因。"),
        ),
    )  # fmt: skip

    def has_retry_permission(self, request: Asked) -> bool:
        """Whoever may try again."""
        return self.holds(request, self.needs)

    def retry(self, request: Asked, row: Job, given: dict[str, Any]) -> None:
        """Once more from the first attempt; nobody below the trail could tell it."""
        before = {"state": row.state, "error": row.error}
        retry(row.pk, now=timezone.now())
        self.office.record(request, "retry_job", row, before, {"state": Job.State.WAITING})

    @chosen(description=_("重试所选的失败任务"), permission="retry")
    def retry_chosen(self, request: Asked, queryset: QuerySet[Job]) -> None:
        """Those of the chosen that were given up."""
        again = 0
        for row in queryset.filter(state=Job.State.FAILED):
            try:
                self.retry(request, row, {})
            except Absent:
                continue  # somebody else was faster
            again += 1
        messages.info(request, _now("重新排队 %(count)d 个任务。") % {"count": again})

    @display(
        description=_("状态"),
        ordering="state",
        label={"waiting": "default", "failed": "danger", "running": "info", "done": "success"},
    )
    def shown_state(self, job: Job) -> tuple[str, str]:
        """With its colour."""
        return job.state, job.get_state_display()

    @display(description=_("进度"))
    def how_far(self, job: Job) -> str:
        """Done of total."""
        return f"{job.done} / {job.total}" if job.total else "-"

    @display(description=_("错误"))
    def shown_error(self, job: Job) -> str:
        """Cut to a cell."""
        return one_line(job.error) or "-"

    @display(description=_("参数"))
    def shown_payload(self, job: Job) -> str:
        """Numbers of rows, never their contents."""
        return as_json(job.payload)

    @display(description=_("结果"))
    def shown_result(self, job: Job) -> str:
        """What it returned."""
        return as_json(job.result)
