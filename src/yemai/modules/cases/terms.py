"""The words of the closed loop: stages, verbs, outcomes, who stands where (GB/T 30428.8 wording where it has a word)."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Stage(TextChoices):
    """Where a case stands; a database constraint repeats this list."""

    REPORTED = "reported", _("待受理")
    VERIFYING = "verifying", _("核实中")
    HANDLING = "handling", _("处置中")
    CONSULTING = "consulting", _("会商中")
    SUSPENDED = "suspended", _("挂账")
    CHECKING = "checking", _("待核查")
    RATING = "rating", _("待评价")
    CLOSED = "closed", _("已结案")
    MERGED = "merged", _("已并案")
    VOIDED = "voided", _("已作废")


OPEN_STAGES = frozenset(
    {
        Stage.REPORTED,
        Stage.VERIFYING,
        Stage.HANDLING,
        Stage.CONSULTING,
        Stage.SUSPENDED,
        Stage.CHECKING,
        Stage.RATING,
    }
)
DISPOSAL_STAGES = frozenset({Stage.HANDLING, Stage.CONSULTING})


class Verb(TextChoices):
    """What may be done with a case; one row in the story each."""

    REPORT = "report", _("上报")
    ACCEPT = "accept", _("受理")
    ASK_VERIFICATION = "ask_verification", _("请求核实")
    CONFIRM_REPORT = "confirm_report", _("核实回复")
    REJECT = "reject", _("不予受理/作废")
    MERGE = "merge", _("并案")
    UNMERGE = "unmerge", _("撤销并案")
    TAKE = "take", _("接办")
    ASSIGN = "assign", _("派遣")
    RETURN = "return", _("退单")
    ESCALATE = "escalate", _("上报上级")
    CONSULT = "consult", _("召集会商")
    DECIDE = "decide", _("会商决定")
    REQUEST_EXTENSION = "request_extension", _("申请延期")
    APPROVE_EXTENSION = "approve_extension", _("批准延期")
    REQUEST_SUSPENSION = "request_suspension", _("申请挂账")
    SUSPEND = "suspend", _("批准挂账")
    RESUME = "resume", _("恢复处置")
    DECLINE_REQUEST = "decline_request", _("不同意申请")
    SUBMIT_FEEDBACK = "submit_feedback", _("处置反馈")
    CHECK_PASS = "check_pass", _("核查通过")
    CHECK_FAIL = "check_fail", _("核查不通过，返工")
    INVITE_SCORE = "invite_score", _("邀请评价")
    SCORE = "score", _("评价")
    REQUEST_REOPEN = "request_reopen", _("申请重办")
    CONFIRM_REOPEN = "confirm_reopen", _("同意重办")
    REMIND = "remind", _("催办")
    SUPERVISE = "supervise", _("督办")
    COMMENT = "comment", _("留言")
    CORRECT = "correct", _("更正")
    WITHDRAW = "withdraw", _("撤回")
    CLOSE = "close", _("结案")


class Outcome(TextChoices):
    """What became of the matter; kept apart from the stage, because closed is not solved."""

    SOLVED = "solved", _("已解决")
    PARTLY_SOLVED = "partly_solved", _("部分解决")
    NOT_SOLVED = "not_solved", _("未解决")
    NOT_WITHIN_POWERS = "not_within_powers", _("超出职权")


class Rung(TextChoices):
    """How high a case has been handed up (小事一格解决, 大事全网联动): one step at a time."""

    MICROGRID = "microgrid", _("微网格")
    LEADER = "leader", _("微网格长与三支团队")
    DEPARTMENT = "department", _("条线部门")
    CENTRE = "centre", _("镇中心")


LADDER = (Rung.MICROGRID, Rung.LEADER, Rung.DEPARTMENT, Rung.CENTRE)


class Priority(TextChoices):
    """A/B/C of the filing conditions."""

    URGENT = "urgent", _("紧急")
    MAJOR = "major", _("重大")
    ORDINARY = "ordinary", _("一般")


class UrgencyLevel(IntegerChoices):
    """Why a report can't wait, by its own words; the higher stands first in the queues. A person decides."""

    NONE = 0, _("不紧急")
    EXTREME_WEATHER = 1, _("极端天气")
    UTILITIES_OUT = 2, _("停水停电停气停暖")
    DANGER_TO_LIFE = 3, _("危及生命")


class Source(TextChoices):
    """Where a case comes from."""

    RESIDENT = "resident", _("居民上报")
    FIELD = "field", _("网格员上报")
    CALL = "call", _("来电登记")
    VISIT = "visit", _("来访登记")
    IMPORT = "import", _("批量导入")
    API = "api", _("接口接入")


class Kind(TextChoices):
    """Which part of the catalogue a category stands in (S is ours: services and wishes)."""

    EVENT = "E", _("事件")
    COMPONENT = "C", _("部件")
    SERVICE = "S", _("民生诉求")


