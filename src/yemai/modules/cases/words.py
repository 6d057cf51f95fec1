"""Plain words for people: what is happening and by when, never a stage name."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .models import Case, StoryStep
from .terms import Outcome, RejectReason, Rung, Stage, Verb


def day(moment: datetime) -> str:
    """A date people say: 11月24日 or 24 Nov."""
    return date_format(timezone.localtime(moment), "MONTH_DAY_FORMAT")


def holder(case: Case) -> str:
    """Who has it now, as a resident may know it: a surname's courtesy form or a unit's name."""
    if case.handler:
        name = case.handler.label
        return _("%(surname)s师傅") % {"surname": name.split()[0] if name.isascii() else name[:1]}
    if case.lead_department:
        return case.lead_department.label
    if case.rung in (Rung.DEPARTMENT, Rung.CENTRE):
        return _("镇中心")
    return _("%(node)s的网格员") % {"node": case.node.label}


def progress(case: Case, *, may_score: bool = True, is_asked_again: bool = False) -> str:
    """One sentence on where the matter stands, to somebody who may score it or not."""
    if case.stage == Stage.CLOSED and is_asked_again:
        return _("有人说还没解决，正由另一位同事决定是否重办。")
    if case.stage == Stage.RATING and not may_score:
        return _("已经处理并核查过，正在请上报人评价。")
    who = holder(case)
    due = day(case.due_at) if case.due_at else ""
    if case.stage == Stage.REPORTED:
        return _("已收到，%(who)s会尽快来看。") % {"who": who}
    if case.stage == Stage.VERIFYING:
        return _("网格员正在到现场看情况。")
    if case.stage in (Stage.HANDLING, Stage.CONSULTING):
        said = (
            _("大家正在商量怎么办，将在 %(due)s 前处理。")
            if case.stage == Stage.CONSULTING
            else _("%(who)s将在 %(due)s 前处理。")
        )
        return said % {"who": who, "due": due or _("近日")}
    if case.stage == Stage.SUSPENDED:
        return _("暂时办不了，%(day)s前会再看一次。") % {
            "day": date_format(case.review_on, "MONTH_DAY_FORMAT") if case.review_on else _("近期")
        }
    if case.stage == Stage.CHECKING:
        return _("%(who)s说已经处理，正由另一位同事核查。") % {"who": who}
    if case.stage == Stage.RATING:
        return _("已经处理并核查过，请您说说满意不满意。")
    if case.stage == Stage.MERGED:
        return _("和别人反映的是同一件事，合在一起办，办完同样告诉您。")
    if case.stage == Stage.VOIDED:
        return _("没有办理：%(why)s") % {
            "why": RejectReason(case.reject_reason).label if case.reject_reason else _("见答复")
        }
    return _("已办结：%(outcome)s。") % {"outcome": Outcome(case.outcome).label if case.outcome else _("已答复")}


def told(step: StoryStep) -> str:
    """A public row of the story as a resident reads it."""
    said = {
        Verb.REPORT: _("收到您的反映"),
        Verb.ACCEPT: _("已受理，归为“%(category)s”"),
        Verb.ASK_VERIFICATION: _("请网格员到现场看情况"),
        Verb.CONFIRM_REPORT: _("网格员已看过现场"),
        Verb.REJECT: _("没有办理，答复如下"),
        Verb.MERGE: _("与同一件事合并办理"),
        Verb.UNMERGE: _("改为单独办理"),
        Verb.TAKE: _("%(actor)s接办"),
        Verb.ASSIGN: _("交给%(holder)s办理"),
        Verb.ESCALATE: _("网格解决不了，已上报上一级"),
        Verb.CONSULT: _("召集大家商量"),
        Verb.DECIDE: _("商量好了，由%(holder)s办理"),
        Verb.APPROVE_EXTENSION: _("需要多一些时间"),
        Verb.SUSPEND: _("暂时办不了，先挂账"),
        Verb.RESUME: _("继续办理"),
        Verb.SUBMIT_FEEDBACK: _("处理完了，说明如下"),
        Verb.CHECK_PASS: _("另一位同事核查过，请您评价"),
        Verb.CHECK_FAIL: _("核查没有通过，重新处理"),
        Verb.SCORE: _("收到您的评价"),
        Verb.REQUEST_REOPEN: _("有人要求重办"),
        Verb.CONFIRM_REOPEN: _("同意重办"),
        Verb.REMIND: _("已催办"),
        Verb.COMMENT: _("%(actor)s留言"),
        Verb.WITHDRAW: _("您撤回了这件事"),
        Verb.CLOSE: _("评价期已过，结案"),
    }.get(Verb(step.verb), Verb(step.verb).label)
    return str(said) % {
        "category": step.named("category") or _("其他"),
        "actor": step.who,
        "holder": step.handed_to or _("网格"),
    }
