"""Reading messages: a person's own box, and the failures somebody who tends the outbox may see."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent

from .models import Message
from .terms import Channel, MessageState

PAGE = 30
COUNT_MOST = 100


@dataclass(frozen=True)
class Page:
    """One page of a list by falling id; `next_before` fetches the page after it, None at the end."""

    messages: list[Message]
    next_before: int | None


def box(person: Person) -> QuerySet[Message]:
    """The in-app messages of one person, newest first."""
    return Message.objects.filter(person=person, channel=Channel.IN_APP).order_by("-id")


def box_page(person: Person, *, before: int | None = None, unread_only: bool = False) -> Page:
    """A page of the box by key: no count, no offset, equally fast on every page."""
    rows = box(person)
    if unread_only:
        rows = rows.filter(read_at__isnull=True)
    return _page(rows, before)


def unread_count(person: Person) -> int:
    """Unread messages, counted up to 100 ("99+")."""
    return len(box(person).filter(read_at__isnull=True).values_list("pk")[:COUNT_MOST])


def message_for(person: Person, message_id: int) -> Message:
    """One message of the person's own box. Raises Absent."""
    found = box(person).filter(pk=message_id).first()
    if found is None:
        raise Absent(_("没有这条消息。"))
    return found


def failures_for(person: Person) -> QuerySet[Message]:
    """Messages that could not be sent, on the ground the person tends."""
    rows = Message.objects.filter(state=MessageState.FAILED)
    if not person.is_superuser:
        rows = rows.filter(reach(person, Permission.MESSAGE_EDIT).q("node__path"))
    return rows.select_related("person", "robot", "node").order_by("-id")


def failures_page(person: Person, *, before: int | None = None) -> Page:
    """A page of the failures."""
    return _page(failures_for(person), before)


def failure_for(person: Person, message_id: int) -> Message:
    """One failure the person may tend. Raises Absent."""
    found = Message.objects.filter(pk=message_id).select_related("node").first()
    if found is not None and not person.is_superuser:
        is_mine = reach(person, Permission.MESSAGE_EDIT).covers(found.node.path if found.node else None)
        found = found if is_mine else None
    if found is None:
        raise Absent(_("没有这条消息。"))
    return found


@dataclass(frozen=True)
class Outbox:
    """How the outbox does, for operators: what failed for good, what is late and since when."""

    failed: int
    late: int
    oldest_due_at: datetime | None


def outbox_state(now: datetime) -> Outbox:
    """Counts over all nodes; shows no message."""
    late = Message.objects.filter(state=MessageState.WAITING, due_at__lt=now)
    return Outbox(
        failed=Message.objects.filter(state=MessageState.FAILED).count(),
        late=late.count(),
        oldest_due_at=late.order_by("due_at").values_list("due_at", flat=True).first(),
    )


def _page(rows: QuerySet[Message], before: int | None) -> Page:
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)
