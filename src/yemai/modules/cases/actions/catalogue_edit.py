"""Editing a catalogue of categories: one that cases were classed by stays as it was; a copy is the next version."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext as _

from yemai.base.audit.actions import record
from yemai.base.parameters.actions import touch
from yemai.base.people.models import Person
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused
from yemai.kernel.worktime import Limit

from ..models import Catalogue, Category, FilingCondition
from ..queries.catalogue import is_used
from ..terms import Priority

WORDS = ("major_name", "major_name_en", "name", "name_en", "description", "is_extension", "keywords", "is_active",
         "is_public")  # fmt: skip
CODE = ("kind", "major", "minor")


@dataclass(frozen=True)
class Condition:
    """A filing condition to be: `limit` as `Limit.parse` reads it."""

    text: str
    priority: str
    limit: str
    closing: str = ""


def copy_catalogue(
    source: Catalogue, *, actor: Person, now: datetime, version: str, label: str, effective_from: date, basis: str = ""
) -> Catalogue:
    """A new version with the same classes and conditions, in force from a day on; the source stays.

    Raises Refused `invalid` for a version that is there already.
    """
    made = Catalogue(
        version=version.strip(),
        label=label.strip(),
        label_en=source.label_en,
        basis=basis,
        effective_from=effective_from,
    )
    with writing():
        _save(made)
        olds = list(source.categories.order_by("pk"))
        news = [_copied(old, id=None, catalogue=made) for old in olds]
        Category.objects.bulk_create(news, batch_size=500)
        twin = {old.pk: new for old, new in zip(olds, news, strict=True)}
        conditions = FilingCondition.objects.filter(category__catalogue=source).order_by("pk")
        FilingCondition.objects.bulk_create(
            [_copied(one, id=None, category=twin[one.category_id]) for one in conditions], batch_size=500
        )
        after = {"version": made.version, "from": effective_from, "copied": source.version, "categories": len(news)}
        record(actor=actor, action="copy_catalogue", subject=made, now=now, after=after)
    return made


def _copied(row: Any, **other: Any) -> Any:
    same = [field.attname for field in row._meta.concrete_fields if field.name not in other]
    return type(row)(**{name: getattr(row, name) for name in same}, **other)


def change_catalogue(
    catalogue: Catalogue,
    *,
    actor: Person,
    now: datetime,
    label: str,
    label_en: str,
    basis: str,
    effective_from: date,
    effective_to: date | None,
) -> Catalogue:
    """Correct the words and days of a version nothing was classed by yet. Raises Refused `catalogue-used`, `invalid`."""
    given = {
        "label": label.strip(),
        "label_en": label_en.strip(),
        "basis": basis.strip(),
        "effective_from": effective_from,
        "effective_to": effective_to,
    }
    if effective_to is not None and effective_to < effective_from:
        text = _("失效日期不能早于生效日期。")
        raise Refused("bad-dates", text, status=422, fields={"effective_to": text})
    with writing():
        found = _editable(catalogue)
        before = {name: getattr(found, name) for name in given}
        for name, value in given.items():
            setattr(found, name, value)
        _save(found)
        record(actor=actor, action="change_catalogue", subject=found, now=now, before=before, after=given)
    return found


def create_category(
    catalogue: Catalogue, *, actor: Person, now: datetime, conditions: Sequence[Condition], **given: Any
) -> Category:
    """Add a class (CODE and WORDS) to a version nothing was classed by yet.

    Raises Refused `catalogue-used`, `invalid` (also for a code that stands there, or a class without a condition).
    """
    category = Category(**{name: given[name] for name in (*CODE, *WORDS) if name in given})
    with writing():
        category.catalogue = _editable(catalogue)
        _save(category)
        after = {**_shown(category), "conditions": _set_conditions(category, conditions)}
        record(actor=actor, action="create_category", subject=category, now=now, after=after)
    return category


def change_category(
    category: Category, *, actor: Person, now: datetime, conditions: Sequence[Condition], **given: Any
) -> Category:
    """Change a class's words and its conditions. Raises Refused as `create_category`."""
    with writing():
        found = Category.objects.select_for_update(of=("self",)).select_related("catalogue").get(pk=category.pk)
        _editable(found.catalogue)
        before = {**_shown(found), "conditions": _stored(found)}
        for name in WORDS:
            if name in given:
                setattr(found, name, given[name])
        _save(found)
        after = {**_shown(found), "conditions": _set_conditions(found, conditions)}
        record(actor=actor, action="change_category", subject=found, now=now, before=before, after=after)
    return found


def _editable(catalogue: Catalogue) -> Catalogue:
    """The version, locked. Raises Refused once a case bears one of its classes: its limits are what was promised."""
    touch()  # words and limits are kept in memory by every process
    found = Catalogue.objects.select_for_update().get(pk=catalogue.pk)
    if is_used(found):
        text = _("%(version)s 已有事件使用，只能查看。请“复制为新版本”，在新版本上修改。") % {"version": found.version}
        raise Refused("catalogue-used", text)
    return found


def _set_conditions(category: Category, conditions: Iterable[Condition]) -> list[dict[str, str]]:
    """In place of those that were: nothing refers to them yet."""
    rows = []
    for place, one in enumerate(conditions):
        if one.priority not in Priority.values:
            raise _invalid(_("没有这个等级，请重新选择。"))
        try:
            limit = str(Limit.parse(one.limit))
        except ValueError:
            text = _("时限“%(limit)s”看不懂，应为数字加单位，如 2UH、4WH、3WD、7ND。") % {"limit": one.limit[:8]}
            raise _invalid(text) from None
        rows.append(
            FilingCondition(
                category=category,
                text=one.text,
                priority=one.priority,
                limit=limit,
                closing=one.closing,
                position=place,
            )
        )
    if not rows:
        raise _invalid(_("至少要有一个立案条件，否则没有处置时限。"))
    category.conditions.all().delete()
    FilingCondition.objects.bulk_create(rows)
    return _stored(category)


def _stored(category: Category) -> list[dict[str, str]]:
    rows = category.conditions.order_by("position")
    return [asdict(Condition(row.text, row.priority, row.limit, row.closing)) for row in rows]


def _shown(category: Category) -> dict[str, Any]:
    return {"code": category.code, **{name: getattr(category, name) for name in WORDS}}


def _save(row: models.Model) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        raise _invalid(fields.pop(str(NON_FIELD_ERRORS), "") or _("有几项填写不对，没有保存。"), fields) from error
    row.save()


def _invalid(text: str, fields: dict[str, str] | None = None) -> Refused:
    return Refused("invalid", text, status=422, fields=fields)
