"""The words of people and posts: permissions, teams, duties, kinds of departments."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """Every permission there is; granted by post, reaching the post's node and all below it.

    Everybody outside this app imports it from `yemai.base.access.terms`. It is defined here because appointing a
    person (here) must compare the permissions of a post with those of whoever appoints.
    """

    CASE_VIEW = "case.view"
    CASE_INTAKE = "case.intake"
    CASE_HANDLE = "case.handle"
    CASE_ESCALATE = "case.escalate"
    CASE_CONSULT = "case.consult"
    CASE_CHECK = "case.check"
    CASE_DISPATCH = "case.dispatch"
    CASE_SUPERVISE = "case.supervise"
    CASE_DEPARTMENT = "case.department"
    CASE_CORRECT = "case.correct"
    CASE_VOID = "case.void"
    PERSON_VIEW = "person.view"
    PERSON_APPOINT = "person.appoint"
    TERRITORY_EDIT = "territory.edit"
    CATALOGUE_EDIT = "catalogue.edit"
    PARAMETER_EDIT = "parameter.edit"
    AUDIT_VIEW = "audit.view"
    IMPORT_RUN = "import.run"
    EXPORT_RUN = "export.run"
    MESSAGE_EDIT = "message.edit"
    ASSESSMENT_RUN = "assessment.run"
    TASK_EDIT = "task.edit"
    REPORT_EDIT = "report.edit"


PERMISSION_LABELS = {
    Permission.CASE_VIEW: _("查看事件"),
    Permission.CASE_INTAKE: _("受理事件"),
    Permission.CASE_HANDLE: _("处置事件"),
    Permission.CASE_ESCALATE: _("上报上级"),
    Permission.CASE_CONSULT: _("召集会商"),
    Permission.CASE_CHECK: _("核查事件"),
    Permission.CASE_DISPATCH: _("派遣事件"),
    Permission.CASE_SUPERVISE: _("督办事件"),
    Permission.CASE_DEPARTMENT: _("办理本部门的派遣"),
    Permission.CASE_CORRECT: _("更正事件"),
    Permission.CASE_VOID: _("作废事件"),
    Permission.PERSON_VIEW: _("查看人员"),
    Permission.PERSON_APPOINT: _("任免人员"),
    Permission.TERRITORY_EDIT: _("编辑网格与地址"),
    Permission.CATALOGUE_EDIT: _("编辑类别目录"),
    Permission.PARAMETER_EDIT: _("编辑参数与日历"),
    Permission.AUDIT_VIEW: _("查看审计记录"),
    Permission.IMPORT_RUN: _("导入事件"),
    Permission.EXPORT_RUN: _("导出台账"),
    Permission.MESSAGE_EDIT: _("管理消息与机器人"),
    Permission.ASSESSMENT_RUN: _("组织考核"),
    Permission.TASK_EDIT: _("管理任务台账"),
    Permission.REPORT_EDIT: _("设计报表"),
}


class Team(models.TextChoices):
    """The three teams of a micro-grid (三支队伍); `none` for posts outside them."""

    MANAGEMENT = "management", _("管理团队")
    WORK = "work", _("工作团队")
    VOLUNTEER = "volunteer", _("志愿团队")
    NONE = "none", _("不属于三支队伍")


class Duty(models.TextChoices):
    """The four duties (四大员) a micro-grid's people carry."""

    INFORMATION = "information", _("信息员")
    PUBLICITY = "publicity", _("宣传员")
    COORDINATION = "coordination", _("协调员")
    SUPERVISION = "supervision", _("监督员")


class DepartmentKind(models.TextChoices):
    """What sort of unit a department is."""

    LINE = "line", _("条线部门")
    PROPERTY = "property", _("物业企业")
    UTILITY = "utility", _("公用事业单位")
    OTHER = "other", _("其他单位")


class Relation(models.TextChoices):
    """Where an ex-officio post sits, seen from the post it derives from."""

    SAME = "same", _("同一网格")
    PARENT = "parent", _("上一级网格")


class Size(models.TextChoices):
    """How large the pages are drawn for a person (适老化)."""

    NORMAL = "normal", _("标准字号")
    ELDER = "elder", _("大字号")
