"""Reply templates: those that ship, and their editing in the back office; every change is a new version in the trail."""

import json
from datetime import datetime
from importlib import resources
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from yemai.base.audit.actions import record
from yemai.base.people.models import Person
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..models import ReplyTemplate
from ..queries.replies import unknown_fields

WORDS = ("name", "verb", "outcome", "category_code", "text", "is_active")


def shipped_templates() -> list[dict[str, Any]]:
    """Ten wordings of our own that leave open what only the writer knows."""
    text = resources.files("yemai.modules.cases").joinpath("presets/reply_templates.json").read_text("utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def install_templates(*, now: datetime) -> None:
    """Store those that ship where there are none at all: what an office renamed or took out of use does not come back."""
    with writing():
        if not ReplyTemplate.objects.exists():
            ReplyTemplate.objects.bulk_create(ReplyTemplate(**row, changed_at=now) for row in shipped_templates())


def save_template(row: ReplyTemplate | None, *, actor: Person, now: datetime, **given: Any) -> ReplyTemplate:
    """A new template, or a new version of `row` with the given WORDS. Raises Refused `invalid`."""
    with writing():
        kept = ReplyTemplate.objects.select_for_update().get(pk=row.pk) if row and row.pk else ReplyTemplate(version=0)
        before = {name: getattr(kept, name) for name in WORDS} if kept.pk else None
        for name in WORDS:
            if name in given:
                setattr(kept, name, given[name].strip() if isinstance(given[name], str) else given[name])
        kept.version, kept.changed_at = kept.version + 1, now
        _check(kept)
        kept.save()
        after = {name: getattr(kept, name) for name in WORDS} | {"version": kept.version}
        record(actor=actor, action="save_template", subject=kept, now=now, before=before, after=after)
    return kept


def _check(row: ReplyTemplate) -> None:
    unknown = unknown_fields(row.text)
    if unknown:
        text = _("没有这样的空：%(names)s。要写的人自己填的，请写成【做了什么】。") % {"names": "、".join(unknown)}
        raise Refused("invalid", text, status=422, fields={"text": text})
    try:
        row.full_clean()
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        text = fields.pop(str(NON_FIELD_ERRORS), "") or _("有几项填写不对，没有保存。")
        raise Refused("invalid", text, status=422, fields=fields) from error
