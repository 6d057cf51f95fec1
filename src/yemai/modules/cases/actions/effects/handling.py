"""Effects of disposal: taking, assigning to people and units, returning, handing up, consulting and deciding."""

from django.utils.translation import gettext as _

from yemai.base.access.queries import may
from yemai.base.access.terms import Permission
from yemai.base.people.models import Department, Person
from yemai.kernel.refusals import Refused

from ...models import Assignment, Consultation
from ...queries.proposed import propose_units
from ...queries.standing import department_reach
from ...rules import next_rung
from ...terms import Rung, Who
from ..filing import file_case
from ..steps import Draft

OPEN = Assignment.State.OPEN


def take(draft: Draft) -> None:
    """A worker takes the case as their own; straight from the report this files it too."""
    assert draft.person  # noqa: S101 - residents never stand as workers
    file_case(draft, required=False)
    draft.case.handler = draft.person


def assign(draft: Draft) -> None:
    """Name a person of the ground, or (the town centre) one lead unit with joint units."""
    given = draft.given
    if given.department:
        if Who.CENTRE not in draft.stands:
            raise Refused("not-yours", _("派遣到单位由镇中心来做；可先召集会商再决定，或上报。"), status=403)
        dispatch(draft, given.department, given.joint)
    elif given.person:
        name_handler(draft, given.person)
    else:
        raise Refused(
            "missing",
            _("请选择处置人或主办单位。"),
            status=422,
            fields={"person": _("请选择"), "department": _("请选择")},
        )


def return_(draft: Draft) -> None:
    """Hand the assignment back with a reason (退单): a unit to the town centre, a person to the leader; the clock runs on."""
    case, given = draft.case, draft.given
    assert given.return_reason  # noqa: S101 - demanded by the table
    draft.content["reason"] = given.return_reason
    own = own_assignment(draft)
    if own is not None:
        if own.is_final:
            raise Refused("final-assignment", _("镇中心已指定本单位办理，不能再次退单。"))
        own.state, own.ended_at = Assignment.State.RETURNED, draft.now
        own.return_reason, own.text = given.return_reason, draft.text
        own.save()
        draft.content["department"] = own.department_id
        if own.role == Assignment.Role.LEAD:
            case.lead_department = None
            case.rung = Rung.CENTRE
    else:
        draft.content["person"] = case.handler_id
        case.rung = Rung.LEADER if case.rung == Rung.MICROGRID else case.rung
    if own is None or own.role == Assignment.Role.LEAD:
        case.handler = None
    case.returns += 1


def escalate(draft: Draft) -> None:
    """Hand up one rung; whoever held it lets go, the clock keeps its due time."""
    case = draft.case
    draft.content["from_rung"] = case.rung
    if case.lead_department_id:
        case.assignments.filter(state=OPEN).update(state=Assignment.State.REPLACED, ended_at=draft.now)
        case.lead_department = None
    case.handler = None
    case.rung = next_rung(Rung(case.rung))
    draft.content["to_rung"] = case.rung


def consult(draft: Draft) -> None:
    """The leader calls the three teams together (会商); an unfiled case is filed by it."""
    assert draft.person  # noqa: S101 - only leaders consult
    file_case(draft, required=False)
    case = draft.case
    case.rung = Rung.LEADER if case.rung == Rung.MICROGRID else case.rung
    meeting = Consultation.objects.create(case=case, called_by=draft.person, called_at=draft.now, topic=draft.text)
    invited = people_on_the_ground(draft)
    meeting.invited.set(invited)
    draft.content["invited"] = [person.pk for person in invited]


def decide(draft: Draft) -> None:
    """End the consultation with its decision: who does what by when."""
    case, given = draft.case, draft.given
    meeting = case.consultations.filter(decided_at__isnull=True).first()
    if meeting is None:
        raise Refused("no-consultation", _("没有正在进行的会商。"))
    if not (given.person or given.department):
        raise Refused(
            "missing", _("会商要决定由谁来做：请选择处置人或主办单位。"), status=422, fields={"person": _("请选择")}
        )
    present = people_on_the_ground(draft)
    meeting.decided_at, meeting.decision, meeting.due_on = draft.now, draft.text, given.due_on
    meeting.save()
    meeting.present.set(present)
    draft.content |= {
        "consultation": meeting.pk,
        "present": [person.pk for person in present],
        "due_on": given.due_on.isoformat() if given.due_on else None,
    }
    if given.department:
        dispatch(draft, given.department, given.joint)
    else:
        name_handler(draft, given.person)


