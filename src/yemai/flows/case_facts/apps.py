"""The Django app that keeps the facts; a room without tables of its own."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaseFactsConfig(AppConfig):
    """Cases to facts."""

    name = "yemai.flows.case_facts"
    label = "case_facts"
    verbose_name = _("事件事实")

    def ready(self) -> None:
        """Note every case that changes."""
        from yemai.modules.assessment.actions import note_changed
        from yemai.modules.cases.events import changed

        def note(*, case_ids: list[int], **_said: object) -> None:
            note_changed(case_ids)

        changed.connect(note, weak=False, dispatch_uid="case_facts.note")
