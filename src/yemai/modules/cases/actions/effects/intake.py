"""Effects of intake: filing, verification, voiding with an answer, merging, correcting, withdrawing."""

from django.utils.translation import gettext as _

from yemai.base.territory.models import Node
from yemai.kernel.refusals import Refused

from ...models import Assignment, Case
from ...queries.replies import judged
from ...terms import Clock, LocateFlag, Moment, RejectReason, Rung, Stage, Verb
from ..filing import choose_category, file_case, place_case
from ..photos import attach
from ..steps import Draft
from .handling import name_handler, person_on_the_ground


def accept(draft: Draft) -> None:
    """File the case: category, condition, limit, number; the disposal clock starts."""
    file_case(draft, required=True)
    if not draft.case.node.tier.is_settling:
        draft.case.rung = Rung.CENTRE  # it lies in no micro-grid yet: nobody on the ground would find it in a queue
    if draft.given.person:
        name_handler(draft, draft.given.person)


def ask_verification(draft: Draft) -> None:
    """Ask a named worker to look on site whether the report is true (核实, before filing)."""
    draft.case.verifier = person_on_the_ground(draft, draft.given.person)


def confirm_report(draft: Draft) -> None:
    """The worker's answer from the site; intake decides on it."""
    draft.content["is_true"] = draft.given.is_true
    draft.case.verifier = None
    draft.is_public = False
    attach(draft, Moment.VERIFY)


def reject(draft: Draft) -> None:
    """Void the case with a reason from the list and an answer its reporter reads."""
    assert draft.given.reject_reason  # noqa: S101 - demanded by the table
    if draft.given.reject_reason == RejectReason.WITHDRAWN:
        raise Refused("not-now", _("“上报人撤回”只能由上报人自己操作。"), status=422)
    draft.case.reject_reason = draft.given.reject_reason
    draft.text = draft.given.answer
    draft.content["reason"] = draft.given.reject_reason
    draft.content["answer"] = judged(draft.case, Verb.REJECT, draft.text, draft.person).kept()
    if draft.case.merged_cases.exists():
        raise Refused("has-merged", _("有别的事件并入这一件，请先撤销那些并案，免得它们的上报人没有答复。"))
    end_disposal(draft)
    draft.case.closed_at = draft.now


def merge(draft: Draft) -> None:
    """Make the case follow a main case; its reporter is told and keeps the right to rate."""
    main = Case.objects.select_for_update(of=("self",)).filter(pk=draft.given.main_case or 0).first()
    if main is None or main.pk == draft.case.pk:
        raise Refused("no-main-case", _("没有找到主事件，请核对编号。"), status=422, fields={"main_case": _("请核对")})
    if main.stage in (Stage.MERGED, Stage.VOIDED):
        raise Refused("no-main-case", _("主事件本身已并案或作废，请选择它的主事件。"), status=422)
    if draft.case.merged_cases.exists():
        raise Refused("has-merged", _("这件事已是别的事件的主事件，请先撤销那些并案。"))
    draft.case.stage_before_merge = draft.case.stage
    draft.case.main_case = main
    draft.content["main_case"] = main.pk
    draft.content["main_code"] = main.number or main.tracking_code


def unmerge(draft: Draft) -> None:
    """Put the case back where it stood before the merge, nothing lost."""
    draft.content["main_case"] = draft.case.main_case_id
    draft.reaches = Stage(draft.case.stage_before_merge or Stage.REPORTED)
    if draft.reaches == Stage.VERIFYING and draft.case.verifier_id is None:
        draft.reaches = Stage.REPORTED
    draft.case.main_case = None
    draft.case.stage_before_merge = ""


def correct(draft: Draft) -> None:
    """Correct category, priority or place; the old values stay in the story."""
    case, given = draft.case, draft.given
    old: dict[str, object] = {}
    if draft.person is None and given.names() & {"category", "condition", "priority", "node"}:
        raise Refused("not-yours", _("上报人可以补充位置，类别和等级由受理员确定。"), status=403)
    if given.category or given.condition:
        old |= {"category": case.category_id, "condition": case.condition_id}
        choose_category(case, given.category, given.condition)
    if given.priority:
        old["priority"] = case.priority
        case.priority = given.priority
    if given.node or given.place_text or given.lon is not None:
        old |= {"node": case.node_id, "place_text": case.place_text, "lon": case.lon, "lat": case.lat}
        was_settled = case.node.tier.is_settling
        _correct_place(draft)
        if case.stage == Stage.HANDLING and not was_settled and case.node.tier.is_settling and _is_untaken(case):
            case.rung = Rung.MICROGRID  # found at last: those on the ground may take it
    if not old:
        raise Refused("nothing-to-correct", _("没有要更正的内容。"), status=422)
    draft.content["old"] = old
    draft.content["new"] = {key: getattr(case, f"{key}_id" if key in _IDS else key) for key in old}


def _is_untaken(case: Case) -> bool:
    return case.handler_id is None and case.lead_department_id is None


_IDS = {"category", "condition", "node"}


def _correct_place(draft: Draft) -> None:
    case, given = draft.case, draft.given
    if given.node:
        node = Node.objects.filter(pk=given.node, valid_to__isnull=True).first()
        if node is None:
            raise Refused("no-such-node", _("没有这个网格，请重新选择。"), status=422, fields={"node": _("请重新选择")})
        case.node, case.path, case.locate_flag = node, node.path, LocateFlag.OK
        case.place_text = given.place_text or case.place_text
        if given.lon is not None and given.lat is not None:
            case.lon, case.lat = given.lon, given.lat
    else:
        place_case(case, lon=given.lon, lat=given.lat, place_text=given.place_text or case.place_text)


def withdraw(draft: Draft) -> None:
    """The reporter takes the report back, unless neighbours' reports of the same matter hang on it."""
    if draft.case.merged_cases.exists():
        raise Refused("has-merged", _("邻居也反映了这件事，已合在一起办理，不能撤回；您不用再做什么。"))
    draft.case.reject_reason = RejectReason.WITHDRAWN
    draft.content["reason"] = RejectReason.WITHDRAWN
    end_disposal(draft)
    draft.case.closed_at = draft.now


def end_disposal(draft: Draft) -> None:
    """Close what units and requests still have open when a case ends without disposal."""
    case = draft.case
    case.assignments.filter(state=Assignment.State.OPEN).update(state=Assignment.State.REPLACED, ended_at=draft.now)
    case.requests.filter(decided_at__isnull=True).update(decided_at=draft.now, is_approved=False)
    case.consultations.filter(decided_at__isnull=True).update(decided_at=draft.now)
    if case.started_at is None:
        draft.clock = Clock.KEEP
