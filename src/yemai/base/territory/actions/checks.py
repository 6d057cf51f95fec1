"""What every write of the ground checks and tells: names, days, open nodes, the note to whoever listens."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.kernel.refusals import Refused

from .. import rules
from ..events import changed
from ..models import Node

Actor = Model | None
"""The person who acts; None is the operator at the command line."""


def clean_name(name: str, *, most: int = 80, field: str = "name") -> str:
    """A name without line breaks and doubled blanks. Raises Refused when nothing is left or it is too long."""
    clean = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    if not clean:
        text = _("请填写名称。")
        raise Refused("missing", text, status=422, fields={field: text})
    if len(clean) > most:
        text = _("名称太长，最多 %(most)d 个字。") % {"most": most}
        raise Refused("too-long", text, status=422, fields={field: text})
    return clean


def clean_english(name: str) -> str:
    """An English name, which may be left out."""
    return clean_name(name, most=120, field="name_en") if name.strip() else ""


def clean_count(count: int, *, most: int = 10_000_000, field: str = "households") -> int:
    """A count that may be. Raises Refused for a negative or absurd one."""
    if not 0 <= count <= most:
        text = _("数目应在 0 到 %(most)d 之间。") % {"most": most}
        raise Refused("bad-count", text, status=422, fields={field: text})
    return count


def open_node(node: Node) -> Node:
    """The node as it is now, locked where the database can. Raises Refused when it is closed."""
    fresh = Node.objects.select_for_update(of=("self",)).select_related("tier").get(pk=node.pk)
    if fresh.valid_to is not None:
        what = {"name": fresh.name, "day": fresh.valid_to}
        text = _("%(name)s 已于 %(day)s 停用，不能再修改。请改用接替它的网格。") % what
        raise Refused("node-closed", text)
    return fresh


def day_of_change(on: date | None, now: datetime, nodes: Sequence[Node]) -> date:
    """The day a change takes effect, by default today. Raises Refused for a day to come or before a node began."""
    today = timezone.localdate(now)
    day = on or today
    doubt = rules.change_date_doubt(day, today, [node.valid_from for node in nodes])
    if doubt == rules.DateDoubt.FUTURE:
        text = _("生效日期不能晚于今天。请在生效当天再操作。")
        raise Refused("future-date", text, status=422, fields={"on": text})
    if doubt == rules.DateDoubt.BEFORE_START:
        text = _("生效日期早于网格启用的日期，请改正。")
        raise Refused("date-before-start", text, status=422, fields={"on": text})
    return day


def tell(
    verb: str, instance: Model, *, actor: Actor, now: datetime,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Let the listeners above (the audit trail) know, inside the transaction."""
    changed.send(
        sender=type(instance), actor=actor, now=now, verb=verb, instance=instance,
        before=dict(before or {}), after=dict(after or {}),
    )  # fmt: skip
