"""The words of messages: channels, states, audiences, the events people are told about."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Channel(TextChoices):
    """How a message travels."""

    IN_APP = "in_app", _("站内消息")
    EMAIL = "email", _("电子邮件")
    WECOM = "wecom", _("企业微信群机器人")
    DINGTALK = "dingtalk", _("钉钉群机器人")
    SMS = "sms", _("短信")


class RobotKind(TextChoices):
    """The group robots; the values are those of their channels."""

    WECOM = "wecom", _("企业微信")
    DINGTALK = "dingtalk", _("钉钉")


class MessageState(TextChoices):
    """Where a message stands; an in-app message is sent the moment it is written."""

    WAITING = "waiting", _("待发送")
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("发送失败")


class Audience(TextChoices):
    """In what quality somebody is told."""

    HANDLER = "handler", _("处置人")
    LEADER = "leader", _("微网格长")
    DEPARTMENT = "department", _("条线部门")
    CENTRE = "centre", _("镇中心")
    SUPERVISOR = "supervisor", _("督办人")
    REPORTER = "reporter", _("上报人")
    FOLLOWERS = "followers", _("关注者")
    CHECKER = "checker", _("核查人")
    VERIFIER = "verifier", _("核实人")
    WORKER = "worker", _("微网格员")
    TEAM = "team", _("三支队伍")
    MERGED = "merged", _("并案的上报人")


class Event(TextChoices):
    """What people are told about. Other modules may announce events of their own; this list names those of the loop."""

    CASE_REPORTED = "case.reported", _("新事件上报")
    CASE_ACCEPTED = "case.accepted", _("事件受理")
    CASE_VERIFY = "case.verify", _("请求核实")
    CASE_VERIFIED = "case.verified", _("核实回复")
    CASE_ASSIGNED = "case.assigned", _("事件派遣")
    CASE_RETURNED = "case.returned", _("事件退单")
    CASE_ESCALATED = "case.escalated", _("事件上报上级")
    CASE_CONSULTING = "case.consulting", _("事件会商")
    CASE_REQUESTED = "case.requested", _("申请延期或挂账")
    CASE_DECIDED = "case.decided", _("延期或挂账的决定")
    CASE_FEEDBACK = "case.feedback", _("处置反馈待核查")
    CASE_REWORK = "case.rework", _("核查不通过，返工")
    CASE_DUE_SOON = "case.due_soon", _("事件将到期")
    CASE_OVERDUE = "case.overdue", _("事件超期")
    CASE_CHECKED = "case.checked", _("事件核查结果")
    CASE_SCORE_INVITED = "case.score_invited", _("邀请评价")
    CASE_REOPEN_REQUESTED = "case.reopen_requested", _("申请重办")
    CASE_REOPENED = "case.reopened", _("同意重办")
    CASE_REMINDED = "case.reminded", _("催办")
    CASE_SUPERVISED = "case.supervised", _("督办")
    CASE_CLOSED = "case.closed", _("事件结案")
    CASE_VOIDED = "case.voided", _("事件不予受理或作废")
    CASE_MERGED = "case.merged", _("事件并案")
    CASE_COMMENT = "case.comment", _("事件留言")


TITLE_MAX = 120
TEXT_MAX = 2000
ROBOT_PER_MINUTE = 20
