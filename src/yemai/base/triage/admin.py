"""Trained models in the back office: their cards, and going back to an earlier one."""

from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.office.marks import display
from yemai.base.office.registers import Register
from yemai.base.office.shown import as_json
from yemai.base.office.site import Asked
from yemai.base.office.verbs import Verb

from .actions import use_model
from .models import TrainedModel


@admin.register(TrainedModel)
class TrainedModelRegister(Register):
    """Every model that was taught, kept or not; needs the permission of whoever keeps the catalogue."""

    needs, place = "catalogue.edit", None
    list_display = ("made_at", "origin", "verdict", "shown_current", "shown_accuracy", "shown_messages", "chosen_at")
    list_filter = ("origin", "verdict")
    fields = (("subject", "origin"), ("made_at", "verdict", "is_current"), ("chosen_at", "chosen_by"), "shown_card")
    readonly_fields = ("shown_card",)
    verbs = (
        Verb(
            "use", _("启用这个模型"), "history", "use", _("已启用，下一次建议就用它。"),
            shown=lambda _request, row: row.has_content and not row.is_current,
            explained=_("正在使用的模型会保留，随时可以换回来。"),
        ),
    )  # fmt: skip

    def get_queryset(self, request: Asked) -> QuerySet[Any]:
        """Without the models themselves, which are megabytes each."""
        kept = ExpressionWrapper(Q(content__isnull=False), BooleanField())
        rows: QuerySet[Any] = super().get_queryset(request).defer("content").annotate(has_content=kept)
        return rows

    def use(self, request: Asked, row: TrainedModel, given: dict[str, Any]) -> None:
        """Go back to it."""
        before = TrainedModel.objects.filter(subject=row.subject, is_current=True).values_list("pk", flat=True).first()
        use_model(row.pk, actor=request.user, now=timezone.now())
        self.office.record(request, "use_model", row, {"model": before}, {"model": row.pk})

    @display(description=_("正在使用"), boolean=True)
    def shown_current(self, row: TrainedModel) -> bool:
        """Is it the one that is asked?"""
        return row.is_current

    @display(description=_("准确率"))
    def shown_accuracy(self, row: TrainedModel) -> str:
        """On the newest month where there was one, else on messages kept back from learning."""
        found = row.card.get("accuracy_new", row.card.get("accuracy"))
        return f"{found:.1%}" if found is not None else "-"

    @display(description=_("学了多少条"))
    def shown_messages(self, row: TrainedModel) -> str:
        """How many messages it learnt from."""
        return str(row.card.get("messages", "-"))

    @display(description=_("模型卡"))
    def shown_card(self, row: TrainedModel) -> str:
        """What it learnt from and how well, as written when it was made."""
        return as_json(row.card)
