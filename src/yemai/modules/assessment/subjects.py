"""Who or what is assessed, and the column of the facts that says so."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Subject(TextChoices):
    """Kinds of subjects (the objects of evaluation of GB/T 30428, and the grid worker)."""

    COLLECTOR = "collector", _("监督员（采集）")
    INTAKE = "intake", _("受理员")
    DUTY = "duty", _("值班长")
    DISPATCHER = "dispatcher", _("派遣员")
    DEPARTMENT = "department", _("专业部门")
    WORKER = "worker", _("网格员（处置）")
    TOWN = "area_1", _("镇街")
    AREA_2 = "area_2", _("第二级网格")
    AREA_3 = "area_3", _("第三级网格")
    AREA_4 = "area_4", _("第四级网格")
    AREA_5 = "area_5", _("第五级网格")
    AREA_6 = "area_6", _("第六级网格")

    @property
    def column(self) -> str:
        """The column of the facts that holds the subject's number."""
        return COLUMNS.get(self) or f"node_{self.value[-1]}"

    @property
    def is_person(self) -> bool:
        """Is it a person?"""
        return self in PEOPLE

    @property
    def is_area(self) -> bool:
        """Is it a piece of ground?"""
        return self.value.startswith("area_")


COLUMNS = {
    Subject.COLLECTOR: "finder_id",
    Subject.INTAKE: "intake_id",
    Subject.DUTY: "duty_id",
    Subject.DISPATCHER: "dispatcher_id",
    Subject.DEPARTMENT: "lead_unit_id",
    Subject.WORKER: "handler_id",
}
PEOPLE = frozenset(COLUMNS) - {Subject.DEPARTMENT}
