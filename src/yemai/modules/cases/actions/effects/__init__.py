"""What each verb changes in a case beyond stage, clock and story: one function per verb, named in EFFECTS."""

from ...terms import Verb
from ..steps import Effect
from . import beside, checking, handling, intake

EFFECTS: dict[Verb, Effect] = {
    Verb.ACCEPT: intake.accept,
    Verb.ASK_VERIFICATION: intake.ask_verification,
    Verb.CONFIRM_REPORT: intake.confirm_report,
    Verb.REJECT: intake.reject,
    Verb.MERGE: intake.merge,
    Verb.UNMERGE: intake.unmerge,
    Verb.CORRECT: intake.correct,
    Verb.WITHDRAW: intake.withdraw,
    Verb.TAKE: handling.take,
    Verb.ASSIGN: handling.assign,
    Verb.RETURN: handling.return_,
    Verb.ESCALATE: handling.escalate,
    Verb.CONSULT: handling.consult,
    Verb.DECIDE: handling.decide,
    Verb.REQUEST_EXTENSION: beside.request_extension,
    Verb.APPROVE_EXTENSION: beside.approve_extension,
    Verb.REQUEST_SUSPENSION: beside.request_suspension,
    Verb.SUSPEND: beside.suspend,
    Verb.RESUME: beside.resume,
    Verb.DECLINE_REQUEST: beside.decline_request,
    Verb.REMIND: beside.remind,
    Verb.SUPERVISE: beside.supervise,
    Verb.COMMENT: beside.comment,
    Verb.SUBMIT_FEEDBACK: checking.submit_feedback,
    Verb.CHECK_PASS: checking.check_pass,
    Verb.CHECK_FAIL: checking.check_fail,
    Verb.INVITE_SCORE: checking.invite_score,
    Verb.SCORE: checking.score,
    Verb.REQUEST_REOPEN: checking.request_reopen,
    Verb.CONFIRM_REOPEN: checking.confirm_reopen,
    Verb.CLOSE: checking.close,
}
