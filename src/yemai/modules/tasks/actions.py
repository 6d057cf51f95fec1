"""Writes of tasks: programmes, tasks through their states, meetings and what they decide."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from yemai.base.access.queries import may
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record
from yemai.base.files.models import StoredFile
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from .models import Measure, Meeting, Programme, SummaryTemplate, Task, TaskStep
from .terms import MeetingKind, TaskState

SIX_ASPECTS = Path(__file__).parent / "presets" / "six_aspects.json"
TEMPLATE_MOST = 2_000_000
"""Bytes of a Word template."""


@dataclass(frozen=True)
class Wanted:
    """A task as it is asked for."""

    title: str
    owner: Person | None
    due_on: date | None
    detail: str = ""
    measure: Measure | None = None
    meeting: Meeting | None = None

    def of(self, meeting: Meeting) -> "Wanted":
        """The same, decided by a meeting."""
        return replace(self, meeting=meeting)


def start_programme(node: Node, *, actor: Person, now: datetime) -> Programme:
    """Put the shipped programme of six aspects and eighteen measures on a piece of ground.

    Raises Refused 403 `not-yours`.
    """
    _may_edit(actor, node)
    shipped = json.loads(SIX_ASPECTS.read_text(encoding="utf-8"))
    with writing():
        made = Programme.objects.create(
            name=shipped["name"], basis=shipped["basis"], node=node, made_by=actor, made_at=now
        )
        lines = [(aspect, title) for aspect, titles in shipped["aspects"] for title in titles]
        Measure.objects.bulk_create(
            [Measure(programme=made, aspect=aspect, number=at, title=title) for at, (aspect, title) in enumerate(lines, 1)]
        )  # fmt: skip
        record(actor=actor, action="start_programme", subject=made, now=now)
    return made


def make_task(wanted: Wanted, *, node: Node, actor: Person, now: datetime) -> Task:
    """A task on a piece of ground. Raises Refused: 403 `not-yours`, 422 `missing`."""
    _may_edit(actor, node)
    title = wanted.title.strip()
    if not title or wanted.owner is None or wanted.due_on is None:
        text = _("请写明任务、责任人和完成期限。")
        raise Refused("missing", text, status=422, fields={"title": text})
    with writing():
        task = Task.objects.create(
            title=title[:160], detail=wanted.detail.strip(), node=node, measure=wanted.measure, meeting=wanted.meeting,
            owner=wanted.owner, due_on=wanted.due_on, made_by=actor, made_at=now,
        )  # fmt: skip
        _step(task, "", actor, now)
    return task


def report_done(task: Task, *, words: str, photo: StoredFile | None, actor: Person, now: datetime) -> Task:
    """The owner says how it was done. Raises Refused: 403 `not-yours`, 409 `not-open`, 422 `missing`."""
    if task.owner_id != actor.pk:
        raise Refused("not-yours", _("由责任人来报完成。"), status=403)
    if not words.strip():
        text = _("请写明怎么完成的，有照片请附上。")
        raise Refused("missing", text, status=422, fields={"words": text})
    with writing():
        fresh = _taken(task, TaskState.OPEN)
        fresh.evidence, fresh.photo = words.strip(), photo or fresh.photo
        return _moved(fresh, TaskState.REPORTED, words, actor, now)


def strike_off(task: Task, *, actor: Person, now: datetime) -> Task:
    """Another person has looked and strikes it off (销号). Raises Refused: 403 `not-yours`, 409 `not-open`."""
    _may_edit(actor, task.node)
    if task.owner_id == actor.pk:
        raise Refused("not-yours", _("不能给自己的任务销号，请由他人核对。"), status=403)
    with writing():
        return _moved(_taken(task, TaskState.REPORTED), TaskState.DONE, "", actor, now)


def send_back(task: Task, *, words: str, actor: Person, now: datetime) -> Task:
    """What was reported is not enough: say what is missing. Raises as `strike_off`, and 422 `missing`."""
    _may_edit(actor, task.node)
    _said(words)
    with writing():
        return _moved(_taken(task, TaskState.REPORTED), TaskState.OPEN, words, actor, now)


def drop(task: Task, *, words: str, actor: Person, now: datetime) -> Task:
    """It is no longer to be done; say why. Raises as `send_back`."""
    _may_edit(actor, task.node)
    _said(words)
    with writing():
        return _moved(_taken(task, TaskState.OPEN, TaskState.REPORTED), TaskState.DROPPED, words, actor, now)


def hold(
    kind: MeetingKind, node: Node, on: date, *, sheet: dict[str, Any], words: str, weather: str, actor: Person, now: datetime
) -> Meeting:  # fmt: skip
    """Write down a meeting with the list it was held over; again on the same day writes it anew.

    Raises Refused 403 `not-yours`.
    """
    _may_edit(actor, node)
    with writing():
        meeting, _made = Meeting.objects.update_or_create(
            kind=kind, node=node, on=on,
            defaults={"sheet": sheet, "words": words.strip(), "weather": weather.strip()[:120], "held_by": actor, "held_at": now},
        )  # fmt: skip
        record(actor=actor, action="hold_meeting", subject=meeting, now=now)
    return meeting


def put_template(content: bytes, name: str, *, actor: Person, now: datetime) -> SummaryTemplate:
    """Give the town its own template of the month's summary; whether it can be filled is seen to by the caller.

    Raises Refused 413 `too-big`.
    """
    if len(content) > TEMPLATE_MOST:
        raise Refused("too-big", _("模板超过 2 MB，请删去图片后再上传。"), status=413)
    with writing():
        made = SummaryTemplate.objects.create(content=content, name=name[:120], put_by=actor, put_at=now)
        record(actor=actor, action="put_summary_template", subject=made, now=now)
    return made


def _may_edit(actor: Person, node: Node) -> None:
    if not may(actor, Permission.TASK_EDIT, node.path):
        raise Refused("not-yours", _("您没有在这里管理任务台账的权限。"), status=403)


def _said(words: str) -> None:
    if not words.strip():
        text = _("请写明原因。")
        raise Refused("missing", text, status=422, fields={"words": text})


def _taken(task: Task, *states: TaskState) -> Task:
    """The task for writing. Raises Refused 409 when somebody else was there before."""
    fresh = Task.objects.select_for_update().get(pk=task.pk)
    if fresh.state not in states:
        raise Refused("not-open", _("这项任务现在是“%(state)s”，请刷新后再办。") % {"state": fresh.get_state_display()})
    return fresh


def _moved(task: Task, state: TaskState, words: str, actor: Person, now: datetime) -> Task:
    task.state = state
    task.ended_at = now if state in (TaskState.DONE, TaskState.DROPPED) else None
    task.save(update_fields=["state", "ended_at", "evidence", "photo"])
    _step(task, words, actor, now)
    return task


def _step(task: Task, words: str, actor: Person, now: datetime) -> None:
    TaskStep.objects.create(task=task, at=now, actor=actor, state=task.state, words=words.strip())