class Who(TextChoices):
    """How an actor stands to one case; a step is open to those named in its row."""

    ANYONE = "anyone", _("任何人")
    REPORTER = "reporter", _("上报人")
    CODE_HOLDER = "code_holder", _("持查询码者")
    RATER = "rater", _("评价人")
    VIEWER = "viewer", _("有权查看者")
    INTAKE = "intake", _("受理员")
    VERIFIER = "verifier", _("核实人")
    WORKER = "worker", _("微网格员")
    HANDLER = "handler", _("处置人")
    LEAD_UNIT = "lead_unit", _("主办单位")
    JOINT_UNIT = "joint_unit", _("协办单位")
    LEADER = "leader", _("微网格长")
    CENTRE = "centre", _("镇中心派遣")
    CHECKER = "checker", _("核查人")
    SUPERVISOR = "supervisor", _("督办人")
    DISPOSER = "disposer", _("办理过本事件者")
    SYSTEM = "system", _("系统")


class Clock(TextChoices):
    """What a step does to the disposal clock."""

    KEEP = "keep", _("不变")
    START = "start", _("起算")
    PAUSE = "pause", _("暂停")
    RESUME = "resume", _("续算")
    STOP = "stop", _("停止")


class Moment(TextChoices):
    """When a photo was taken, in the life of the case."""

    REPORT = "report", _("上报时")
    VERIFY = "verify", _("核实时")
    BEFORE = "before", _("处置前")
    AFTER = "after", _("处置后")
    CHECK = "check", _("核查时")


class Lamp(TextChoices):
    """The lamp of a clock: green to 80 %, yellow to 100 %, red beyond, grey while suspended."""

    GREEN = "green", _("正常")
    YELLOW = "yellow", _("将到期")
    RED = "red", _("超期")
    GREY = "grey", _("挂账")
    NONE = "none", _("不计时")


class RejectReason(TextChoices):
    """Why a report is not taken up or is voided (Beijing 接诉即办 regulation, what is not dispatched; practice)."""

    UNTRUE = "untrue", _("现场核实无此情况")
    EMERGENCY = "emergency", _("紧急警情，请拨打110/119/120/122")
    OTHER_PROCEDURE = "other_procedure", _("应通过诉讼、仲裁、信访等程序办理")
    REPEATED = "repeated", _("重复反映且无新情况")
    NOT_HERE = "not_here", _("不在本镇范围")
    BEYOND_POWERS = "beyond_powers", _("不属于职权范围")
    UNLAWFUL = "unlawful", _("诉求违反法律或公序良俗")
    UNCLEAR = "unclear", _("内容不清且无法联系上报人")
    WITHDRAWN = "withdrawn", _("上报人撤回")
    TEST = "test", _("误报或测试")


UNCOUNTED = frozenset({RejectReason.TEST, RejectReason.WITHDRAWN})
"""What was never a matter: no figure counts it."""


class ReturnReason(TextChoices):
    """Why a unit hands an assignment back; a unit that says "not mine" must explain (滨州 regulation)."""

    NOT_MINE = "not_mine", _("不属于本单位职责")
    NOT_MY_AREA = "not_my_area", _("不在本单位管辖区域")
    INCOMPLETE = "incomplete", _("信息不全，无法处置")
    NEEDS_OTHER = "needs_other", _("需其他单位先行处置")


class RequestKind(TextChoices):
    """What may be asked for and must be decided by another person."""

    EXTENSION = "extension", _("延期")
    SUSPENSION = "suspension", _("挂账")
    REOPEN = "reopen", _("重办")


class LocateFlag(TextChoices):
    """How sure the place is."""

    OK = "ok", _("已定位")
    EDGE = "edge", _("在边界上，请人工确认")
    OVERLAP = "overlap", _("落在重叠区域，请人工确认")
    OUTSIDE = "outside", _("在辖区之外")
    NO_POINT = "no-point", _("未提供位置")
    ADDRESS = "address", _("按地址文字定位")


class HotState(TextChoices):
    """What people make of a hot issue."""

    OPEN = "open", _("关注中")
    DISMISSED = "dismissed", _("不是热点")
    JOINED = "joined", _("已归入别的热点")


class HotHow(TextChoices):
    """Who put a case into a hot issue."""

    JOB = "job", _("自动")
    HAND = "hand", _("人工")


SCORE_LABELS = {5: _("非常满意"), 4: _("满意"), 3: _("基本满意"), 2: _("不满意"), 1: _("非常不满意")}
UNHAPPY_AT_MOST = 2
GOOD_SCORE = 4
"""From here on a resident was content, and the answer may stand as an example."""
TEXT_MAX = 5000
PHOTOS_MAX = 6