def name_handler(draft: Draft, person_id: int | None) -> None:
    """Make a person of the ground the handler; a unit's open assignment is replaced."""
    case = draft.case
    person = person_on_the_ground(draft, person_id)
    case.assignments.filter(state=OPEN).update(state=Assignment.State.REPLACED, ended_at=draft.now)
    case.lead_department = None
    case.handler = person
    if case.rung in (Rung.DEPARTMENT, Rung.CENTRE):
        case.rung = Rung.LEADER
    draft.content |= {"person": person.pk, "person_name": person.name, "person_name_en": person.name_en}


def person_on_the_ground(draft: Draft, person_id: int | None) -> Person:
    """A person who may handle cases where this one lies. Raises Refused `not-on-the-ground`."""
    person = Person.objects.filter(pk=person_id, is_active=True).first() if person_id else None
    if person is None or not may(person, Permission.CASE_HANDLE, draft.case.path):
        raise Refused(
            "not-on-the-ground",
            _("这个人不在该网格的队伍里，请从名单中另选。"),
            status=422,
            fields={"person": _("请从名单中选择")},
        )
    return person


def people_on_the_ground(draft: Draft) -> list[Person]:
    """The people named as invited or present; unknown ids are refused, never dropped."""
    wanted = set(draft.given.people)
    found = list(Person.objects.filter(pk__in=wanted, is_active=True).order_by("pk"))
    if len(found) != len(wanted):
        raise Refused(
            "no-such-person", _("名单里有人已不在岗，请重新选择。"), status=422, fields={"people": _("请重新选择")}
        )
    return found


def dispatch(draft: Draft, department_id: int, joint_ids: tuple[int, ...]) -> None:
    """One lead unit (主办) and joint units (协办). A unit that returned this case once is now named for good."""
    case = draft.case
    units = {unit.pk: unit for unit in Department.objects.filter(pk__in={department_id, *joint_ids}, is_active=True)}
    if department_id not in units or any(pk not in units for pk in joint_ids):
        raise Refused(
            "no-such-unit", _("没有这个单位，请重新选择。"), status=422, fields={"department": _("请重新选择")}
        )
    if department_id in joint_ids:
        raise Refused(
            "lead-and-joint", _("主办单位不能同时是协办单位。"), status=422, fields={"joint": _("请去掉主办单位")}
        )
    case.assignments.filter(state=OPEN).update(state=Assignment.State.REPLACED, ended_at=draft.now)
    proposed = propose_units(case, draft.now)
    first = next((one.unit.pk for one in proposed if not one.note), None)
    returned = set(case.assignments.filter(state=Assignment.State.RETURNED).values_list("department_id", flat=True))
    for pk in (department_id, *dict.fromkeys(joint_ids)):
        Assignment.objects.create(
            case=case,
            department=units[pk],
            role=Assignment.Role.LEAD if pk == department_id else Assignment.Role.JOINT,
            is_final=pk in returned,
            was_proposed=pk == first if first and pk == department_id else None,
            assigned_by=draft.person,
            assigned_at=draft.now,
            due_at=case.due_at,
        )
    case.handler = None
    case.lead_department = units[department_id]
    case.rung = Rung.DEPARTMENT
    draft.content |= {
        "department": department_id,
        "department_name": units[department_id].name,
        "department_name_en": units[department_id].name_en,
        "joint": list(joint_ids),
        "joint_names": [units[pk].name for pk in joint_ids],
        "joint_names_en": [units[pk].name_en for pk in joint_ids],
        "is_final": department_id in returned,
    }


def own_assignment(draft: Draft) -> Assignment | None:
    """The open assignment of the actor's own unit, the lead one first."""
    if draft.person is None or not draft.stands & {Who.LEAD_UNIT, Who.JOINT_UNIT}:
        return None
    own = department_reach(draft.person).departments
    rows = draft.case.assignments.filter(state=OPEN, department__in=own).order_by("-role")
    return rows.first()
